"""How fast a network trains: the real loop on features of noise, so that no data set is needed."""

import dataclasses
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.network.network import Network
from edgegenre.progress import SILENT
from edgegenre.runs.protocol import Protocol
from edgegenre.training.batches import Batches
from edgegenre.training.checkpoint import TrainingState
from edgegenre.training.device import Placement
from edgegenre.training.loop import LOG_EVERY, fit
from edgegenre.training.objective import Classification, Verdict
from edgegenre.training.preparation import optimizer_of, prepared_module
from edgegenre.training.source import Source, source_of

_WARM_UP = 2 * LOG_EVERY


@dataclass
class _Clock:
    """Notes when each row of the history was written: the loop reads the loss just before, so the device is done."""

    times: dict[int, float] = field(default_factory=dict)

    def look(self, iteration: int, verdict: Verdict) -> None:
        """Nothing to note."""

    def row(self, state: TrainingState, *, last: bool) -> None:
        self.times[state.iteration] = time.perf_counter()


def noise_source(inputs: Mapping[str, FeatureInput], windows: int, classes: int, device: torch.device) -> Source:
    """`windows` windows of noise in the device's memory, their labels in turn."""
    generator = np.random.default_rng(0)
    tracks = [
        {
            name: generator.normal(0, 10, item.frontend.window_shape).squeeze(-1).astype(np.float32)
            for name, item in inputs.items()
        }
        for _ in range(windows)
    ]
    labels = [number % classes for number in range(windows)]
    return source_of(tracks, labels, inputs, device=device, in_memory=sys.maxsize)


def seconds_per_iteration(
    network: Network, protocol: Protocol, training: Source, placement: Placement, *, iterations: int
) -> float:
    """Seconds of one iteration of the protocol's first phase, the mean over `iterations` after a warm-up.

    training: as `noise_source` makes it. iterations: a multiple of 10. The protocol's augmentation, which needs sound,
    is left out. The look at the end, at `training` itself, is not timed.
    """
    phase = dataclasses.replace(protocol.phases[0], iterations=_WARM_UP + iterations + LOG_EVERY)
    short = dataclasses.replace(protocol, phases=(phase,), augmentation=())
    module = prepared_module(network, short, seed=0, placement=placement)
    state = TrainingState(
        module=module,
        optimizer=optimizer_of(short, module),
        batches=Batches(training, torch.Generator().manual_seed(0)),
        selection=None,
    )
    objective = Classification(
        module=module, protocol=short, validation=training, placement=placement, class_weights=None
    )
    clock = _Clock()
    fit(state, objective, short, title=network.name, keeper=clock, progress=SILENT)
    return (clock.times[_WARM_UP + iterations] - clock.times[_WARM_UP]) / iterations
