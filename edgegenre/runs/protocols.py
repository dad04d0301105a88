"""The protocols by name: the paper's own, a quick one that suits a CPU, and one that withstands microphones."""

import dataclasses
from pathlib import Path

from edgegenre.errors import TrainingError, did_you_mean
from edgegenre.runs.augmentation import FrequencyResponse, Level, NoiseFloor, ZeroedStretch
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Protocol, read_protocol

PAPER = Protocol(
    name="paper",
    phases=(
        Phase(iterations=2000, learning_rate=8e-4, batch=100),
        Phase(iterations=1000, learning_rate=1e-4, batch=100),
        Phase(iterations=1000, learning_rate=2e-5, batch=100),
    ),
    dropout={"dense": 0.5},
    augmentation=(ZeroedStretch(seconds=0.1),),
    batch_norm_momentum=0.01,
    settle_batch_norm=False,
    repeats=10,
)
"""The protocol of Liang et al. (docs/design.md says what the paper leaves open)."""

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

PROTOCOLS = {protocol.name: protocol for protocol in (PAPER, QUICK, ROBUST)}


def default_protocol(*, synthetic: bool) -> Protocol:
    """What is trained by when nothing is said: the built-in synthetic set is for seeing that everything works."""
    return QUICK if synthetic else ROBUST


def protocol(name: str) -> Protocol:
    """The protocol `name`, or that in the file at the path `name` when it ends in .json.

    Raises TrainingError with the nearest name when there is none, or what is wrong with the file.
    """
    if name in PROTOCOLS:
        return PROTOCOLS[name]
    if Path(name).suffix == ".json":
        return read_protocol(Path(name))
    raise TrainingError(
        f"recipe '{name}' is not known.{did_you_mean(name, PROTOCOLS)} There are: {', '.join(PROTOCOLS)}; one of your "
        "own is given as the path of its .json file."
    )
