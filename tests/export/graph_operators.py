"""Each integer operation that is no product alone in a file, inputs that leave nothing out, numpy's answers."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.export.onnx.graph import Graph
from edgegenre.export.onnx.quantized import QuantizedGraph
from edgegenre.export.tflite.graph import TfliteWriter
from edgegenre.export.tflite.operations import add_operation
from edgegenre.integer.operations import Join, Largest, Lookup, Mean, Operation, Rearrange, Sum
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import NUMPY
from edgegenre.network.shape import Shape
from edgegenre.quantize.scales import mean_quantization

EVERY_INT8 = np.arange(-128, 128).astype(np.int8)


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """An operation and its inputs, int8 [1, time, frequency, channels]."""

    operation: Operation
    inputs: tuple[np.ndarray, ...]

    def expected(self, arithmetic: Arithmetic) -> np.ndarray:
        """numpy's answer."""
        made: np.ndarray = NUMPY[type(self.operation)](self.operation, arithmetic, *self.inputs)
        return made

    @property
    def shapes(self) -> list[Shape]:
        return [Shape(*array.shape[1:]) for array in self.inputs]

    def tflite(self) -> bytes:
        """The operation alone in a .tflite."""
        writer = TfliteWriter("operator")
        read = [
            writer.tensor(name, array.shape, quantization=self.operation.input)
            for name, array in zip(self.operation.inputs, self.inputs, strict=True)
        ]
        writer.graph.inputs = read
        writer.graph.outputs = [add_operation(writer, self.operation, read, self.shapes)]
        return writer.finish({})

    def onnx(self, dtype: type[np.int8] | type[np.uint8]) -> bytes:
        """The operation alone in an .onnx that takes and gives bytes [1, channels, time, frequency]."""
        graph = Graph("operator")
        writer = QuantizedGraph(graph, dtype)
        read = [
            graph.input(name, dtype, [1, shape.channels, shape.time, shape.frequency])
            for name, shape in zip(self.operation.inputs, self.shapes, strict=True)
        ]
        made = writer.add(self.operation, read, self.shapes)
        shape = self.operation.output_shape(*self.shapes)
        graph.output(made, dtype, [1, shape.channels, shape.time, shape.frequency])
        return graph.finish({})


def cases() -> Iterator[Case]:
    """All of them."""
    generator = np.random.default_rng(0)
    first, second = (values.reshape(1, 256, 256, 1).astype(np.int8) for values in np.meshgrid(EVERY_INT8, EVERY_INT8))
    for zero_point in (-128, -27, 0, 64, 127):
        quantization = Quantization(scale=float(np.float32(generator.uniform(0.001, 0.1))), zero_point=zero_point)
        common = {"input": quantization, "output": quantization}
        yield Case(operation=Sum(name="sum", inputs=("x", "y"), **common), inputs=(first, second))
        parts = tuple(generator.integers(-128, 128, (1, 50, 20, channels)).astype(np.int8) for channels in (3, 1, 60))
        yield Case(operation=Join(name="join", inputs=("x", "y", "z"), **common), inputs=parts)
        image = generator.integers(-128, 128, (1, 100, 50, 40)).astype(np.int8)
        for window in ((2, 2), (20, 1), (1, 20), (3, 5), None):
            yield Case(operation=Largest(name="largest", inputs=("x",), window=window, **common), inputs=(image,))
        for order in ("flatten", "flatten_rows", "transpose"):
            yield Case(operation=Rearrange(name="rearranged", inputs=("x",), order=order, **common), inputs=(image,))
        table = generator.integers(-128, 128, 256).astype(np.int8)
        output = Quantization(scale=0.03, zero_point=-5)
        lookup = Lookup(name="lookup", inputs=("x",), input=quantization, output=output, table=table)
        yield Case(operation=lookup, inputs=(np.tile(EVERY_INT8, 4096).reshape(1, 1024, 32, 32),))
        for rows, columns in ((150, 6), (125, 1), (37, 1)):
            values = generator.integers(-128, 128, (1, rows, columns, 300)).astype(np.int8)
            seen = tuple(np.array([-0.6, 0.7]) * 128 * quantization.scale)
            target = mean_quantization(quantization, rows * columns, seen)
            mean = Mean(name="mean", inputs=("x",), input=quantization, output=target, extent=(rows, columns))
            yield Case(operation=mean, inputs=(values,))


def save(folder: Path) -> None:
    """One .npz a case for tests/operators_check.py; a mean's values are those of the reference kernels alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(cases()):
        mean = isinstance(case.operation, Mean)
        np.savez(
            folder / f"graph {number:02} {case.operation.name}.npz",
            model=np.frombuffer(case.tflite(), np.uint8),
            expected=case.expected("q31"),
            kernels=np.array([1] if mean else [0, 1]),
            **{f"input{index}": array for index, array in enumerate(case.inputs)},
        )


if __name__ == "__main__":
    save(Path(sys.argv[1]))
