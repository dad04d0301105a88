"""What a network costs, known before training: sums over its layers, no framework needed."""

from dataclasses import dataclass

from edgegenre.network.layers import Convolution, DepthwiseConv
from edgegenre.network.network import Network, Node


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One layer's share. `rows` is the number of output rows in a window."""

    name: str
    kind: str
    output: tuple[int, int, int]
    parameters: int
    multiplies: int
    state_bytes: int


@dataclass(frozen=True, kw_only=True)
class Costs:
    """The sums. RAM is that of int8 activations and state, without the front end (computed, not measured).

    ram_window_bytes: the largest input plus output of one layer when a whole window is run layer by layer.
    ram_stream_bytes: what a row-by-row stream keeps between rows, plus the largest pair of single rows.
    receptive_field_frames: input frames that one row before the head depends on.
    lookahead_frames: frames after its own that such a row has to wait for; latency_seconds is that in time.
    multiplies_per_second: multiplications per second of audio when streamed, one decision a row.
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
    """Add up the layers of `network` for one window; `frames_per_second` is the front end's frame rate."""
    shapes = network.shapes()
    layers = tuple(
        LayerCost(
            name=node.name,
            kind=type(node.layer).__name__,
            output=shapes[node.name],
            parameters=node.layer.parameters(shape),
            multiplies=node.layer.multiplies(shape),
            state_bytes=node.layer.state_bytes(shape),
        )
        for node, shape in network.with_shapes()
    )
    convolutional = (Convolution.__name__, DepthwiseConv.__name__)
    field, lookahead = _reach(network)
    return Costs(
        parameters=sum(layer.parameters for layer in layers),
        multiplies=sum(layer.multiplies for layer in layers),
        convolution_multiplies=sum(layer.multiplies for layer in layers if layer.kind in convolutional),
        multiplies_per_second=_multiplies_per_frame(network) * frames_per_second,
        receptive_field_frames=field,
        lookahead_frames=lookahead,
        latency_seconds=lookahead / frames_per_second,
        ram_window_bytes=max(shape.values + shapes[node.name].values for node, shape in network.with_shapes()),
        ram_stream_bytes=_stream_bytes(network),
        layers=layers,
    )


def frames_per_row(network: Network) -> dict[str, int]:
    """How many input frames pass for each row of every tensor, by name (1 for the inputs)."""
    strides = {item.name: 1 for item in network.inputs}
    for node, shape in network.with_shapes():
        window = node.layer.time_window(shape)
        strides[node.name] = strides[node.inputs[0]] * (window.stride if window else 1)
    return strides


def _reach(network: Network) -> tuple[int, int]:
    """Receptive field and look-ahead, in frames, of the last tensor that still has a time axis."""
    strides = frames_per_row(network)
    field = {item.name: 1 for item in network.inputs}
    ahead = {item.name: 0 for item in network.inputs}
    last = network.inputs[0].name
    for node, shape in network.with_shapes():
        window = node.layer.time_window(shape)
        if window is None:
            break
        source = node.inputs[0]
        field[node.name] = field[source] + (window.kernel - 1) * strides[source]
        ahead[node.name] = ahead[source] + window.lookahead * strides[source]
        last = node.name
    return field[last], ahead[last]


def _multiplies_per_frame(network: Network) -> float:
    """Row layers once a row; what comes after the head once a row of the head's input."""
    shapes, strides = network.shapes(), frames_per_row(network)
    total = 0.0
    for node, shape in network.with_shapes():
        rows = shapes[node.name].time if node.layer.time_window(shape) else shape.time
        total += node.layer.multiplies(shape) / rows / strides[node.name]
    return total


def _stream_bytes(network: Network) -> int:
    shapes = network.shapes()

    def row(node: Node) -> int:
        source, output = shapes[node.inputs[0]], shapes[node.name]
        return source.frequency * source.channels + output.frequency * output.channels

    state = sum(node.layer.state_bytes(shape) for node, shape in network.with_shapes())
    return state + max(row(node) for node in network.nodes)
