"""A split's windows as tensors on the device, and the batches drawn from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.windows import windows
from edgegenre.runs.protocol import Phase
from edgegenre.training.zeroing import Zeroing

_SCORING_BATCH = 50


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """The windows of some tracks; a track longer than one window gives several.

    features: float32 [windows, frames, coefficients] on the device, normalized, on the grid of the int8 input.
    labels: int64 [windows] on the device. track: int64 [windows], the number of the window's track.
    first_frame: int64 [windows], where in its track the window begins. frames: int64 [windows], how many frames of
    the track it shows: fewer than its length where a short track is repeated. The last three are on the CPU.
    """

    features: Tensor
    labels: Tensor
    track: Tensor
    first_frame: Tensor
    frames: Tensor

    def __len__(self) -> int:
        return len(self.features)


def examples(
    features: Sequence[np.ndarray],
    labels: Sequence[int],
    *,
    fed: FeatureInput,
    device: torch.device,
) -> Examples:
    """The windows of some tracks: `features` [frames, frequency] and class number, one of each a track.

    Raises FeatureError when a track has no frame.
    """
    window_frames = fed.frontend.window_frames
    parts = [windows(array, fed.frontend) for array in features]
    track = [number for number, part in enumerate(parts) for _ in part]
    stacked = np.stack([fed.normalization.normalize(window) for part in parts for window in part])
    return Examples(
        features=torch.from_numpy(stacked).to(device),
        labels=torch.tensor([labels[number] for number in track], device=device),
        track=torch.tensor(track),
        first_frame=torch.tensor([place * window_frames for part in parts for place in range(len(part))]),
        frames=torch.tensor([min(len(features[number]), window_frames) for number in track]),
    )


class Batches:
    """Random batches of `source`: shuffled passes over all windows; a batch may span passes.

    All chance comes from `generator`; with its state, `order` and `position` a run can be taken up again.
    zeroing: silences a stretch of each clip, None for none.
    """

    def __init__(self, source: Examples, generator: torch.Generator, zeroing: Zeroing | None) -> None:
        self.source = source
        self.generator = generator
        self.zeroing = zeroing
        self.order = torch.randperm(len(source), generator=generator)
        self.position = 0

    def draw(self, phase: Phase) -> tuple[Tensor, Tensor]:
        """Features [batch, frames, coefficients] and labels [batch] on the device."""
        rows = self._next(phase.batch)
        window = self.source.features.shape[1]
        length = window if phase.crop_frames is None else min(phase.crop_frames, window)
        start = torch.randint(0, window - length + 1, (len(rows),), generator=self.generator)
        frame = start[:, None] + torch.arange(length)
        device = self.source.features.device
        on_device = rows.to(device)
        features = self.source.features[on_device[:, None], frame.to(device)]
        if self.zeroing is not None:
            features = self._silenced(self.zeroing, rows, frame, features)
        return features, self.source.labels[on_device]

    def _silenced(self, zeroing: Zeroing, rows: Tensor, frame: Tensor, features: Tensor) -> Tensor:
        first_frame, frames = self.source.first_frame[rows], self.source.frames[rows]
        start = zeroing.draw(first_frame, frames, self.generator)
        first, recomputed = zeroing.frames(self.source.track[rows], start)
        # Where each shown frame lies among the recomputed ones; a repeated short track shows one at several places.
        among = first_frame[:, None] + frame % frames[:, None] - first[:, None]
        touched = ((among >= 0) & (among < zeroing.touched)).to(features.device)
        among = among.clamp(0, zeroing.touched - 1).to(features.device)
        clip = torch.arange(len(rows), device=features.device)[:, None]
        return torch.where(touched[:, :, None], recomputed[clip, among], features)

    def _next(self, count: int) -> Tensor:
        rows = []
        while count > 0:
            if self.position == len(self.order):
                self.order = torch.randperm(len(self.source), generator=self.generator)
                self.position = 0
            taken = self.order[self.position : self.position + count]
            self.position += len(taken)
            count -= len(taken)
            rows.append(taken)
        return torch.cat(rows)


def in_order(source: Examples, batch: int = _SCORING_BATCH) -> Iterator[Tensor]:
    """All windows' features, `batch` at a time."""
    yield from source.features.split(batch)


@torch.no_grad()
def track_probabilities(module: torch.nn.Module, source: Examples) -> np.ndarray:
    """Class probabilities float64 [tracks, classes]: the mean of the softmax over each track's windows.

    Puts the module into eval mode. Computed in float32 on the device, the softmax in float64.
    """
    module.eval()
    logits = torch.cat([module(features) for features in in_order(source)]).cpu().double()
    shares = torch.softmax(logits, dim=1)
    tracks = int(source.track.max()) + 1
    sums = torch.zeros(tracks, shares.shape[1], dtype=torch.float64).index_add_(0, source.track, shares)
    return (sums / torch.bincount(source.track)[:, None]).numpy()
