"""Which windows the tracks of a split's part give, and from where in the tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from edgegenre.errors import FeatureError
from edgegenre.frontend.spec import FrontendSpec, Normalization

Inputs = Mapping[str, Tensor]
"""Features by the name of the network's input: float32 [clips, frames, ...], normalized."""

TrackFeatures = Mapping[str, np.ndarray]
"""Features of one track by the name of the network's input: float32 [frames, ...], not normalized."""


@dataclass(frozen=True, kw_only=True)
class FeatureInput:
    """What one input of the network is fed with."""

    frontend: FrontendSpec
    normalization: Normalization


@dataclass(frozen=True, kw_only=True, eq=False)
class Windows:
    """The windows of some tracks; a track longer than one window gives several. Tensors: int64 [windows], on the CPU.

    labels: class number. track: the number of the window's track. By input: first_frame: where in its track the window
    begins; frames: how many frames of the track it shows, fewer than its length where a short track is repeated;
    lengths: the frames of a window.
    """

    labels: Tensor
    track: Tensor
    first_frame: Mapping[str, Tensor]
    frames: Mapping[str, Tensor]
    lengths: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.labels)

    def track_labels(self) -> np.ndarray:
        """The class number of each track."""
        truth = np.zeros(int(self.track.max()) + 1, np.int64)
        truth[self.track.numpy()] = self.labels.numpy()
        return truth


def windows_of(tracks: Sequence[TrackFeatures], labels: Sequence[int], inputs: Mapping[str, FeatureInput]) -> Windows:
    """The windows of some tracks, whose class numbers are `labels`. Raises FeatureError when a track has no frame."""
    frontends = {name: item.frontend for name, item in inputs.items()}
    lengths = {name: frontend.window_frames for name, frontend in frontends.items()}
    track: list[int] = []
    first: dict[str, list[int]] = {name: [] for name in inputs}
    frames: dict[str, list[int]] = {name: [] for name in inputs}
    for number, features in enumerate(tracks):
        if not all(len(features[name]) for name in inputs):
            raise FeatureError("a track is too short for a single frame.")
        count = max(1, min(len(features[name]) // length for name, length in lengths.items()))
        track += [number] * count
        for name, length in lengths.items():
            first[name] += [place * length for place in range(count)]
            frames[name] += [min(len(features[name]), length)] * count
    return Windows(
        labels=torch.tensor([labels[number] for number in track]),
        track=torch.tensor(track),
        first_frame={name: torch.tensor(values) for name, values in first.items()},
        frames={name: torch.tensor(values) for name, values in frames.items()},
        lengths=lengths,
    )
