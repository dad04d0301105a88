"""All models by name."""

import difflib

from edgegenre.errors import NetworkError
from edgegenre.zoo import liang
from edgegenre.zoo.entry import ZooEntry

MODELS: dict[str, ZooEntry] = {entry.name: entry for entry in liang.ENTRIES}


def model(name: str) -> ZooEntry:
    """The zoo entry `name`. Raises NetworkError with the nearest name when there is none."""
    if name in MODELS:
        return MODELS[name]
    near = difflib.get_close_matches(name.lower(), MODELS, n=1, cutoff=0.4)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise NetworkError(f"model '{name}' is not known.{hint} `edgegenre models` lists all.")
