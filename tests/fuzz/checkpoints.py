"""The checkpoint of a tiny training, for the harness; apart because it needs torch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from edgegenre.network.layers import Convolution, Dense, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from edgegenre.training.data import Batches, Examples
from edgegenre.training.history import History
from edgegenre.training.module import NetworkModule


def checkpoint_surface(folder: Path) -> tuple[bytes, Callable[[bytes], Any]]:
    """A sound checkpoint, and what reads a changed one."""
    network = chain(
        "tiny",
        input_shape=Shape(8, 12, 1),
        layers=[
            ("conv", Convolution(channels=2, kernel=(3, 3))),
            ("mean", GlobalAverage()),
            ("logits", Dense(units=2)),
        ],
    )
    module = NetworkModule(network, dropout=0.0, momentum=0.1)
    optimizer = torch.optim.Adam(module.parameters())
    ones = torch.ones(4, dtype=torch.long)
    source = Examples(features=torch.zeros(4, 8, 12), labels=ones, track=ones, first_frame=ones, frames=ones)
    state = TrainingState(
        module=module,
        optimizer=optimizer,
        batches=Batches(source, torch.Generator().manual_seed(0), None),
        history=History(),
    )
    module(source.features).sum().backward()
    optimizer.step()
    path = folder / "checkpoint.safetensors"
    save_checkpoint(path, state)

    def read(content: bytes) -> Any:
        path.write_bytes(content)
        return load_checkpoint(path, state)

    return path.read_bytes(), read
