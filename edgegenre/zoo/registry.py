"""All models by name."""

from edgegenre.errors import NetworkError, did_you_mean
from edgegenre.zoo import calvino_pacheco, liang, mersy_kuan, pandey
from edgegenre.zoo.entry import ZooEntry

MODELS: dict[str, ZooEntry] = {
    entry.name: entry for entry in (*liang.ENTRIES, *pandey.ENTRIES, *calvino_pacheco.ENTRIES, *mersy_kuan.ENTRIES)
}


def model(name: str) -> ZooEntry:
    """The zoo entry `name`. Raises NetworkError with the nearest name when there is none."""
    if name in MODELS:
        return MODELS[name]
    raise NetworkError(f"model '{name}' is not known.{did_you_mean(name, MODELS)} `edgegenre models` lists all.")
