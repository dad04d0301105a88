"""How a graph runs as a stream of rows: the one plan that costs, the numpy stream and every export of a step read.

Rows are made in the order of time until a *head* ends the time axis: a mean, a maximum, a recurrent layer's last state,
a dense layer on the flattened map or on the only row of a window, or whatever else needs the whole window. What lies
behind the heads is the *tail*; it is computed for each answer.

A stream runs row by row or in steps. A step takes `frames_per_step` input frames, so that every tensor gets a whole
number of rows, `rows`, in each; step i makes rows i * rows - delay and following. With one edge from each tensor that
a layer reads,

    delay(layer)  = max over its edges of ceil((delay_in + 1 + lookahead - stride) / stride)
    history(edge) = delay * stride + before - delay_in

where history is the number of rows kept in front of those that arrive; negative: that many of the arriving rows are
skipped. Branches of unequal latency need no layer that waits: the waiting is history on the early edge.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from edgegenre.errors import NetworkError
from edgegenre.network.layers.base import TimeWindow
from edgegenre.network.shape import Shape

Role = Literal["flatten", "concat", "product", "other"]
"""What a node is to sums of products: a dense layer behind flattened maps adds them up row by row."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A layer or operation as the plan sees it. windows: one for each input, none where no rows come out."""

    name: str
    inputs: tuple[str, ...]
    windows: tuple[TimeWindow, ...]
    shape: Shape
    role: Role = "other"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What a layer needs of one tensor. history: rows kept between steps, see above. ring: rows that a stream which
    runs row by row holds at once, the newest included."""

    source: str
    window: TimeWindow
    history: int
    ring: int


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A tensor that is made in the order of time.

    rows: in a step. delay: step i makes rows i * rows - delay and following. total: in a window. frames: input frames
    from one row to the next. span: the input frames that row t needs, from t * frames + span[0] to t * frames +
    span[1], as if there were always some. edges: what it is made of, none for an input.
    """

    rows: int
    delay: int
    total: int
    frames: int
    span: tuple[int, int]
    edges: tuple[Edge, ...]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """A tensor that a head takes in row by row. offset: where its first value stands in the flattened vector."""

    source: str
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where the time axis ends. sums: it is a product over flattened maps that needs a sum for each output alone."""

    name: str
    feeds: tuple[Feed, ...]
    sums: bool


@dataclass(frozen=True, kw_only=True)
class StreamPlan:
    """rows: of the inputs and of everything up to the heads, by name. leading: the head whose last row comes last, and
    leading_source the tensor that this row is of. absorbed: flattening and joining nodes that a head which sums makes
    needless. tail: all else, in order."""

    frames_per_step: int
    rows: Mapping[str, Rows]
    heads: tuple[Head, ...]
    leading: Head
    leading_source: str
    absorbed: frozenset[str]
    tail: tuple[str, ...]

    @property
    def leading_rows(self) -> Rows:
        """The rows that the leading head waits for."""
        return self.rows[self.leading_source]

    @property
    def steps(self) -> int:
        """Steps of one window, the flush included."""
        needed = [-(-(item.total + item.delay) // item.rows) for item in self._fed]
        frames = max(item.total for item in self.rows.values() if not item.edges)
        return max(*needed, -(-frames // self.frames_per_step))

    def ring_rows(self, tensor: str) -> int:
        """Rows of `tensor` that a row-by-row stream holds at once for all its readers; 0 where each passes through."""
        rings = [edge.ring for item in self.rows.values() for edge in item.edges if edge.source == tensor]
        return largest if (largest := max(rings, default=0)) > 1 else 0

    @property
    def _fed(self) -> list[Rows]:
        return [self.rows[feed.source] for head in self.heads for feed in head.feeds]


def stream_plan(inputs: Mapping[str, Shape], readers: Sequence[Reader]) -> StreamPlan:
    """Lay out the stream of a graph in topological order.

    Raises NetworkError where branches of unequal rate meet, or nothing ends the time axis.
    """
    frames, spans = _rates(inputs, readers)
    step = math.lcm(*frames.values())
    rows = {
        name: Rows(rows=step, delay=0, total=shape.time, frames=1, span=(0, 0), edges=())
        for name, shape in inputs.items()
    }
    for reader in readers:
        if reader.name in frames:
            rows[reader.name] = _planned(reader, rows, frames[reader.name], spans[reader.name], step)
    summing, absorbed = _summing(readers, rows)
    heads = [
        summing.get(reader.name) or Head(name=reader.name, feeds=_feeds(reader, rows), sums=False)
        for reader in readers
        if reader.name in summing
        or (reader.name not in rows and reader.name not in absorbed and any(name in rows for name in reader.inputs))
    ]
    if not heads:
        raise NetworkError("nothing ends the time axis: a stream needs a mean, a recurrent layer or a dense layer.")
    leading, source = max(
        ((head, feed.source) for head in heads for feed in head.feeds), key=lambda pair: _last_frame(rows[pair[1]])
    )
    passed = {*rows, *absorbed, *(head.name for head in heads)}
    return StreamPlan(
        frames_per_step=step,
        rows=rows,
        heads=tuple(heads),
        leading=leading,
        leading_source=source,
        absorbed=absorbed,
        tail=tuple(reader.name for reader in readers if reader.name not in passed),
    )


def _rates(inputs: Mapping[str, Shape], readers: Sequence[Reader]) -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """Input frames a row, and the frames a row needs, of every tensor that is made in the order of time."""
    frames = dict.fromkeys(inputs, 1)
    spans = dict.fromkeys(inputs, (0, 0))
    last_products = _last_products(inputs, readers)
    for reader in readers:
        in_time = reader.windows and reader.name not in last_products
        if not in_time or not all(name in frames for name in reader.inputs):
            continue
        pairs = list(zip(reader.inputs, reader.windows, strict=True))
        rates = {frames[name] * window.stride for name, window in pairs}
        if len(rates) > 1:
            raise NetworkError(
                f"'{reader.name}' joins branches of unequal rate ({', '.join(map(str, sorted(rates)))} frames a row)."
            )
        frames[reader.name] = rates.pop()
        spans[reader.name] = (
            min(spans[name][0] - window.before * frames[name] for name, window in pairs),
            max(spans[name][1] + window.lookahead * frames[name] for name, window in pairs),
        )
    return frames, spans


def _last_products(inputs: Mapping[str, Shape], readers: Sequence[Reader]) -> set[str]:
    """Products on a vector behind which nothing ends the time axis: the first of them that reads a row is a head."""
    shapes = {**inputs, **{reader.name: reader.shape for reader in readers}}
    ended: set[str] = set()
    for reader in reversed(readers):
        if not reader.windows or reader.name in ended:
            ended.update(reader.inputs)
    return {
        reader.name
        for reader in readers
        if reader.role == "product"
        and reader.name not in ended
        and all(shapes[name].values == shapes[name].channels for name in reader.inputs)
    }


def _planned(reader: Reader, rows: Mapping[str, Rows], frames: int, span: tuple[int, int], step: int) -> Rows:
    pairs = [(name, rows[name], window) for name, window in zip(reader.inputs, reader.windows, strict=True)]
    delay = max(-(-(made.delay + 1 + window.lookahead - window.stride) // window.stride) for _, made, window in pairs)
    edges = tuple(
        Edge(
            source=name,
            window=window,
            history=delay * window.stride + window.before - made.delay,
            ring=window.before + 1 + (span[1] - made.span[1]) // made.frames,
        )
        for name, made, window in pairs
    )
    return Rows(rows=step // frames, delay=delay, total=reader.shape.time, frames=frames, span=span, edges=edges)


def _summing(readers: Sequence[Reader], rows: Mapping[str, Rows]) -> tuple[dict[str, Head], frozenset[str]]:
    """Products over flattened maps, and the nodes that flatten and join for them and for nobody else."""
    by_name = {reader.name: reader for reader in readers}
    uses: dict[str, int] = {}
    for reader in readers:
        for name in reader.inputs:
            uses[name] = uses.get(name, 0) + 1
    found: dict[str, Head] = {}
    absorbed: set[str] = set()

    def leaves(name: str, offset: int, nodes: set[str]) -> list[Feed] | None:
        """The maps behind a vector in order, collecting the nodes on the way; None where it is anything else."""
        node = by_name.get(name)
        if node is None or uses[name] > 1 or name in rows:
            return None
        nodes.add(name)
        if node.role == "flatten" and node.inputs[0] in rows:
            return [Feed(source=node.inputs[0], offset=offset)]
        if node.role != "concat":
            return None
        feeds: list[Feed] = []
        for part in node.inputs:
            below = leaves(part, offset, nodes)
            if below is None:
                return None
            feeds += below
            offset += by_name[part].shape.values
        return feeds

    for reader in readers:
        if reader.role == "product" and reader.name not in rows:
            nodes: set[str] = set()
            source = reader.inputs[0]
            feeds = [Feed(source=source)] if source in rows else leaves(source, 0, nodes)
            if feeds:
                found[reader.name] = Head(name=reader.name, feeds=tuple(feeds), sums=True)
                absorbed |= nodes
    return found, frozenset(absorbed)


def _feeds(reader: Reader, rows: Mapping[str, Rows]) -> tuple[Feed, ...]:
    return tuple(Feed(source=name) for name in dict.fromkeys(reader.inputs) if name in rows)


def _last_frame(rows: Rows) -> int:
    """The input frame after which the last row of a window is made, counting frames beyond the window's end."""
    return (rows.total - 1) * rows.frames + rows.span[1]
