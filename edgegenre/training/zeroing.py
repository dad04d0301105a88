"""The augmentation of Liang et al. for a whole batch: silence a stretch of PCM, recompute the frames it touches."""

import dataclasses

import numpy as np
import torch
from torch import Tensor

from edgegenre.errors import TrainingError
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.mel import dct_matrix, hann, mel_filters
from edgegenre.frontend.normalization import Normalization
from edgegenre.training.batches import Batch
from edgegenre.training.grid import on_grid
from edgegenre.training.pcm_shelf import PcmShelf
from edgegenre.training.windows import Windows


class Zeroing:
    """The transform: a stretch of each clip's PCM is silent, drawn anew each time.

    Holds the front end as float32 matrices on the device.
    `edgegenre.frontend.zeroed_interval.recompute_frames` does the same for one clip; results agree within 1e-3 dB.
    """

    def __init__(
        self, windows: Windows, pcm: PcmShelf, *, name: str, fed: FeatureInput, seconds: float, device: torch.device
    ) -> None:
        """windows: those of the batches. pcm: of their tracks. name: the input to change, fed with `fed`.

        seconds: length of the silent stretch. device: of the features. Raises TrainingError when they are not MFCC.
        """
        spec = fed.frontend
        if not isinstance(spec, Mfcc):
            raise TrainingError(
                f"augmentation 'zeroed-stretch' is for MFCC, not for {spec.contents}. Use a recipe without it."
            )
        self.windows = windows
        self.pcm = pcm
        self.name = name
        self.spec = spec
        self.length = round(seconds * spec.sample_rate)
        self.touched = (self.length + spec.frame_length - 2) // spec.hop_length + 1
        self.span = spec.samples_for(self.touched)
        self.window = torch.tensor(hann(spec.frame_length) / 32768, dtype=torch.float32, device=device)
        self.filters = torch.tensor(mel_filters(spec.mel).T, dtype=torch.float32, device=device)
        self.dct = torch.tensor(dct_matrix(spec.coefficients, spec.mel_bands).T, dtype=torch.float32, device=device)
        self.grid = GridNormalization(fed.normalization, device)

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        first_frame, frames = (
            self.windows.first_frame[self.name][batch.rows],
            self.windows.frames[self.name][batch.rows],
        )
        start = self.draw(first_frame, frames, generator)
        first, recomputed = self.frames(self.windows.track[batch.rows], start)
        features = batch.inputs[self.name]
        # Where each shown frame lies among the recomputed ones; a repeated short track shows one at several places.
        among = first_frame[:, None] + batch.shown[self.name] % frames[:, None] - first[:, None]
        touched = ((among >= 0) & (among < self.touched)).to(features.device)
        among = among.clamp(0, self.touched - 1).to(features.device)
        clip = torch.arange(len(batch.rows), device=features.device)[:, None]
        silenced = torch.where(touched[:, :, None], recomputed[clip, among], features)
        return dataclasses.replace(batch, inputs={**batch.inputs, self.name: silenced})

    def draw(self, first_frame: Tensor, frames: Tensor, generator: torch.Generator) -> Tensor:
        """A random first silent sample (int64), inside the `frames` frames from `first_frame` on; each [clips]."""
        samples = self.spec.frame_length + (frames - 1) * self.spec.hop_length
        room = (samples - self.length).clamp(min=0) + 1
        offset = (torch.rand(len(frames), generator=generator, dtype=torch.float64) * room).long()
        return first_frame * self.spec.hop_length + offset

    def frames(self, tracks: Tensor, start: Tensor) -> tuple[Tensor, Tensor]:
        """The frames that hear the silence: first frame number [clips], on the CPU, and features
        [clips, touched, coefficients], normalized, on the device.

        tracks, start: int64 [clips], on the CPU. Numbers beyond a track's last frame hold nothing of use.
        """
        first = (torch.div(start - self.spec.frame_length, self.spec.hop_length, rounding_mode="floor") + 1).clamp(0)
        origin = first * self.spec.hop_length
        stretches = [
            self.pcm.stretch(track, at, self.span) for track, at in zip(tracks.tolist(), origin.tolist(), strict=True)
        ]
        position = torch.arange(self.span) - (start - origin)[:, None]
        silent = (position >= 0) & (position < self.length)
        samples = torch.from_numpy(np.stack(stretches)).masked_fill(silent, 0).to(self.window.device)
        framed = samples.unfold(1, self.spec.frame_length, self.spec.hop_length) * self.window
        spectrum = torch.view_as_real(torch.fft.rfft(framed))
        energies = spectrum.square().sum(-1) @ self.filters
        decibels = 10 * torch.log10(energies.clamp(min=self.spec.power_floor))
        return first, self.grid(decibels @ self.dct)


class GridNormalization:
    """Normalization.normalize as torch on a device, in float32: z-scores on the grid of the int8 input."""

    def __init__(self, normalization: Normalization, device: torch.device) -> None:
        self.mean = torch.tensor(normalization.mean, dtype=torch.float32, device=device)
        self.deviation = torch.tensor(normalization.deviation, dtype=torch.float32, device=device)

    def __call__(self, features: Tensor) -> Tensor:
        return on_grid((features - self.mean) / self.deviation)
