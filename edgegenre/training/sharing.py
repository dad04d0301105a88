"""One batch on several processes: each computes its share of the clips, and what depends on all is exchanged.

The loss is that of the whole batch, and batch norm's statistics are those of all its clips, so that training is that of
a single process up to the order in which floats are added.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

from edgegenre.training.layers import Convolved
from edgegenre.training.ranks import ALONE, Ranks
from edgegenre.training.windows import Inputs


class Share:
    """The clips of the present batch that this process computes: all of them outside of `taken`."""

    def __init__(self, ranks: Ranks = ALONE) -> None:
        self.ranks = ranks
        self._clips: int | None = None

    @contextlib.contextmanager
    def taken(self, inputs: Inputs) -> Iterator[Inputs]:
        """This process's clips of a batch, while its part of the network is computed; all where it is alone.

        Where there are fewer clips than processes, those without one compute the first, and it does not count.
        """
        if not self.ranks.several:
            yield inputs
            return
        self._clips = len(next(iter(inputs.values())))
        try:
            yield {name: values[self._rows] for name, values in inputs.items()}
        finally:
            self._clips = None

    @property
    def divided(self) -> bool:
        """Whether other processes compute the rest of the batch."""
        return self._clips is not None

    def counted(self, values: Tensor) -> Tensor:
        """Those of the clips at hand [clips, ...] that count."""
        return values[: self._counts[self.ranks.rank]]

    def together(self, logits: Tensor) -> Tensor:
        """The logits [clips, classes] of the whole batch from those of this process's clips."""
        if not self.divided:
            return logits
        counts = self._counts
        spare = max(counts) - len(logits)
        padded = functional.pad(logits, (0, 0, 0, max(spare, 0)))
        return torch.cat([part[:count] for part, count in zip(gathered(padded), counts, strict=True)])

    def dropped(self, values: Tensor, probability: float) -> Tensor:
        """Dropout of the clips at hand [clips, ...], with the numbers that are drawn for all of the batch."""
        if self._clips is None:
            return functional.dropout(values, probability)
        layout = torch.contiguous_format if values.is_contiguous() else torch.channels_last
        whole = values.new_ones((self._clips, *values.shape[1:]))
        if values.dim() == 4:
            whole = whole.contiguous(memory_format=layout)
        return values * functional.dropout(whole, probability)[self._rows]

    @property
    def _counts(self) -> list[int]:
        assert self._clips is not None
        return self.ranks.shares(self._clips)

    @property
    def _rows(self) -> slice:
        counts = self._counts
        first, own = sum(counts[: self.ranks.rank]), counts[self.ranks.rank]
        return slice(first, first + own) if own else slice(0, 1)


class _Gather(torch.autograd.Function):
    """[...] of every process to [processes, ...]; the gradient is the sum of those that all processes have of it."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        parts = [torch.empty_like(values) for _ in range(distributed.get_world_size())]
        distributed.all_gather(parts, values.contiguous())
        return torch.stack(parts)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous()
        distributed.all_reduce(total)
        return total[distributed.get_rank()]


def gathered(values: Tensor) -> Tensor:
    """The same tensor of every process, one after another: [processes, ...], all of one shape."""
    found: Tensor = _Gather.apply(values.contiguous())
    return found


class SharedBatchNorm(nn.BatchNorm2d):
    """`norm` with the statistics of all processes' clips while a batch is divided, its own module otherwise."""

    def __init__(self, norm: nn.BatchNorm2d, share: Share) -> None:
        super().__init__(norm.num_features, eps=norm.eps, momentum=norm.momentum)
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self._share = share

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self._share.divided:
            return super().forward(x)
        counted = self._share.counted(x).float()
        count = counted.numel() // counted.shape[1]
        mean = counted.sum(dim=(0, 2, 3)) / max(count, 1)
        squares = (counted - mean[:, None, None]).square().sum(dim=(0, 2, 3))
        counts = torch.full_like(mean, count)
        counts, means, squares = gathered(torch.stack([counts, mean, squares])).unbind(1)
        total = counts.sum(dim=0)
        mean = (counts * means).sum(dim=0) / total
        squares = (squares + counts * (means - mean).square()).sum(dim=0)
        self._remember(mean.detach(), (squares / (total - 1)).detach())
        scale = self.weight * torch.rsqrt(squares / total + self.eps)
        return (x * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.momentum is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked += 1


def share_batch_norm(module: nn.Module, share: Share) -> None:
    """Give every batch norm of `module` the statistics of the whole batch; parameters and buffers stay the same."""
    for part in list(module.modules()):
        if isinstance(part, Convolved) and part.norm is not None:
            part.norm = SharedBatchNorm(part.norm, share)


def parallel(module: nn.Module) -> nn.Module:
    """`module` whose gradients are the means over all processes: that of `Share.together` adds up over them."""
    from torch.nn.parallel import DistributedDataParallel

    return DistributedDataParallel(module, broadcast_buffers=False)
