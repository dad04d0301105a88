"""The networks that the device's runtime computes: operations that turn rows into rows, one head, dense products."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from edgegenre.errors import ExportError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import (
    Cell,
    Largest,
    Mean,
    Operation,
    PerChannel,
    Product,
    Rearrange,
    WeightedOperation,
    kind_of,
)
from edgegenre.network.shape import Shape

Role = Literal["row layer", "head", "dense layer"]

RowOperation = WeightedOperation | Largest
HeadOperation = Mean | Cell | Product


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """rows: convolutions and pools, each with the shape of its input in a window. head: where the time axis ends, a
    mean, a recurrent layer or a dense layer on the flattened rows; head_shape: of these rows. dense: what follows, on
    vectors."""

    rows: tuple[tuple[RowOperation, Shape], ...]
    head: HeadOperation
    head_shape: Shape
    dense: tuple[tuple[Product, Shape], ...]


ROLES: dict[type[Operation], tuple[Role, ...]] = {
    Product: ("row layer", "dense layer"),
    PerChannel: ("row layer",),
    Largest: ("row layer",),
    Mean: ("head",),
    Cell: ("head",),
}
"""Where the runtime has a kernel for an operation: in front of the head, as the head, or behind it."""


def chain_of(network: IntegerNetwork) -> Chain:
    """Sort the operations of `network`. Raises ExportError, naming what the runtime lacks, when it is no such chain."""
    if len(network.inputs) > 1:
        raise _refused(network, f"it has {len(network.inputs)} inputs")
    rows: list[tuple[RowOperation, Shape]] = []
    head: tuple[HeadOperation, Shape] | None = None
    dense: list[tuple[Product, Shape]] = []
    for operation, shape, flattened in _in_order(network):
        role = _role(operation, behind_head=head is not None)
        if isinstance(operation, Product) and flattened and head is None:
            role = "head"
        if isinstance(operation, HeadOperation) and role == "head":
            head = (operation, shape)
        elif isinstance(operation, Product) and role == "dense layer":
            dense.append((operation, shape))
        elif isinstance(operation, WeightedOperation | Largest) and role == "row layer":
            rows.append((operation, shape))
        else:
            raise _refused(network, f"'{operation.name}' is a {kind_of(operation)} in a place where it has no kernel")
    if head is None:
        head = _dense_head(network, rows)
    if not rows:
        raise _refused(network, "it has no rows")
    if not dense and not isinstance(head[0], Product):
        raise _refused(network, "it has no dense")
    if any(operation.low != operation.output.low for operation, _ in dense):
        raise _refused(network, "a dense layer has an activation")
    if network.wide and isinstance(head[0], Product):
        raise _refused(network, f"the sums of '{head[0].name}' over int16 rows have no kernel")
    return Chain(rows=tuple(rows), head=head[0], head_shape=head[1], dense=tuple(dense))


def chain_refusal(network: IntegerNetwork) -> str | None:
    """Why the C runtime cannot compute `network`; None where it can."""
    try:
        chain_of(network)
    except ExportError as error:
        return str(error)
    return None


def _in_order(network: IntegerNetwork) -> Iterator[tuple[Operation, Shape, bool]]:
    """Every operation with the shape of its input, and whether it reads that flattened, with the time axis in it.

    What only gives a row another shape is left out: in memory it is the same row.
    """
    previous, before_flat = network.inputs[0].name, None
    for operation, shapes in network.with_shapes():
        if operation.inputs != (previous,):
            raise _refused(network, f"'{operation.name}' does not read '{previous}' alone")
        previous = operation.name
        (shape,) = shapes
        if isinstance(operation, Rearrange) and operation.order != "transpose" and before_flat is None:
            if operation.order == "flatten" and shape.time > 1:
                before_flat = shape
            continue
        yield operation, before_flat or shape, before_flat is not None
        before_flat = None


def _dense_head(network: IntegerNetwork, rows: list[tuple[RowOperation, Shape]]) -> tuple[Product, Shape]:
    """The last of `rows`, taken from them, of a network that reads a single row to its end."""
    if rows:
        operation, shape = rows[-1]
        is_vector = shape.time == 1 and operation.output_shape(shape).values == operation.output_shape(shape).channels
        if isinstance(operation, Product) and is_vector:
            rows.pop()
            return operation, shape
    raise _refused(network, "it has no head")


def _role(operation: Operation, *, behind_head: bool) -> Role | None:
    """The role that fits its place; what needs a whole window or returns rows where it should not has none."""
    if isinstance(operation, Cell) and operation.returns_rows:
        return None
    if isinstance(operation, Largest) and operation.window is None:
        return None
    fitting = [role for role in ROLES.get(type(operation), ()) if (role == "dense layer") == behind_head]
    return fitting[0] if fitting else None


def _refused(network: IntegerNetwork, why: str) -> ExportError:
    return ExportError(
        f"'{network.name}' has no C form: {why}. The C runtime computes a chain of convolutions and pools, then one "
        "global average, one recurrent layer or one dense layer on the flattened rows, then dense layers."
    )
