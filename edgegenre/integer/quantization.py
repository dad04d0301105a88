"""How integers stand for real numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgegenre.integer import int16
from edgegenre.integer.requantize import Arithmetic

INT8_LOW, INT8_HIGH = -128, 127

WIDENING = 8
"""int16 operations read the network's int8 input shifted left by this."""

INT16X8 = "int16x8"
"""The one arithmetic of int16 operations, as results name it."""


@dataclass(frozen=True, kw_only=True)
class Quantization:
    """real = scale * (q - zero_point), q int8, or int16 with zero point 0. `scale` is a float32 value."""

    scale: float
    zero_point: int
    bits: int = 8

    @property
    def dtype(self) -> type[np.signedinteger]:
        """numpy's type of q."""
        return np.int8 if self.bits == 8 else np.int16

    @property
    def low(self) -> int:
        """The smallest q."""
        return INT8_LOW if self.bits == 8 else int16.INT16_LOW

    @property
    def high(self) -> int:
        """The largest q."""
        return INT8_HIGH if self.bits == 8 else int16.INT16_HIGH

    @property
    def reach(self) -> int:
        """The largest |q - zero point|."""
        return max(self.high - self.zero_point, self.zero_point - self.low)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {"scale": float(self.scale), "zero_point": self.zero_point, "bits": self.bits}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave. Raises KeyError, TypeError or ValueError when it is not well formed."""
        scale, zero_point, bits = float(np.float32(values["scale"])), int(values["zero_point"]), int(values["bits"])
        if not (np.isfinite(scale) and scale > 0):
            raise ValueError(f"{scale} is no scale")
        if bits not in (8, 16):
            raise ValueError(f"{bits} bits are neither int8 nor int16")
        if not INT8_LOW <= zero_point <= INT8_HIGH:
            raise ValueError(f"zero point {zero_point} is not an int8")
        return cls(scale=scale, zero_point=zero_point, bits=bits)

    def real(self, q: np.ndarray) -> np.ndarray:
        """The float64 values that `q` stands for."""
        return np.float64(self.scale) * (q.astype(np.int64) - self.zero_point)

    def quantize(self, values: np.ndarray) -> np.ndarray:
        """The nearest steps (half to even), clipped to the type's range."""
        steps = np.rint(values.astype(np.float64) / np.float64(self.scale)) + self.zero_point
        return np.clip(steps, self.low, self.high).astype(self.dtype)


def read_as_int16(source: Quantization) -> Quantization:
    """An int8 quantization with zero point 0, as int16 operations read it."""
    return Quantization(scale=source.scale / (1 << WIDENING), zero_point=0, bits=16)


def arithmetic_name(output: Quantization, arithmetic: Arithmetic) -> str:
    """How results in `arithmetic` are named. int16 logits are behind int16 operations alone, which have one for both.

    int8 operations behind the recurrent head of a wide network have both.
    """
    return INT16X8 if output.bits == 16 else arithmetic
