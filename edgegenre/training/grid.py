"""The int8 grid of the network's input, as torch on a device."""

import dataclasses

import torch
from torch import Tensor

from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.training.batches import Batch


def on_grid(scores: Tensor) -> Tensor:
    """z-scores rounded and clipped to what int8 holds: `Normalization.normalize` in float32."""
    return (scores * STEPS_PER_DEVIATION).round().clamp(-128, 127) / STEPS_PER_DEVIATION


class GridTransform:
    """The last one after transforms that leave the grid: the network sees no more than it will when it is deployed."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        return dataclasses.replace(batch, inputs={name: on_grid(scores) for name, scores in batch.inputs.items()})
