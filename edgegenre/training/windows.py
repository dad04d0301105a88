"""Which windows the tracks of a split's part give, and from where in the tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from edgegenre.frontend.inputs import FeatureInput, frontends_of
from edgegenre.frontend.protocol import Frontend
from edgegenre.frontend.windows import input_windows
from edgegenre.voting import Vote

Inputs = Mapping[str, Tensor]
"""Features by the name of the network's input: float32 [clips, frames, ...], normalized."""

TrackFeatures = Mapping[str, np.ndarray]
"""Features of one track by the name of the network's input: float32 [frames, ...], not normalized."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Windows:
    """The windows of some tracks; a track longer than one window gives several. Tensors: int64 [windows], on the CPU.

    labels: class number. track: the number of the window's track. By input: first_frame: where in its track the window
    begins; frames: how many frames of the track it shows, fewer than its length where a short track is repeated;
    lengths: the frames of a window. vote: how the windows of a track decide together.
    """

    labels: Tensor
    track: Tensor
    first_frame: Mapping[str, Tensor]
    frames: Mapping[str, Tensor]
    lengths: Mapping[str, int]
    vote: Vote

    def __len__(self) -> int:
        return len(self.labels)

    def track_labels(self) -> np.ndarray:
        """The class number of each track."""
        truth = np.zeros(int(self.track.max()) + 1, np.int64)
        truth[self.track.numpy()] = self.labels.numpy()
        return truth


def shown_frames(features: TrackFeatures, frontends: Mapping[str, Frontend]) -> dict[str, np.ndarray]:
    """By input, which frames of a track each of its windows shows: int64 [windows, frames].

    Raises FeatureError when the track is too short for one.
    """
    return input_windows({name: np.arange(len(features[name])) for name in frontends}, frontends)


def windows_of(
    tracks: Sequence[TrackFeatures], labels: Sequence[int], inputs: Mapping[str, FeatureInput], vote: Vote = "mean"
) -> Windows:
    """The windows of some tracks, whose class numbers are `labels`. Raises FeatureError when one is too short."""
    frontends = frontends_of(inputs)
    shown = [shown_frames(features, frontends) for features in tracks]
    counts = [len(next(iter(frames.values()))) for frames in shown]
    first = {name: np.concatenate([frames[name][:, 0] for frames in shown]) for name in inputs}
    last = {name: np.concatenate([frames[name].max(axis=1) for frames in shown]) for name in inputs}
    return Windows(
        labels=torch.from_numpy(np.repeat(np.array(labels, np.int64), counts)),
        track=torch.from_numpy(np.repeat(np.arange(len(tracks)), counts)),
        first_frame={name: torch.from_numpy(first[name]) for name in inputs},
        frames={name: torch.from_numpy(last[name] - first[name] + 1) for name in inputs},
        lengths={name: frontend.window_frames for name, frontend in frontends.items()},
        vote=vote,
    )
