"""All models by name."""

from edgegenre.errors import NetworkError, did_you_mean
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.papers import PAPERS
from edgegenre.zoo.wu_backbones import OURS

MODELS: dict[str, ZooEntry] = {
    entry.name: entry for entries in (*(paper.entries for paper in PAPERS.values()), OURS) for entry in entries
}


def model(name: str) -> ZooEntry:
    """The zoo entry `name`. Raises NetworkError with the nearest name when there is none."""
    if name in MODELS:
        return MODELS[name]
    raise NetworkError(f"model '{name}' is not known.{did_you_mean(name, MODELS)} `edgegenre models` lists all.")
