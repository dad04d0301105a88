"""Random numbers of the run's generator, on the CPU: the same on every device."""

import math

import numpy as np
import torch
from torch import Tensor

_SEEDS = 2**63 - 1


def evenly_drawn(low: float, high: float, count: int, generator: torch.Generator) -> Tensor:
    """float32 [count], evenly from low to high."""
    return low + (high - low) * torch.rand(count, generator=generator)


def beta_drawn(alpha: float, count: int, generator: torch.Generator) -> Tensor:
    """float32 [count] of the beta distribution whose parameters are both `alpha`."""
    # torch's own takes no generator.
    seed = int(torch.randint(_SEEDS, (), generator=generator))
    return torch.from_numpy(np.random.default_rng(seed).beta(alpha, alpha, count)).float()


def waves(amplitudes: Tensor, places: Tensor) -> Tensor:
    """Smooth random curves [clips, bands]: sums of half, one, one and a half, ... cosine waves over places 0 to 1.

    amplitudes: [clips, waves], drawn from a normal distribution; the curves have its deviation, averaged over places.
    """
    count = amplitudes.shape[1]
    cosines = torch.cos(torch.arange(1, count + 1)[:, None] * math.pi * places)
    return amplitudes @ cosines * math.sqrt(2 / count)
