"""An array type that finds sums which would not fit the words of a device."""

from typing import Any

import numpy as np


class Int32(np.ndarray):
    """Arithmetic that fails as soon as a sum of 32-bit values leaves 32 bits, or a product 64."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [np.asarray(value) for value in inputs]
        if "out" in options:
            options["out"] = tuple(np.asarray(value) for value in options["out"])
        result = getattr(ufunc, method)(*plain, **options)
        if ufunc is np.multiply:
            assert np.abs(np.multiply(plain[0], plain[1], dtype=np.float64)).max() < 2**62.5
        elif ufunc in (np.add, np.subtract, np.negative, np.left_shift) and all(map(fits_int32, plain)):
            assert fits_int32(result), f"{ufunc.__name__} reaches {np.abs(result).max() / 2**31:.3f} * 2**31"
        return result.view(Int32) if isinstance(result, np.ndarray) else result


def fits_int32(values: np.ndarray) -> bool:
    """Whether every value is one of 32 bits and sign."""
    return bool((values >= -(2**31)).all() and (values < 2**31).all())
