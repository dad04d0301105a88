"""From a network description and a data set to a trained run folder. torch lives here, and is imported late.

Its compiler keeps its files in edgegenre's cache, not in the temporary folder, whether it compiles or not. It wants a
folder as soon as an optimizer is made: where the cache cannot be written, it gets one that goes with the process.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from edgegenre.errors import EdgegenreError
from edgegenre.files import cache_folder


def _compiler_folder() -> Path:
    try:
        folder = cache_folder() / "torchinductor"
    except EdgegenreError:
        folder = None
    if folder is not None and _can_be_made(folder):
        return folder
    temporary = Path(tempfile.mkdtemp(prefix="edgegenre-torchinductor-"))
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return temporary


def _can_be_made(folder: Path) -> bool:
    """Whether this user may make or write it."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


if "TORCHINDUCTOR_CACHE_DIR" not in os.environ:
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(_compiler_folder())
