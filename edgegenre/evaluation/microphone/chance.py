"""Random numbers that a key decides: the same with every version of numpy."""

import hashlib

import numpy as np


def gaussian(key: str, count: int) -> np.ndarray:
    """float64 [count], independent, mean 0 and deviation 1, by Box and Muller (1958)."""
    words = _words(key, 2 * ((count + 1) // 2)).reshape(2, -1)
    # Bit generators keep their streams, numpy's distributions do not.
    uniform = (words >> np.uint64(11)) * 2.0**-53
    radius, angle = np.sqrt(-2 * np.log1p(-uniform[0])), 2 * np.pi * uniform[1]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


def below(key: str, limit: int) -> int:
    """A whole number from 0 to limit - 1."""
    return int(_words(key, 1)[0] % np.uint64(limit))


def _words(key: str, count: int) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:16], "little")
    words: np.ndarray = np.random.PCG64(seed).random_raw(count)
    return words
