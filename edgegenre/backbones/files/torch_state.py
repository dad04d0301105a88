"""State dicts of torch modules: .safetensors, and .pth as torch reads it without running what is in it."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import first_line, missing
from edgegenre.untrusted import UnreadableError


def read_safetensors(path: Path, *, largest: int) -> Mapping[str, np.ndarray]:
    """Every tensor by name. Raises UnreadableError when the file is damaged, MissingDependencyError without
    safetensors."""
    try:
        from safetensors import safe_open
    except ImportError as error:
        raise missing("safetensors", "train", "Reading .safetensors") from error
    try:
        with safe_open(path, framework="numpy") as stream:
            return {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except Exception as error:
        raise UnreadableError(f"no sound .safetensors: {first_line(error)}") from error


def read_pth(path: Path, *, largest: int) -> Mapping[str, np.ndarray]:
    """Every tensor of a state dict by name. Raises UnreadableError when the file is damaged or holds anything but
    tensors, MissingDependencyError without torch."""
    try:
        import torch
    except ImportError as error:
        raise missing("torch", "train", "Reading .pth") from error
    try:
        # Mapped, tensors are read when they are looked at. Files of torch before 1.6, torchvision's VGG16 among them,
        # are no archives and cannot be mapped.
        state: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except Exception as error:
        raise UnreadableError(f"no state dict of torch: {first_line(error)}") from error
    if not isinstance(state, Mapping) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise UnreadableError("no state dict of torch: it holds other things than tensors")
    _check_size(sum(value.numel() * value.element_size() for value in state.values()), largest)
    floats = {str(name): value for name, value in state.items() if value.is_floating_point()}
    return {name: value.detach().to(torch.float32).contiguous().numpy() for name, value in floats.items()}


def _check_size(claimed: int, largest: int) -> None:
    if claimed > largest:
        raise UnreadableError(f"its tensors claim {claimed} bytes, more than {largest}")
