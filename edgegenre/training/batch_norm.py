"""Batch norm's statistics, measured anew where training saw crops."""

from collections.abc import Iterable

import torch
from torch import nn

from edgegenre.training.batches import Batch


@torch.no_grad()
def settle_batch_norm(module: nn.Module, batches: Iterable[Batch]) -> None:
    """Replace every running mean and variance by those of these batches (mean over batches)."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's name for the plain mean over all batches
    module.train()
    for batch in batches:
        module(batch.inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
