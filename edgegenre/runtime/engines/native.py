"""The C runtime as an engine: `native_library` compiles it for this very machine."""

import ctypes
import threading

import numpy as np

from edgegenre.bundle import Bundle
from edgegenre.errors import ExportError, QuantizationError, RuntimeEngineError
from edgegenre.export.c.plan import stack
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.quantization import arithmetic_name
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode, StreamLogits, rows_by_input
from edgegenre.network.network import Features, named_inputs
from edgegenre.runtime.engines.native_library import native_library

_COMPLETE = 2
# Of whole vectors, in bytes.
_ALIGNMENT = 64


class NativeEngine:
    """An IntegerNetwork in C, in one of the two arithmetics; streams row by row.

    What is compiled reads whole windows of the network's shape, whatever lies there: every array is checked before its
    pointer is given away. Raises RuntimeEngineError when there is no C compiler or the C runtime cannot compute the
    network.
    """

    name = "native"

    def __init__(self, integers: IntegerNetwork, arithmetic: Arithmetic = "float32") -> None:
        try:
            self._library = native_library(integers, arithmetic)
        except ExportError as error:
            raise RuntimeEngineError(f"the engine 'native' cannot be built: {error}") from error
        self._integers = integers
        self.arithmetic: str = arithmetic_name(integers.output, arithmetic)
        self.output = integers.output
        self._context = _context(self._library, "clip")
        self._turn = threading.Lock()

    def logits(self, features: Features) -> np.ndarray:
        """Logits [clips, classes] of int8 features, as `named_inputs` takes them, in `output`'s type.

        Raises NetworkError for features of another shape, RuntimeEngineError for those of another type.
        """
        item = self._integers.only_input
        rows = _checked(named_inputs(self._integers.name, (item,), features)[item.name], tuple(item.shape))
        result = np.empty((len(rows), self._integers.classes), np.int16)
        with self._turn:
            self._library.eg_native_clips(_pointer(self._context), _pointer(rows), len(rows), _pointer(result))
        return result.astype(self.output.dtype)

    def profile(self, features: Features, runs: int) -> np.ndarray:
        """Nanoseconds of one clip of int8 features, uint64 [runs, row layers + 2]: of each row layer, a recurrent head,
        and the mean with the dense layers. Raises as `logits` does."""
        item = self._integers.only_input
        rows = _checked(named_inputs(self._integers.name, (item,), features)[item.name], tuple(item.shape))
        found = np.zeros((runs, len(stack(self._integers).rows) + 2), np.uint64)
        with self._turn:
            for times in found:
                self._library.eg_native_profile(_pointer(self._context), _pointer(rows), _pointer(times))
        return found

    def stream(self, mode: Mode) -> "NativeStream":
        """A row-by-row stream."""
        return NativeStream(self._library, self._integers, mode)


class NativeStream:
    """`IntegerStream` in C: the same decisions to the bit."""

    def __init__(self, library: ctypes.CDLL, integers: IntegerNetwork, mode: Mode) -> None:
        self._library, self._mode = library, mode
        self._name, self._input = integers.name, integers.only_input
        self._window = self._input.shape
        self._classes, self._dtype = integers.classes, integers.output.dtype
        self._context = _context(library, mode)
        # A pushed row brings one row to the head, the last of a clip as many as the flush sets free: not more than
        # the window has.
        self._records = np.empty((self._window.time, 3 + self._classes), np.int32)
        self._frames = 0

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        self._library.eg_native_reset(_pointer(self._context))
        self._frames = 0

    def push(self, features: Features) -> list[StreamLogits]:
        """Feed int8 rows, as `rows_by_input` takes them; returns one entry for each row that reached the head, from one
        block on.

        Raises QuantizationError when a clip gets more rows than its window has, RuntimeEngineError for features of
        another shape or type.
        """
        item = self._input
        features = _checked(rows_by_input(self._name, (item,), features)[item.name], tuple(item.shape[1:]))
        if self._mode == "clip" and self._frames + len(features) > self._window.time:
            raise QuantizationError(
                f"a clip has {self._window.time} feature rows; reset the stream before the next one."
            )
        results: list[StreamLogits] = []
        for start in range(0, len(features), self._window.time):
            results += self._push(features[start : start + self._window.time])
        return results

    def _push(self, rows: np.ndarray) -> list[StreamLogits]:
        count = self._library.eg_native_push(
            _pointer(self._context), _pointer(rows), len(rows), _pointer(self._records), len(self._records)
        )
        results = [
            StreamLogits(
                logits=record[3:].astype(self._dtype),
                rows=int(record[1]),
                frames=self._frames + int(record[2]),
                complete=int(record[0]) == _COMPLETE,
            )
            for record in self._records[:count]
        ]
        self._frames += len(rows)
        return results


def open_native(bundle: Bundle, arithmetic: Arithmetic = "float32") -> NativeEngine:
    """The native engine of an int8 bundle. Raises RuntimeEngineError for a float one or without a compiler."""
    if bundle.integers is None:
        raise RuntimeEngineError(f"{bundle.folder}: the engine 'native' computes int8 bundles. Export with --int8.")
    return NativeEngine(bundle.integers, arithmetic)


def _checked(features: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """`features` without gaps. Raises RuntimeEngineError unless they are int8 and each of them has `shape`."""
    if features.dtype != np.int8 or features.shape[1:] != shape:
        raise RuntimeEngineError(
            f"the engine 'native' takes int8 features {('any number', *shape)}, not {features.dtype} {features.shape}."
        )
    return np.ascontiguousarray(features)


def _context(library: ctypes.CDLL, mode: Mode) -> np.ndarray:
    """A context ready for `mode`; its weights are packed here, once."""
    size = library.eg_native_context_bytes()
    memory = np.zeros(size + _ALIGNMENT, np.uint8)
    start = -_pointer(memory) % _ALIGNMENT
    context = memory[start : start + size]
    library.eg_native_init(_pointer(context), int(mode == "continuous"))
    return context


def _pointer(array: np.ndarray) -> int:
    return array.ctypes.data
