"""The checkpoint of a tiny training, for the harness; apart because it needs torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from edgegenre.training.batches import Batches
from edgegenre.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from edgegenre.training.objective import TaskVerdict


def checkpoint_surface(folder: Path) -> tuple[bytes, Callable[[bytes], Any]]:
    """A sound checkpoint, and what reads a changed one."""
    module = torch.nn.Linear(3, 2)
    optimizer = torch.optim.Adam(module.parameters())
    batches = Batches(range(4), torch.Generator().manual_seed(0))  # type: ignore[arg-type]  # it is asked its length
    state = TrainingState(module=module, optimizer=optimizer, batches=batches, selection=None)
    module(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    path = folder / "checkpoint.safetensors"
    save_checkpoint(path, state)

    def read(content: bytes) -> Any:
        path.write_bytes(content)
        return load_checkpoint(path, state, TaskVerdict)

    return path.read_bytes(), read
