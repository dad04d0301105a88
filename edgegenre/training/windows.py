"""Which windows the tracks of a split's part give, and from where in the tracks."""

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from edgegenre.errors import TrainingError
from edgegenre.frontend.inputs import FeatureInput, frontends_of
from edgegenre.frontend.protocol import Frontend
from edgegenre.frontend.windows import input_windows
from edgegenre.runs.segments import OverlappingSegments, RandomSegments, Segments
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
    lengths: the frames of a window; hops: samples from a frame to the next. vote: how the windows of a track decide
    together.
    """

    labels: Tensor
    track: Tensor
    first_frame: Mapping[str, Tensor]
    frames: Mapping[str, Tensor]
    lengths: Mapping[str, int]
    hops: Mapping[str, int]
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


def segment_frames(
    features: TrackFeatures, frontends: Mapping[str, Frontend], segments: Segments | None, chance: random.Random
) -> dict[str, np.ndarray]:
    """The same for the windows that a protocol asks for; a track shorter than one gives one, repeated from its start.

    Raises FeatureError when the track is too short for that, TrainingError when segments do not suit the hop lengths.
    """
    if segments is None:
        return shown_frames(features, frontends)
    grid = _grid(segments, frontends)
    places = min(
        (len(features[name]) - frontend.window_frames) * frontend.hop_length // grid + 1
        for name, frontend in frontends.items()
    )
    if places < 1:
        return shown_frames(features, frontends)
    starts = np.array(_STARTS[type(segments)](segments, places, chance)) * grid
    return {
        name: (starts // frontend.hop_length)[:, np.newaxis] + np.arange(frontend.window_frames)
        for name, frontend in frontends.items()
    }


def _grid(segments: Segments, frontends: Mapping[str, Frontend]) -> int:
    """Samples between two places where a window may begin."""
    step = math.lcm(*(frontend.hop_length for frontend in frontends.values()))
    if isinstance(segments, RandomSegments):
        return step
    advance = segments.advance_frames * next(iter(frontends.values())).hop_length
    if advance % step:
        raise TrainingError(
            f"segments that begin every {segments.advance_frames} frames are no whole number of rows of every input. "
            f"Choose a multiple of {step // math.gcd(step, advance)}."
        )
    return advance


def _random(segments: RandomSegments, places: int, chance: random.Random) -> list[int]:
    # Not an integer of the generator's own: only `random()` is promised to stay the same in every version of Python.
    return [int(chance.random() * places) for _ in range(segments.per_track)]


def _overlapping(segments: OverlappingSegments, places: int, chance: random.Random) -> list[int]:
    return list(range(places))[: segments.most]


_STARTS: Mapping[type[Segments], Callable[[Any, int, random.Random], list[int]]] = {
    RandomSegments: _random,
    OverlappingSegments: _overlapping,
}


def windows_of(
    tracks: Sequence[TrackFeatures],
    labels: Sequence[int],
    inputs: Mapping[str, FeatureInput],
    *,
    vote: Vote = "mean",
    segments: Segments | None = None,
    seed: int = 0,
    shown: Sequence[Mapping[str, np.ndarray]] | None = None,
) -> Windows:
    """The windows of some tracks, whose class numbers are `labels`.

    segments: which; None: one after another. seed: of those that are drawn. shown: in place of both, which frames the
    windows of each track show, by input [windows, frames]. Raises what `segment_frames` raises.
    """
    frontends, chance = frontends_of(inputs), random.Random(seed)  # noqa: S311
    if shown is None:
        shown = [segment_frames(features, frontends, segments, chance) for features in tracks]
    counts = [len(next(iter(frames.values()))) for frames in shown]
    first = {name: np.concatenate([frames[name][:, 0] for frames in shown]) for name in inputs}
    last = {name: np.concatenate([frames[name].max(axis=1) for frames in shown]) for name in inputs}
    return Windows(
        labels=torch.from_numpy(np.repeat(np.array(labels, np.int64), counts)),
        track=torch.from_numpy(np.repeat(np.arange(len(tracks)), counts)),
        first_frame={name: torch.from_numpy(first[name]) for name in inputs},
        frames={name: torch.from_numpy(last[name] - first[name] + 1) for name in inputs},
        lengths={name: frontend.window_frames for name, frontend in frontends.items()},
        hops={name: frontend.hop_length for name, frontend in frontends.items()},
        vote=vote,
    )
