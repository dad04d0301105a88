"""Where training runs, and what is switched on there."""

import importlib.util
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from edgegenre.errors import TrainingError
from edgegenre.training.ranks import ALONE, Ranks


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A device and its means: bfloat16 autocast and, for one process, torch.compile on CUDA; float32 elsewhere."""

    device: torch.device
    autocast: bool
    compiled: bool

    def precision(self) -> AbstractContextManager[object]:
        """The context a training step's forward pass runs in."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.autocast)


def place(name: str = "auto", ranks: Ranks = ALONE) -> Placement:
    """The placement called `name`: auto, cpu, cuda, cuda:N or mps. auto takes CUDA, then MPS, then the CPU.

    ranks: each process of a computer takes the GPU of its number.

    Raises TrainingError when the device is not known or not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if name == "cuda" and ranks.several:
        name = f"cuda:{ranks.local}"
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise TrainingError(f"device '{name}' cannot be used here. Pass --device cpu, or auto.") from error
    cuda = device.type == "cuda"
    if cuda and ranks.several:
        torch.cuda.set_device(device)
    return Placement(
        device=device,
        autocast=cuda and torch.cuda.is_bf16_supported(including_emulation=False),
        compiled=cuda and not ranks.several and importlib.util.find_spec("triton") is not None,
    )
