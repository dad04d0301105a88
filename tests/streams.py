"""The stream of every engine, by name, for tests that hold for all of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.errors import EdgegenreError, QuantizationError, RuntimeEngineError
from edgegenre.export.onnx.stream import stream_onnx_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import IntegerStream, StreamLogits
from edgegenre.network.network import Network
from edgegenre.runtime.engine import RowStream
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.native import NativeEngine, NativeStream
from edgegenre.runtime.engines.onnxruntime_stream import OnnxStream
from tests.networks import random_inputs, random_integers
from tests.support import program


def numpy_stream(integers: IntegerNetwork, arithmetic: Arithmetic) -> IntegerStream:
    """The reference."""
    return IntegerStream(integers, arithmetic=arithmetic)


def onnx_step(integers: IntegerNetwork, arithmetic: Arithmetic) -> OnnxStream:
    """stream.onnx, which has one arithmetic."""
    assert arithmetic == "float32"
    return OnnxStream(stream_onnx_bytes(integers, "{}"))


def tflite_step(integers: IntegerNetwork, arithmetic: Arithmetic) -> LiteRTStream:
    """stream.tflite on the kernels of this arithmetic."""
    return LiteRTStream(stream_tflite_bytes(integers, "{}"), arithmetic=arithmetic)


def c_stream(integers: IntegerNetwork, arithmetic: Arithmetic) -> NativeStream:
    """The C runtime, compiled for this machine."""
    program("cc", "gcc")
    return NativeEngine(integers, arithmetic).stream("clip")


STREAMS: dict[str, Callable[[IntegerNetwork, Arithmetic], RowStream]] = {
    "numpy": numpy_stream,
    "onnx": onnx_step,
    "tflite": tflite_step,
    "c": c_stream,
}

REFUSAL: dict[str, type[EdgegenreError]] = {
    "numpy": QuantizationError,
    "onnx": RuntimeEngineError,
    "tflite": RuntimeEngineError,
    "c": QuantizationError,
}
"""What each raises when it gets rows beyond its window."""

KINDS: tuple[tuple[str, Arithmetic], ...] = tuple(
    (name, arithmetic) for name in STREAMS for arithmetic in ARITHMETICS if (name, arithmetic) != ("onnx", "q31")
)
"""Every stream in every arithmetic that it has."""

UNCOMPILED = tuple(kind for kind in KINDS if kind[0] != "c")
"""Those that need no compiler's seconds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Wanted:
    """What the numpy reference says: its stream's answers after every row, and the whole window's logits."""

    answers: list[StreamLogits]
    logits: np.ndarray


def wanted(integers: IntegerNetwork, features: dict[str, np.ndarray], arithmetic: Arithmetic) -> Wanted:
    """features: int8 [1, time, frequency, channels] by input."""
    answers = numpy_stream(integers, arithmetic).push({item: array[0] for item, array in features.items()})
    return Wanted(answers=answers, logits=run(integers, features, arithmetic)[0])


def assert_streams_as_wanted(
    kind: tuple[str, Arithmetic],
    integers: IntegerNetwork,
    features: dict[str, np.ndarray],
    cuts: list[int],
    expected: Wanted,
) -> None:
    """Pushed in pieces, every answer is the numpy stream's after as many rows, and the last the whole window's.

    features: int8 [1, time, frequency, channels] by input. cuts: rows at which every input is cut.
    """
    name, arithmetic = kind
    stream = STREAMS[name](integers, arithmetic)
    pieces = {item: np.split(array[0], sorted(cuts)) for item, array in features.items()}
    found = {}
    for number in range(len(cuts) + 1):
        answers = stream.push({item: parts[number] for item, parts in pieces.items()})
        found |= {answer.rows: answer for answer in answers}
    if not isinstance(stream, NativeStream):
        assert stream.finished
    *_, last = expected.answers
    assert last.complete
    rows = [answer.rows for answer in expected.answers]
    # Where there are two inputs, a step may bring rows in fewer answers than the numpy stream.
    assert list(found) == (rows if len(features) == 1 else [number for number in rows if number in found])
    for answer in expected.answers:
        if answer.rows in found:
            np.testing.assert_array_equal(found[answer.rows].logits, answer.logits)
            assert found[answer.rows].complete == answer.complete
    np.testing.assert_array_equal(found[last.rows].logits, expected.logits)


def assert_streams_like_the_window(
    kind: tuple[str, Arithmetic], integers: IntegerNetwork, features: dict[str, np.ndarray], cuts: list[int]
) -> None:
    """`assert_streams_as_wanted` by the numpy reference."""
    assert_streams_as_wanted(kind, integers, features, cuts, wanted(integers, features, kind[1]))


def assert_a_network_streams(
    network: Network, seed: int, cuts: list[int], kinds: Sequence[tuple[str, Arithmetic]]
) -> None:
    """`assert_streams_like_the_window` for `network` with random weights, on each of `kinds`."""
    integers, features = random_integers(network, seed), random_inputs(network, 1, seed)
    expected = {
        arithmetic: wanted(integers, features, arithmetic) for arithmetic in {arithmetic for _, arithmetic in kinds}
    }
    for kind in kinds:
        assert_streams_as_wanted(kind, integers, features, cuts, expected[kind[1]])
