"""IntegerNetwork: the integers that every export carries, as a graph of operations."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from edgegenre.errors import NetworkError, QuantizationError
from edgegenre.integer.operations import Join, Operation, Product, Rearrange
from edgegenre.integer.quantization import Quantization, arithmetic_name, read_as_int16
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.network.network import Input, WithInputs
from edgegenre.network.shape import Shape
from edgegenre.network.stream_plan import Reader, Role, StreamPlan, stream_plan


@dataclass(frozen=True, kw_only=True)
class IntegerInput(Input):
    """A named input, int8 of a quantization."""

    quantization: Quantization


@dataclass(frozen=True, kw_only=True, eq=False)
class IntegerNetwork(WithInputs):
    """Operations in topological order; the last one's output is the logits, a vector.

    Inputs are int8 always; operations with int16 activations read them shifted left. Every operation has proven its
    ranges when it was made. Raises QuantizationError when an operation reads a tensor that no earlier one makes, or at
    another quantization than this tensor has, or shapes do not fit together.
    """

    name: str
    inputs: tuple[IntegerInput, ...]
    operations: tuple[Operation, ...]

    def __post_init__(self) -> None:
        written = {item.name: item.quantization for item in self.inputs}
        if len(written) != len(self.inputs) or not self.inputs or not self.operations:
            raise QuantizationError(f"'{self.name}': needs at least one operation and inputs of different names.")
        widened = {}
        for name, quantization in written.items():
            if quantization.bits != 8 or (self.wide and quantization.zero_point):
                raise QuantizationError(
                    f"'{self.name}': the network's input is int8, with zero point 0 where int16 operations read it."
                )
            widened[name] = read_as_int16(quantization)
        for operation in self.operations:
            where = f"'{self.name}', operation '{operation.name}'"
            for name in operation.inputs:
                if name not in written:
                    raise QuantizationError(f"{where}: it reads '{name}', which no earlier operation makes.")
                if operation.input not in (written[name], widened.get(name)):
                    raise QuantizationError(f"{where}: it does not read '{name}' at the quantization that this has.")
            if operation.name in written:
                raise QuantizationError(f"{where}: the name is used twice.")
            written[operation.name] = operation.output
        shape = self.shapes()[self.operations[-1].name]
        if shape.values != shape.channels:
            raise QuantizationError(f"'{self.name}': the logits are {tuple(shape)}, not a vector.")

    @property
    def logits(self) -> Operation:
        """The operation whose output is the logits."""
        return self.operations[-1]

    @property
    def output(self) -> Quantization:
        """The quantization of the logits."""
        return self.logits.output

    @cached_property
    def classes(self) -> int:
        """How many logits come out."""
        return self.shapes()[self.logits.name].channels

    @property
    def wide(self) -> bool:
        """Whether activations are int16: the recipe int16x8."""
        return any(operation.input.bits == 16 for operation in self.operations)

    @property
    def arithmetics(self) -> dict[str, Arithmetic]:
        """Those in which logits may differ, by `arithmetic_name`: one where they are int16."""
        return {arithmetic_name(self.output, item): item for item in ARITHMETICS}

    def shapes(self) -> dict[str, Shape]:
        """The shape of every tensor, by name. Raises QuantizationError when an operation cannot take what it reads."""
        shapes = {item.name: item.shape for item in self.inputs}
        for operation in self.operations:
            shapes[operation.name] = operation.output_shape(*(shapes[name] for name in operation.inputs))
        return shapes

    def with_shapes(self) -> Iterator[tuple[Operation, tuple[Shape, ...]]]:
        """Every operation with the shapes of its inputs."""
        shapes = self.shapes()
        for operation in self.operations:
            yield operation, tuple(shapes[name] for name in operation.inputs)

    def stream_plan(self) -> StreamPlan:
        """How it runs as a stream. Raises QuantizationError when it cannot."""
        shapes = self.shapes()
        readers = [
            Reader(
                name=operation.name,
                inputs=operation.inputs,
                windows=operation.time_windows(*read),
                shape=shapes[operation.name],
                role=_role(operation),
            )
            for operation, read in self.with_shapes()
        ]
        try:
            return stream_plan({item.name: item.shape for item in self.inputs}, readers)
        except NetworkError as error:
            raise QuantizationError(f"'{self.name}' cannot run as a stream: {error}") from error


def _role(operation: Operation) -> Role:
    if isinstance(operation, Product) and operation.window.kernel == (1, 1):
        return "product"
    if isinstance(operation, Rearrange) and operation.order == "flatten":
        return "flatten"
    return "concat" if isinstance(operation, Join) else "other"
