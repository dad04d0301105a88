"""What every inference engine answers, and how its logits become probabilities."""

from typing import Protocol

import numpy as np

from edgegenre import metrics
from edgegenre.errors import RuntimeEngineError
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.streaming import Mode, StreamLogits
from edgegenre.network.network import Features


class RowStream(Protocol):
    """Feature rows in, logits out: what `IntegerStream`, `OnnxStream` and `WindowStream` have in common."""

    def push(self, features: Features) -> list[StreamLogits]:
        """Feed int8 rows by input, as `rows_by_input` takes them; a clip takes no more rows than its window has."""
        ...

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        ...


class Engine(Protocol):
    """Something that computes a network.

    name: as in `open_engine`. arithmetic: "float32" or "q31" for int8 models, "int16x8" for those with int16
    activations, "float" for float ones. output: how the integer logits are read; None where they are real numbers.
    """

    name: str

    @property
    def arithmetic(self) -> str: ...

    @property
    def output(self) -> Quantization | None: ...

    def logits(self, features: Features) -> np.ndarray:
        """Logits [clips, classes], int8, int16 or float32, of int8 features (scale 1/32), as
        `named_inputs` takes them."""
        ...

    def stream(self, mode: Mode) -> RowStream:
        """A new stream. Raises RuntimeEngineError when this engine cannot stream in `mode`."""
        ...


def checked_logits(values: np.ndarray, shape: tuple[int, ...], dtype: type[np.generic], source: object) -> np.ndarray:
    """`values`, an engine's answer, when it is of this shape and type, and finite.

    Raises RuntimeEngineError that names `source`, the file it came from.
    """
    if values.shape != shape or values.dtype != dtype:
        raise RuntimeEngineError(
            f"{source}: it gave {values.dtype} {list(values.shape)} for logits, not {np.dtype(dtype)} {list(shape)}. "
            "Export the bundle again."
        )
    if not np.isfinite(values).all():
        raise RuntimeEngineError(f"{source}: it gave logits that are no numbers. Export the bundle again.")
    return values


def probabilities(logits: np.ndarray, output: Quantization | None, temperature: float = 1.0) -> np.ndarray:
    """Softmax over the last axis, in float64, of integer logits read as scale * (q - zero point), or of real ones.

    temperature: they are divided by it before.
    """
    return metrics.probabilities(logits if output is None else output.real(logits), temperature)
