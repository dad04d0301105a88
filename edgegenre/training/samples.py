"""Normalized raw audio as the samples that it stands for, and back."""

import torch
from torch import Tensor

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.raw import Raw

_FULL_SCALE = 32768


class Samples:
    """Of a Raw input: its rows are value / 32768."""

    def __init__(self, fed: FeatureInput, device: torch.device) -> None:
        assert isinstance(fed.frontend, Raw)
        self.mean = torch.tensor(fed.normalization.mean, dtype=torch.float32, device=device)
        self.deviation = torch.tensor(fed.normalization.deviation, dtype=torch.float32, device=device)

    def amplified(self, features: Tensor, gains: Tensor) -> Tensor:
        """Each clip [clips, frames, values] by its gain in dB [clips], rounded and clipped to int16 anew."""
        factors = torch.pow(10.0, gains.to(features.device) / 20)
        pcm = (features * self.deviation + self.mean) * _FULL_SCALE * factors[:, None, None]
        return (pcm.round().clamp(-_FULL_SCALE, _FULL_SCALE - 1) / _FULL_SCALE - self.mean) / self.deviation
