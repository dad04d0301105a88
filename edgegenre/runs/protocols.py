"""The protocols by name that suit any model, a quick one that suits a CPU and one that withstands microphones; those of
its own paper come with a model of the zoo.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from edgegenre.errors import TrainingError, did_you_mean
from edgegenre.runs.augmentation import FrequencyResponse, Level, NoiseFloor
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Protocol, read_protocol

QUICK = Protocol(
    name="quick",
    phases=(
        Phase(iterations=300, learning_rate=3e-3, batch=64, crop_frames=99),
        Phase(iterations=100, learning_rate=1e-3, batch=64, crop_frames=99),
        Phase(iterations=50, learning_rate=2e-4, batch=64, crop_frames=99),
    ),
    dropout={"dense": 0.3},
    batch_norm_momentum=0.1,
    settle_batch_norm=True,
)
"""Minutes on two CPU cores: short random crops, a higher learning rate, fewer iterations.

Crops serve recurrent models too: on 80 real tracks ds-crnn1 overfits whole windows (accuracy 0.40 against 0.55-0.60).
No stretch is silenced: the paper's 100 ms would rarely fall into a crop.
"""

ROBUST = dataclasses.replace(QUICK, name="robust", augmentation=(Level(), FrequencyResponse(), NoiseFloor()))
"""For music of one's own, which microphones will hear. What was tried beside it and did not help is in
docs/results.md: longer training, mixup, SpecAugment, weight decay, more dropout.
"""

PROTOCOLS = {protocol.name: protocol for protocol in (QUICK, ROBUST)}


def default_protocol(*, synthetic: bool) -> Protocol:
    """What is trained by when nothing is said: the built-in synthetic set is for seeing that everything works."""
    return QUICK if synthetic else ROBUST


def protocol(name: str, papers: Mapping[str, Protocol] = MappingProxyType({})) -> Protocol:
    """The protocol `name` of `papers`, those of the model's paper, or of PROTOCOLS; or that in the file at the path
    `name` when it ends in .json.

    Raises TrainingError with the nearest name when there is none, or what is wrong with the file.
    """
    known = {**PROTOCOLS, **papers}
    if name in known:
        return known[name]
    if Path(name).suffix == ".json":
        return read_protocol(Path(name))
    raise TrainingError(
        f"recipe '{name}' is not known.{did_you_mean(name, known)} There are: {', '.join(known)}; one of your own is "
        "given as the path of its .json file."
    )
