"""Where training takes its windows from: the device's memory, or the feature cache on disk when they are too many."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.runs.segments import Segments
from edgegenre.training.windows import Inputs, TrackFeatures, Windows, windows_of
from edgegenre.voting import Vote

SCORING_BATCH = 50
"""Whole windows at a time where nothing is trained."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source(ABC):
    """Windows that can be read in any order. Both kinds give the same features, to the bit."""

    windows: Windows
    device: torch.device

    def __len__(self) -> int:
        return len(self.windows)

    @abstractmethod
    def take(self, rows: Tensor, shown: Mapping[str, Tensor]) -> Inputs:
        """Normalized features on the device of the windows `rows` (int64 [clips]).

        shown: which frames of the window, by input: int64 [clips, frames]. Both on the CPU.
        """

    def in_order(self, batch: int = SCORING_BATCH) -> Iterator[Inputs]:
        """All windows, `batch` at a time."""
        for rows in torch.arange(len(self)).split(batch):
            yield self.take(
                rows,
                {name: torch.arange(frames).expand(len(rows), -1) for name, frames in self.windows.lengths.items()},
            )


@dataclass(frozen=True, kw_only=True, eq=False)
class InMemory(Source):
    """features: by input, float32 [windows, frames, ...] on the device, normalized."""

    features: Inputs

    def take(self, rows: Tensor, shown: Mapping[str, Tensor]) -> Inputs:
        on_device = rows.to(self.device)[:, None]
        return {name: values[on_device, shown[name].to(self.device)] for name, values in self.features.items()}

    def in_order(self, batch: int = SCORING_BATCH) -> Iterator[Inputs]:
        for start in range(0, len(self), batch):
            yield {name: values[start : start + batch] for name, values in self.features.items()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped(Source):
    """tracks: features of each track, not normalized, memory-mapped: read from disk as they are asked for."""

    tracks: Sequence[TrackFeatures]
    inputs: Mapping[str, FeatureInput]

    def take(self, rows: Tensor, shown: Mapping[str, Tensor]) -> Inputs:
        tracks = [self.tracks[number] for number in self.windows.track[rows].tolist()]
        return {name: self._take(name, tracks, rows, shown[name]) for name in self.inputs}

    def _take(self, name: str, tracks: Sequence[TrackFeatures], rows: Tensor, shown: Tensor) -> Tensor:
        frames = self.windows.first_frame[name][rows, None] + shown % self.windows.frames[name][rows, None]
        normalize = self.inputs[name].normalization.normalize
        # One window at a time: float64 copies of a whole batch of raw audio or spectra would not fit.
        windows = [normalize(track[name][wanted]) for track, wanted in zip(tracks, frames.numpy(), strict=True)]
        return torch.from_numpy(np.stack(windows)).to(self.device)


def source_of(
    tracks: Sequence[TrackFeatures],
    labels: Sequence[int],
    inputs: Mapping[str, FeatureInput],
    *,
    device: torch.device,
    in_memory: int,
    vote: Vote = "mean",
    segments: Segments | None = None,
    seed: int = 0,
    shown: Sequence[Mapping[str, np.ndarray]] | None = None,
) -> Source:
    """The windows of some tracks, whose class numbers are `labels`; `vote`: how those of a track decide together.

    in_memory: bytes of windows that may be read now and kept on the device; of more, `tracks` is asked each time.
    segments, seed, shown: as `windows_of` takes them. Raises FeatureError when a track has no frame.
    """
    windows = windows_of(tracks, labels, inputs, vote=vote, segments=segments, seed=seed, shown=shown)
    mapped = Mapped(windows=windows, device=device, tracks=tracks, inputs=inputs)
    values = sum(math.prod(fed.frontend.window_shape) for fed in inputs.values())
    if len(windows) * values * torch.float32.itemsize > in_memory:
        return mapped
    parts = list(mapped.in_order())
    features = {name: torch.cat([part[name] for part in parts]) for name in inputs}
    return InMemory(windows=mapped.windows, device=device, features=features)
