"""The numpy reference as a stream: feature rows in, logits out for each row that reaches the leading head.

`clip`: one window of exactly the network's length; after its last row the stream flushes by itself and its last logits
equal the offline network's to the bit. `continuous`: never flushed; the heads cover about the last window
(`stream_heads`). The first decision comes when one block (a tenth of the window) has been heard. A head that needs the
whole window (a dense layer on a flattened map) answers once a window and has no continuous mode.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell
from edgegenre.integer.reference import apply
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.stream_heads import StreamHead, answers_once, stream_head
from edgegenre.integer.stream_rows import row_stage
from edgegenre.network.network import Features, Input, only_input

Mode = Literal["clip", "continuous"]


@dataclass(frozen=True, kw_only=True)
class StreamLogits:
    """The heads' answer after `rows` rows have reached the leading one.

    logits: int8 [classes]. complete: it covers a whole window; until then the decision is provisional.
    frames: feature rows pushed so far when it was made.
    """

    logits: np.ndarray
    rows: int
    frames: int
    complete: bool


class IntegerStream:
    """Feature rows in, logits out, row by row, in the memory that `costs` declares.

    Raises QuantizationError when the network cannot run as a stream, or not in `continuous` mode.
    """

    def __init__(self, network: IntegerNetwork, *, arithmetic: Arithmetic = "float32", mode: Mode = "clip") -> None:
        self._network, self._plan = network, network.stream_plan()
        self._arithmetic, self._mode = arithmetic, mode
        self._shapes = network.shapes()
        self._operations = {operation.name: operation for operation in network.operations}
        collecting = {head.name for head in self._plan.heads if self._collects(head.name)}
        self._behind = [item for item in network.operations if item.name in {*collecting, *self._plan.tail}]
        if mode == "continuous":
            self._require_continuous()
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        limited = self._mode == "clip"
        self._stages = [
            (
                operation,
                row_stage(
                    operation,
                    [self._shapes[name] for name in operation.inputs],
                    self._shapes[operation.name],
                    self._arithmetic,
                ),
            )
            for operation in self._network.operations
            if operation.name in self._plan.rows
        ]
        self._heads: list[StreamHead] = [
            stream_head(self._operations[head.name], head, self._shapes, continuous=not limited)
            for head in self._plan.heads
        ]
        self._made = dict.fromkeys(self._plan.rows, 0)

    @property
    def finished(self) -> bool:
        """Whether a clip's window is full; further rows are refused until `reset`."""
        return self._mode == "clip" and all(self._made[item.name] == item.shape.time for item in self._network.inputs)

    def push(self, features: Features) -> list[StreamLogits]:
        """Feed int8 rows, [rows, frequency] or [rows, frequency, channels], by input name; an array is the only
        input's.

        Returns one entry for each row that reached the leading head, from one block on. Raises QuantizationError when a
        clip gets more rows than its window has.
        """
        given = rows_by_input(self._network.name, self._network.inputs, features)
        for item in self._network.inputs:
            if self._mode == "clip" and self._made[item.name] + len(given[item.name]) > item.shape.time:
                raise QuantizationError(
                    f"a clip has {item.shape.time} feature rows; reset the stream before the next one."
                )
        results: list[StreamLogits] = []
        for index in range(max(map(len, given.values()))):
            results += self._advance({name: rows[index : index + 1] for name, rows in given.items()})
        return results

    def _advance(self, new: dict[str, np.ndarray]) -> list[StreamLogits]:
        for name, rows in new.items():
            self._made[name] += len(rows)
        for operation, stage in self._stages:
            parts = [new[name] for name in operation.inputs]
            ended = [self._ends(name, rows) for name, rows in zip(operation.inputs, parts, strict=True)]
            new[operation.name] = stage.push(parts, ended)
            self._made[operation.name] += len(new[operation.name])
        feeds = [
            (head, number, new[feed.source])
            for head, planned in zip(self._heads, self._plan.heads, strict=True)
            for number, feed in enumerate(planned.feeds)
        ]
        leading = new[self._plan.leading_source]
        # The last row of a window waits for all that the flush makes besides it, of branches of another rate.
        last = self._ends(self._plan.leading_source, leading)
        results = []
        for index in range(max(len(rows) for _, _, rows in feeds)):
            for head, number, rows in feeds:
                if index < len(rows):
                    head.push(number, rows[index])
            if index < len(leading) - last and all(head.ready for head in self._heads):
                results.append(self._decide())
        if last and all(head.ready for head in self._heads):
            results.append(self._decide())
        return results

    def _ends(self, name: str, rows: np.ndarray) -> bool:
        """Whether `rows`, just made, are the last of a clip's window."""
        return self._mode == "clip" and len(rows) > 0 and self._made[name] == self._plan.rows[name].total

    def _decide(self) -> StreamLogits:
        values: dict[str, np.ndarray] = {}
        for head in self._heads:
            values |= head.values(self._arithmetic)
        for operation in self._behind:
            values[operation.name] = apply(operation, values, self._arithmetic)
        leading = self._heads[self._plan.heads.index(self._plan.leading)]
        return StreamLogits(
            logits=values[self._network.logits.name].reshape(-1),
            rows=leading.rows,
            frames=max(self._made[item.name] for item in self._network.inputs),
            complete=all(head.complete for head in self._heads),
        )

    def _collects(self, name: str) -> bool:
        (head,) = (item for item in self._plan.heads if item.name == name)
        return answers_once(self._operations[name]) and not head.sums

    def _require_continuous(self) -> None:
        whole = [head.name for head in self._plan.heads if answers_once(self._operations[head.name])]
        cells = [name for name in self._plan.rows if isinstance(self._operations.get(name), Cell)]
        if whole or cells:
            raise QuantizationError(
                f"'{self._network.name}' has no continuous mode: '{(whole + cells)[0]}' needs one whole window. Use "
                "the mode clip, which votes over consecutive windows."
            )


def rows_by_input(name: str, inputs: tuple[Input, ...], features: Features) -> dict[str, np.ndarray]:
    """Rows [rows, frequency, channels] by input; an array alone is the only input's.

    Raises QuantizationError for an unknown input or rows of another shape; an input that is missing gets no rows.
    """
    given = {only_input(name, inputs).name: features} if isinstance(features, np.ndarray) else dict(features)
    unknown = set(given) - {item.name for item in inputs}
    if unknown:
        raise QuantizationError(f"'{name}' has no input '{unknown.pop()}'.")
    rows = {}
    for item in inputs:
        shape = tuple(item.shape[1:])
        array = given.get(item.name, np.empty((0, *shape), np.int8))
        if array.shape[1:] not in (shape, shape[:1] if shape[1] == 1 else shape):
            raise QuantizationError(
                f"'{name}': a row of input '{item.name}' is {' x '.join(map(str, shape))} values, not "
                f"{' x '.join(map(str, array.shape[1:])) or 'a single one'}."
            )
        rows[item.name] = array.reshape(-1, *shape)
    return rows
