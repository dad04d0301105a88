"""What a network costs, known before training: sums over its layers, no framework needed."""

from collections.abc import Mapping
from dataclasses import dataclass

from edgegenre.network.layers import Convolution, DepthwiseConv
from edgegenre.network.network import Network, Node
from edgegenre.network.shape import Shape
from edgegenre.network.stream_plan import StreamPlan


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One layer's share. `output` is its shape for a window.

    state_bytes: what an int8 stream keeps between rows for it: the input rows that nobody before it keeps already, and
    its own sums or states.
    """

    name: str
    kind: str
    output: tuple[int, int, int]
    parameters: int
    multiplies: int
    state_bytes: int


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The sums. RAM is that of int8 activations and state, without the front end (computed, not measured).

    ram_window_bytes: the largest set of tensors that are needed at once when a window is run layer by layer.
    ram_stream_bytes: what a row-by-row stream keeps between rows, plus the largest set of single rows at a layer.
    receptive_field_frames: input frames that one row before the head depends on.
    lookahead_frames: frames after its own that such a row has to wait for; latency_seconds is that in time.
    multiplies_per_second: multiplications per second of audio when streamed, one decision a row of a head that answers
    after every row, else one a window.
    """

    parameters: int
    multiplies: int
    convolution_multiplies: int
    multiplies_per_second: float
    receptive_field_frames: int
    lookahead_frames: int
    latency_seconds: float
    ram_window_bytes: int
    ram_stream_bytes: int
    layers: tuple[LayerCost, ...]


def costs(network: Network, *, frames_per_second: float) -> Costs:
    """Add up the layers of `network` for one window; `frames_per_second` is the front end's frame rate.

    Raises NetworkError when it cannot run as a stream.
    """
    shapes, plan = network.shapes(), network.stream_plan()
    states = _state_bytes(network, plan)
    layers = tuple(
        LayerCost(
            name=node.name,
            kind=type(node.layer).__name__,
            output=shapes[node.name],
            parameters=node.layer.parameters(*read),
            multiplies=node.layer.multiplies(*read),
            state_bytes=states[node.name],
        )
        for node, read in network.with_shapes()
    )
    convolutional = (Convolution.__name__, DepthwiseConv.__name__)
    first, last = plan.leading_rows.span
    return Costs(
        parameters=sum(layer.parameters for layer in layers),
        multiplies=sum(layer.multiplies for layer in layers),
        convolution_multiplies=sum(layer.multiplies for layer in layers if layer.kind in convolutional),
        multiplies_per_second=_multiplies_per_frame(network, plan) * frames_per_second,
        receptive_field_frames=last - first + 1,
        lookahead_frames=last,
        latency_seconds=last / frames_per_second,
        ram_window_bytes=_live_bytes(network, shapes),
        ram_stream_bytes=sum(states.values()) + max(_row_bytes(node, shapes, plan) for node in network.nodes),
        layers=layers,
    )


def _state_bytes(network: Network, plan: StreamPlan) -> dict[str, int]:
    """By node: the ring of each tensor counts at the first node that reads it from one."""
    shapes = network.shapes()
    sums = {head.name: head for head in plan.heads if head.sums}
    states, counted = {}, set[str]()
    for node, read in network.with_shapes():
        own = 4 * shapes[node.name].values if node.name in sums else node.layer.state_bytes(*read)
        states[node.name] = 0 if node.name in plan.absorbed or node.name in plan.tail else own
        for edge in plan.rows[node.name].edges if node.name in plan.rows else ():
            if edge.ring > 1 and edge.source not in counted:
                counted.add(edge.source)
                shape = shapes[edge.source]
                states[node.name] += plan.ring_rows(edge.source) * shape.frequency * shape.channels
    return states


def _live_bytes(network: Network, shapes: Mapping[str, Shape]) -> int:
    """The largest sum of tensors that some layer, or one after it, still reads, and of the layer's output."""
    last_use = {name: index for index, node in enumerate(network.nodes) for name in node.inputs}
    live = {item.name for item in network.inputs}
    largest = 0
    for index, node in enumerate(network.nodes):
        live.add(node.name)
        largest = max(largest, sum(shapes[name].values for name in live))
        live = {name for name in live if last_use.get(name, -1) > index}
    return largest


def _row_bytes(node: Node, shapes: Mapping[str, Shape], plan: StreamPlan) -> int:
    """One row of everything a node reads and makes; behind the heads the whole tensors, which are vectors mostly."""

    def one_row(name: str) -> int:
        shape = shapes[name]
        return shape.frequency * shape.channels if name in plan.rows else shape.values

    if node.name in plan.absorbed:
        return 0
    return sum(one_row(name) for name in {*node.inputs, node.name} - plan.absorbed)


def _multiplies_per_frame(network: Network, plan: StreamPlan) -> float:
    """Row layers and heads once for each row that they read; the tail once for each answer."""
    frames = max(item.shape.time for item in network.inputs) if plan.leading.sums else plan.leading_rows.frames
    heads = {head.name: head for head in plan.heads}
    total = 0.0
    for node, read in network.with_shapes():
        multiplies = node.layer.multiplies(*read)
        if node.name in plan.rows:
            made = plan.rows[node.name]
            total += multiplies / made.total / made.frames
        elif node.name in heads:
            feeds = [plan.rows[feed.source] for feed in heads[node.name].feeds]
            total += multiplies / max(feed.total for feed in feeds) / min(feed.frames for feed in feeds)
        else:
            total += multiplies / frames
    return total
