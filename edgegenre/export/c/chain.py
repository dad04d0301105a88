"""The networks that the device's runtime computes: operations that turn rows into rows, one head, dense products."""

from dataclasses import dataclass
from typing import Any, Literal

from edgegenre.errors import ExportError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Mean, Operation, PerChannel, Product, WeightedOperation, kind_of
from edgegenre.network.shape import Shape

Role = Literal["rows", "head", "dense"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """rows: convolutions and pools, each with the shape of its input in a window. head: a mean or a recurrent layer,
    where the time axis ends. dense: what follows, on vectors."""

    rows: tuple[tuple[WeightedOperation, Shape], ...]
    head: Mean | Cell
    head_shape: Shape
    dense: tuple[tuple[Product, Shape], ...]


ROLES: dict[type[Operation], tuple[Role, ...]] = {
    Product: ("rows", "dense"),
    PerChannel: ("rows",),
    Mean: ("head",),
    Cell: ("head",),
}
"""Where the runtime has a kernel for an operation: in front of the head, as the head, or behind it."""


def chain_of(network: IntegerNetwork) -> Chain:
    """Sort the operations of `network`. Raises ExportError, naming what the runtime lacks, when it is no such chain."""
    found: dict[Role, list[tuple[Any, Shape]]] = {"rows": [], "head": [], "dense": []}
    if len(network.inputs) > 1:
        raise _refused(network, f"it has {len(network.inputs)} inputs")
    previous = network.inputs[0].name
    for operation, shapes in network.with_shapes():
        if operation.inputs != (previous,):
            raise _refused(network, f"'{operation.name}' does not read '{previous}' alone")
        previous = operation.name
        role = _role(operation, behind_head=bool(found["head"]))
        if role is None:
            raise _refused(network, f"'{operation.name}' is a {kind_of(operation)} in a place where it has no kernel")
        found[role].append((operation, shapes[0]))
    if not all(found.values()):
        raise _refused(network, f"it has {', '.join(f'no {role}' for role, items in found.items() if not items)}")
    if any(operation.low != operation.output.low for operation, _ in found["dense"]):
        raise _refused(network, "a dense layer has an activation")
    ((head, head_shape),) = found["head"]
    return Chain(rows=tuple(found["rows"]), head=head, head_shape=head_shape, dense=tuple(found["dense"]))


def chain_refusal(network: IntegerNetwork) -> str | None:
    """Why the C runtime cannot compute `network`; None where it can."""
    try:
        chain_of(network)
    except ExportError as error:
        return str(error)
    return None


def _role(operation: Operation, *, behind_head: bool) -> Role | None:
    """The role that fits its place; a recurrent layer that returns its rows has none."""
    if isinstance(operation, Cell) and operation.returns_rows:
        return None
    fitting = [role for role in ROLES.get(type(operation), ()) if (role == "dense") == behind_head]
    return fitting[0] if fitting else None


def _refused(network: IntegerNetwork, why: str) -> ExportError:
    return ExportError(
        f"'{network.name}' has no C form: {why}. The C runtime computes a chain of convolutions and average pools, "
        "then one global average or one recurrent layer, then dense layers."
    )
