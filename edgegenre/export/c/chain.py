"""The networks that the device's runtime computes: operations that turn rows into rows, one head, dense products."""

from dataclasses import dataclass

from edgegenre.errors import ExportError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Mean, Operation, Product, WeightedOperation, kind_of
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """rows: convolutions and pools, each with the shape of its input in a window. head: a mean or a recurrent layer,
    where the time axis ends. dense: what follows, on vectors."""

    rows: tuple[tuple[WeightedOperation, Shape], ...]
    head: Mean | Cell
    head_shape: Shape
    dense: tuple[tuple[Product, Shape], ...]


def chain_of(network: IntegerNetwork) -> Chain:
    """Sort the operations of `network`. Raises ExportError, naming what the runtime lacks, when it is no such chain."""
    rows: list[tuple[WeightedOperation, Shape]] = []
    dense: list[tuple[Product, Shape]] = []
    head: tuple[Mean | Cell, Shape] | None = None
    if len(network.inputs) > 1:
        raise _refused(network, f"it has {len(network.inputs)} inputs")
    previous = network.inputs[0].name
    for operation, shapes in network.with_shapes():
        if operation.inputs != (previous,):
            raise _refused(network, f"'{operation.name}' does not read '{previous}' alone")
        previous = operation.name
        if head is None and isinstance(operation, WeightedOperation):
            rows.append((operation, shapes[0]))
        elif head is None and _is_head(operation):
            assert isinstance(operation, Mean | Cell)
            head = operation, shapes[0]
        elif head is not None and isinstance(operation, Product):
            dense.append((operation, shapes[0]))
        else:
            raise _refused(network, f"'{operation.name}' is a {kind_of(operation)} in a place where it has no kernel")
    if head is None or not rows or not dense:
        raise _refused(network, "it lacks a convolution, a head or a dense layer")
    if any(operation.relu and operation.output.zero_point != operation.output.low for operation, _ in dense):
        raise _refused(network, "a dense layer has an activation")
    return Chain(rows=tuple(rows), head=head[0], head_shape=head[1], dense=tuple(dense))


def chain_refusal(network: IntegerNetwork) -> str | None:
    """Why the C runtime cannot compute `network`; None where it can."""
    try:
        chain_of(network)
    except ExportError as error:
        return str(error)
    return None


def _is_head(operation: Operation) -> bool:
    return isinstance(operation, Mean) or (isinstance(operation, Cell) and not operation.returns_rows)


def _refused(network: IntegerNetwork, why: str) -> ExportError:
    return ExportError(
        f"'{network.name}' has no C form: {why}. The C runtime computes a chain of convolutions and average pools, "
        "then one global average or one recurrent layer, then dense layers."
    )
