"""How much of a data set may be kept in memory."""

import os
from pathlib import Path

import torch

_SHARE = 4
"""Of what is free: features are held twice while they are normalized, and batches and the network need the rest."""


def in_memory_limit(device: torch.device) -> int:
    """Bytes of features that training keeps in main memory and on `device`; more are read from disk as needed."""
    free = _main_memory()
    if device.type == "cuda":
        free = min(free, torch.cuda.mem_get_info(device)[0])
    return free // _SHARE


def _main_memory() -> int:
    """Bytes that are free or can be freed; of all the memory where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        (available,) = (line.split()[1] for line in lines if line.startswith("MemAvailable:"))
        return int(available) * 1024
    except (OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
