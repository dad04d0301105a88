"""Keep freed memory in the process: large tensors otherwise go back to the system and fault in anew every iteration."""

import ctypes
import sys

# From glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Tell glibc's malloc never to return memory or to map blocks apart; does nothing elsewhere.

    For the rest of the process. Measured on two cores: DS-CNN1 on 100 whole clips 2.6 times, on short crops 1.15
    times faster.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_TRIM_THRESHOLD, -1)
        mallopt(_M_MMAP_MAX, 0)
