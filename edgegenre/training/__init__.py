"""From a network description and a data set to a trained run folder. torch lives here, and is imported late.

Its compiler keeps its files in edgegenre's cache, not in the temporary folder, whether it compiles or not.
"""

import os

from edgegenre.files import cache_folder

os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(cache_folder() / "torchinductor"))
