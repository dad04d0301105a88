"""L1 and L2 penalties on what a module trains."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from edgegenre.runs.protocol import Penalty

_NORMS: dict[str, Callable[[Tensor], Tensor]] = {
    "l1": lambda values: values.abs().sum(),
    "l2": lambda values: values.square().sum(),
}


def penalty(penalties: Sequence[Penalty], module: nn.Module) -> Tensor | None:
    """The sum of the penalties, a scalar to add to the loss; None when there is none."""
    terms = [
        item.factor * torch.stack([_NORMS[item.norm](values) for values in _PENALIZED[item.of](module)]).sum()
        for item in penalties
    ]
    return torch.stack(terms).sum() if terms else None


def kernels(module: nn.Module) -> list[Tensor]:
    """The weights of convolutions, dense and recurrent layers, without biases and without batch norm."""
    found: list[Tensor] = []
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            found.append(part.weight)
        elif isinstance(part, nn.RNNBase):
            # The last column of the input's weights is the bias (edgegenre.training.module).
            found += [value[:, :-1] for name, value in part.named_parameters() if name.startswith("weight_ih")]
            found += [value for name, value in part.named_parameters() if name.startswith("weight_hh")]
    return found


_PENALIZED: dict[str, Callable[[nn.Module], list[Tensor]]] = {
    "kernels": kernels,
    "parameters": lambda module: list(module.parameters()),
}
