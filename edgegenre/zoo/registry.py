"""All models by name."""

from edgegenre.errors import NetworkError, did_you_mean
from edgegenre.zoo import calvino_pacheco, liang, mersy_kuan, pandey, wu
from edgegenre.zoo.entry import ZooEntry

MODELS: dict[str, ZooEntry] = {
    entry.name: entry for paper in (liang, pandey, calvino_pacheco, wu, mersy_kuan) for entry in paper.ENTRIES
}


def model(name: str) -> ZooEntry:
    """The zoo entry `name`. Raises NetworkError with the nearest name when there is none."""
    if name in MODELS:
        return MODELS[name]
    raise NetworkError(f"model '{name}' is not known.{did_you_mean(name, MODELS)} `edgegenre models` lists all.")
