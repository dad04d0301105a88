"""Each operator of the integer GRU and LSTM alone in a .tflite, inputs that leave nothing out, numpy's answers."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.export.tflite.graph import TfliteWriter, add_widened
from edgegenre.export.tflite.recurrent import STATE
from edgegenre.integer import int16
from edgegenre.integer.lstm import CELL_SHIFT, CELL_TANH_SCALE
from edgegenre.integer.quantization import Quantization

EVERY_INT16 = np.arange(-32768, 32768).astype(np.int16)
EXTREMES = np.array([-32768, -32767, -16385, -16384, -16383, -129, -128, -127, -1, 0, 1, 127, 128, 16384, 32767])
SCALES = (257 * 2.0**-20, 300 * 2.0**-20, 384 * 2.0**-20, 511 * 2.0**-20, 257 * 2.0**-17, 401 * 2.0**-17)
"""As quantization chooses them for the gates: a short mantissa, no power of two, +-8 and more."""


@dataclass(frozen=True, kw_only=True)
class Operator:
    """A model with one operator (or the pair that widens), its inputs, and the values it must give out."""

    name: str
    model: bytes
    inputs: tuple[np.ndarray, ...]
    expected: np.ndarray


def wide(scale: float) -> Quantization:
    return Quantization(scale=scale, zero_point=0, bits=16)


def pairs(seed: int, size: int = 200_000) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of extremes, every int16 value against random ones, and random pairs; int16 [1, values]."""
    generator = np.random.default_rng(seed)
    first, second = (values.reshape(-1) for values in np.meshgrid(EXTREMES, EXTREMES))
    one, other = generator.integers(-32768, 32768, (2, size))
    one = np.concatenate([first, EVERY_INT16, one])
    other = np.concatenate([second, generator.permutation(EVERY_INT16), other])
    return one.astype(np.int16)[None], other.astype(np.int16)[None]


def operators() -> Iterator[Operator]:
    """All of them."""
    for scale in SCALES:
        yield _lookup("LOGISTIC", scale, int16.sigmoid)
        yield _lookup("TANH", scale, int16.tanh)
        yield _pair("ADD", scale, wide(scale), lambda a, b: a + b)
        yield _pair("MUL", scale, wide(scale), int16.product)
    yield _pair("ADD", int16.STATE_SCALE, STATE, lambda a, b: a + b)
    yield _pair("SUB", int16.STATE_SCALE, STATE, lambda a, b: a - b)
    yield _pair("MUL", int16.STATE_SCALE, STATE, int16.product)
    cell = 2.0**-CELL_SHIFT
    yield _pair("ADD", cell, wide(cell), lambda a, b: a + b)
    yield _pair("MUL", cell, wide(cell), int16.product)
    yield _pair("MUL", int16.STATE_SCALE, wide(cell), lambda a, b: int16.product(a, b, shift=30 - CELL_SHIFT))
    yield _rescaled()
    yield _lookup("TANH", CELL_TANH_SCALE, int16.tanh)
    yield _rounded()
    for scale, zero_point in ((300 * 2.0**-14, -128), (257 * 2.0**-16, 17), (511 * 2.0**-12, 127), (2.0**-7, 0)):
        yield _widened(scale, zero_point)
    for seed in range(4):
        yield _product(seed)


def _written(
    given: Sequence[tuple[np.ndarray, Quantization]], write: Callable[[TfliteWriter, list[int]], int]
) -> bytes:
    writer = TfliteWriter("operator")
    inputs = [
        writer.tensor(f"x{number}", values.shape, quantization=quantization)
        for number, (values, quantization) in enumerate(given)
    ]
    writer.graph.inputs = inputs
    writer.graph.outputs = [write(writer, inputs)]
    return writer.finish({})


def _lookup(kind: str, scale: float, function: Callable[[np.ndarray, float], np.ndarray]) -> Operator:
    values = EVERY_INT16[None]

    def write(writer: TfliteWriter, inputs: list[int]) -> int:
        return writer.operator(kind, 16, inputs, writer.tensor("y", values.shape, quantization=STATE))

    model = _written([(values, wide(scale))], write)
    return Operator(name=f"{kind} {scale}", model=model, inputs=(values,), expected=function(values, scale))


def _pair(
    kind: str, scale: float, target: Quantization, function: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Operator:
    """a of the gates' or the state's scale with b: MUL takes a as a gate's output, at 2**-15."""
    one, other = pairs(len(kind))

    def write(writer: TfliteWriter, inputs: list[int]) -> int:
        options = {} if kind == "MUL" else {"potScaleInt16": False}
        output = writer.tensor("y", one.shape, quantization=target)
        return writer.operator(kind, 16, inputs, output, writer.options(kind.capitalize(), **options))

    model = _written([(one, STATE if kind == "MUL" else wide(scale)), (other, wide(scale))], write)
    expected = int16.saturate(function(one.astype(np.int64), other.astype(np.int64)))
    return Operator(name=f"{kind} {scale}", model=model, inputs=(one, other), expected=expected)


def _rounded() -> Operator:
    values = EVERY_INT16[None]

    def write(writer: TfliteWriter, inputs: list[int]) -> int:
        output = writer.tensor("y", values.shape, quantization=Quantization(scale=int16.OUTPUT_SCALE, zero_point=0))
        return writer.operator("QUANTIZE", 8, inputs, output, writer.options("Quantize"))

    model = _written([(values, STATE)], write)
    return Operator(
        name="QUANTIZE to int8", model=model, inputs=(values,), expected=int16.to_int8(values.astype(np.int64))
    )


def _rescaled() -> Operator:
    """The cell of an LSTM to the scale its tanh takes."""
    values = EVERY_INT16[None]

    def write(writer: TfliteWriter, inputs: list[int]) -> int:
        output = writer.tensor("y", values.shape, quantization=wide(CELL_TANH_SCALE))
        return writer.operator("QUANTIZE", 16, inputs, output, writer.options("Quantize"))

    cell = 2.0**-CELL_SHIFT
    model = _written([(values, wide(cell))], write)
    expected = int16.rescale(values.astype(np.int64), cell / CELL_TANH_SCALE)
    return Operator(name="QUANTIZE of the cell", model=model, inputs=(values,), expected=expected)


def _widened(scale: float, zero_point: int) -> Operator:
    values = np.arange(-128, 128).astype(np.int8)[None]
    shift = int16.STATE_SHIFT if scale == int16.OUTPUT_SCALE else int16.INPUT_SHIFT

    def write(writer: TfliteWriter, inputs: list[int]) -> int:
        return add_widened(writer, "y", values.shape, inputs[0], wide(scale / (1 << shift)))

    model = _written([(values, Quantization(scale=scale, zero_point=zero_point))], write)
    expected = int16.saturate((values.astype(np.int64) - zero_point) << shift)
    return Operator(name=f"DEQUANTIZE, QUANTIZE {scale} {zero_point}", model=model, inputs=(values,), expected=expected)


def _product(seed: int) -> Operator:
    """A gate's matrix product with operands of int8 range, as they come, odd biases and an odd multiplier."""
    generator = np.random.default_rng(seed)
    units, channels, rows = 24, 40, 400
    values = generator.integers(-128, 128, (rows, channels)).astype(np.int16) << int16.STATE_SHIFT
    values[: rows // 4] = generator.choice(np.array([-128, 127], np.int16), (rows // 4, channels)) << int16.STATE_SHIFT
    weights = generator.integers(-127, 128, (units, channels)).astype(np.int8)
    bias = generator.integers(-(1 << 22), 1 << 22, units) | 1
    entering = SCALES[seed]
    multiplier, shift = int16.odd_multiplier(10 ** generator.uniform(-3.5, -1.5))
    weight_scale = np.array([multiplier * 2.0**-shift * entering / int16.STATE_SCALE], np.float32)

    def write(writer: TfliteWriter, inputs: list[int]) -> int:
        scale = np.array([float(weight_scale[0]) * int16.STATE_SCALE], np.float32)
        first = writer.tensor("weights", weights.shape, "INT8", scales=weight_scale, data=weights)
        second = writer.tensor("bias", bias.shape, "INT64", scales=scale, data=bias.astype("<i8"))
        output = writer.tensor("y", (rows, units), quantization=wide(entering))
        operands = [*inputs, first, second]
        return writer.operator("FULLY_CONNECTED", 16, operands, output, writer.options("FullyConnected"))

    model = _written([(values, STATE)], write)
    accumulator = values.astype(np.int64) @ weights.astype(np.int64).T + bias
    expected = int16.requantize(accumulator, np.int64(multiplier), np.int64(shift))
    return Operator(name=f"FULLY_CONNECTED {seed}", model=model, inputs=(values,), expected=expected)


def write_operators(folder: Path) -> None:
    """A file each, for interpreters that do not share an environment with ours (`tests/operators_check.py`)."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, operator in enumerate(operators()):
        inputs = {f"input{place}": values for place, values in enumerate(operator.inputs)}
        model = np.frombuffer(operator.model, np.uint8)
        np.savez(folder / f"{number:02} {operator.name}.npz", model=model, expected=operator.expected, **inputs)


if __name__ == "__main__":
    write_operators(Path(sys.argv[1]))
