"""Batch norm's statistics, measured anew where training saw crops."""

import torch
from torch import nn

from edgegenre.training.source import Source


@torch.no_grad()
def settle_batch_norm(module: nn.Module, training: Source) -> None:
    """Replace every running mean and variance by those of all whole training windows (mean over batches)."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's name for the plain mean over all batches
    module.train()
    for inputs in training.in_order():
        module(inputs)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
