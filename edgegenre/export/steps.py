"""What both writers of a streaming step read: the stream plan, and which rows a step has to keep and to mask.

A tensor that some reader needs old rows of is kept once, with the longest history that any of them needs. Rows outside
the window are replaced by the zero point where a reader surrounds its input by zero points or averages it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edgegenre.errors import ExportError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Mean, Operation, WeightedOperation, kind_of
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.stream_heads import answers_once
from edgegenre.network.shape import Shape
from edgegenre.network.stream_plan import Edge, Rows, StreamPlan


@dataclass(frozen=True, kw_only=True, eq=False)
class StepPlan:
    """A network in steps.

    kept: rows of each tensor that are kept between steps, by name; only those that some layer needs. masked: tensors
    whose rows outside the window must become the zero point. rows, heads, tail: operations in order.
    """

    network: IntegerNetwork
    stream: StreamPlan
    shapes: Mapping[str, Shape]
    quantizations: Mapping[str, Quantization]
    kept: Mapping[str, int]
    masked: frozenset[str]
    rows: tuple[Operation, ...]
    heads: tuple[Operation, ...]
    tail: tuple[Operation, ...]

    def planned(self, name: str) -> Rows:
        """The rows of a tensor in a step."""
        return self.stream.rows[name]

    def cut(self, edge: Edge, rows_out: int) -> tuple[int, int]:
        """First and last (exclusive) of the kept and new rows of `edge.source` that `rows_out` output rows need."""
        first = self.kept.get(edge.source, 0) - edge.history
        return first, first + (rows_out - 1) * edge.window.stride + edge.window.kernel


def step_plan(network: IntegerNetwork) -> StepPlan:
    """Lay out the steps.

    Raises QuantizationError when the network cannot run as a stream, ExportError when a head has no form in steps.
    """
    stream = network.stream_plan()
    operations = {operation.name: operation for operation in network.operations}
    rows = tuple(operation for operation in network.operations if operation.name in stream.rows)
    heads = tuple(operations[head.name] for head in stream.heads)
    for operation in heads:
        if answers_once(operation):
            raise ExportError(
                f"'{network.name}' has no streaming step: '{operation.name}' ({kind_of(operation)}) needs a whole "
                "window at once. Its whole-clip files compute it, and row by row 'reference' and, where it has a C "
                "form, 'native'."
            )
    for operation in (*rows, *heads):
        if isinstance(operation, Cell) and stream.rows[operation.inputs[0]].rows != 1:
            raise ExportError(
                f"'{network.name}' has no streaming step: '{operation.name}' would take "
                f"{stream.rows[operation.inputs[0]].rows} rows in a step, and a recurrent layer takes one."
            )
    return StepPlan(
        network=network,
        stream=stream,
        shapes=network.shapes(),
        quantizations={item.name: item.quantization for item in network.inputs}
        | {operation.name: operation.output for operation in network.operations},
        kept=_kept(stream),
        masked=frozenset(operation.inputs[0] for operation in (*rows, *heads) if _sees_absent_rows(operation)),
        rows=rows,
        heads=heads,
        tail=tuple(operations[name] for name in stream.tail),
    )


def step_refusal(network: IntegerNetwork) -> str | None:
    """Why there is no streaming step of `network`; None where there is one."""
    try:
        step_plan(network)
    except ExportError as error:
        return str(error)
    return None


def _kept(stream: StreamPlan) -> dict[str, int]:
    kept: dict[str, int] = {}
    for item in stream.rows.values():
        for edge in item.edges:
            if edge.history > kept.get(edge.source, 0):
                kept[edge.source] = edge.history
    return kept


def _sees_absent_rows(operation: Operation) -> bool:
    """Whether it surrounds the time axis by zero points, or averages all rows that come."""
    if isinstance(operation, WeightedOperation):
        padding = operation.window.padding
        return padding.top > 0 or padding.bottom > 0
    return isinstance(operation, Mean)
