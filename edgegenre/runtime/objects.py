"""Objects of the C runtime that were compiled before: most of its files are the same whatever the network.

An object is known by what the compiler sees: its own version and options, and the file after the preprocessor, so that
a change in any header counts where it matters. A model's tables are compiled anew each time.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from edgegenre.runtime.compile_c import compile_c
from edgegenre.runtime.private_cache import PrivateCache

CACHE = PrivateCache("objects")

TABLES = "eg_model.c"
"""What belongs to one network alone."""

OBJECT = ".o"

_MARKER = re.compile(r'^#(?:line)? \d+ "(?P<file>(?:[^"\\]|\\.)*)".*\n', re.MULTILINE)


def objects(
    compiler: str | Sequence[str], options: Sequence[str | Path], sources: Sequence[Path], folder: Path
) -> list[Path]:
    """The objects of C and assembly files, in `folder`; those that are not in the cache are compiled.

    A source that is an object already stays where it is. options: without -c and -o; include folders are Paths, and
    their names do not matter. Raises ExportError as `compile_c` does.
    """
    shared = [source for source in sources if source.name != TABLES and source.suffix != OBJECT]
    digests = _digests(compiler, options, shared)
    made = []
    for source in sources:
        if source.suffix == OBJECT:
            made.append(source)
            continue
        target = folder / f"{source.stem}{source.suffix.replace('.', '_')}{OBJECT}"
        digest = digests.get(source)
        kept = None if digest is None else CACHE.read(digest)
        if kept is not None:
            target.write_bytes(kept)
        else:
            compile_c(compiler, [*options, "-c", source, "-o", target])
            if digest is not None:
                CACHE.write(digest, target.read_bytes())
        made.append(target)
    return made


def _digests(compiler: str | Sequence[str], options: Sequence[str | Path], sources: Sequence[Path]) -> dict[Path, str]:
    """For each file the hash of all that its object depends on; nothing where the compiler's output cannot be read."""
    words = [option for option in options if isinstance(option, str)]
    known = compile_c(compiler, [*options, "-dM", "-E", "-x", "c", os.devnull])
    common = hashlib.sha256(repr((compiler, words, known)).encode())
    digests = {}
    for source, text in _preprocessed(compile_c(compiler, [*options, "-E", *sources]), sources).items():
        digest = common.copy()
        digest.update(f"{source.suffix} {text}".encode())
        digests[source] = f"{digest.hexdigest()}{OBJECT}"
    return digests


def _preprocessed(output: str, sources: Sequence[Path]) -> dict[Path, str]:
    """The texts of several files, which the preprocessor gives one after another, without its line markers."""
    texts: dict[Path, list[str]] = {}
    waiting, current, place = list(sources), list[str](), 0
    for marker in _MARKER.finditer(output):
        current.append(output[place : marker.start()])
        place = marker.end()
        if waiting and marker["file"] == str(waiting[0]):
            current = texts[waiting.pop(0)] = []
    current.append(output[place:])
    return {} if waiting else {source: "".join(parts) for source, parts in texts.items()}
