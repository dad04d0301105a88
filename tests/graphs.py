"""Random graphs for tests: branches, sums, concatenations, pools, tables, two inputs, stacks of recurrent layers."""

from hypothesis import HealthCheck
from hypothesis import strategies as st

from edgegenre.network.layers import (
    Add,
    AnyLayer,
    AveragePool,
    Concat,
    Convolution,
    Dense,
    DepthwiseConv,
    Elu,
    Flatten,
    FlattenRows,
    GlobalAverage,
    GlobalMax,
    Gru,
    LeakyRelu,
    Lstm,
    MaxPool,
    Transpose,
)
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape

PATIENT = {"deadline": None, "suppress_health_check": list(HealthCheck)}
"""Settings for tests that draw graphs: some take their time."""

Heads = tuple[str, ...]

STREAMING_HEADS: Heads = ("average", "largest", "both", "cell")
"""Heads that every stream computes; a flattened or transposed map needs the whole window."""

ALL_HEADS: Heads = (*STREAMING_HEADS, "stack", "flatten", "transpose")


class _Builder:
    """Adds nodes one after another and knows every shape."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self.nodes: list[Node] = []
        self.shapes: dict[str, Shape] = {}
        self.frames: dict[str, int] = {}

    def input(self, shape: Shape) -> str:
        name = f"input{len(self.inputs)}"
        self.inputs.append(Input(name=name, shape=shape))
        self.shapes[name] = shape
        self.frames[name] = 1
        return name

    def add(self, layer: AnyLayer, *inputs: str) -> str:
        name = f"{type(layer).__name__.lower()}{len(self.nodes)}"
        shapes = [self.shapes[item] for item in inputs]
        self.shapes[name] = layer.output_shape(*shapes)
        windows = layer.time_windows(*shapes)
        self.frames[name] = self.frames[inputs[0]] * (windows[0].stride if windows else 1)
        self.nodes.append(Node(name=name, layer=layer, inputs=inputs))
        return name


@st.composite
def graphs(draw: st.DrawFn, heads: Heads = ALL_HEADS) -> Network:
    """Small networks that nobody would design."""
    builder = _Builder()
    time = draw(st.integers(12, 44))
    tensors = [
        draw(_body(builder, builder.input(Shape(time, draw(st.integers(1, 6)), draw(st.integers(1, 3))))))
        for _ in range(draw(st.integers(1, 2)))
    ]
    tensor = _joined(builder, tensors) if len(tensors) > 1 else tensors[0]
    vector = _headed(builder, tensor, draw(st.sampled_from(heads)), draw(st.sampled_from([Gru, Lstm])))
    if draw(st.booleans()):
        activation = draw(st.sampled_from(["relu", "none"]))
        layer = Convolution(channels=draw(st.integers(1, 6)), kernel=(1, 1), activation=activation)
        vector = builder.add(layer, vector)
        if activation == "none":
            vector = builder.add(draw(_ACTIVATION), vector)
    builder.add(Dense(units=draw(st.integers(2, 5))), vector)
    return Network(name="graph", inputs=tuple(builder.inputs), nodes=tuple(builder.nodes))


_BLOCKS = ("plain", "residual", "branches", "pool", "table", "valid")

_ACTIVATION: st.SearchStrategy[AnyLayer] = st.sampled_from([LeakyRelu(slope=0.3), LeakyRelu(slope=0.01), Elu()])


@st.composite
def _body(draw: st.DrawFn, builder: _Builder, tensor: str) -> str:
    """One to three blocks; all of them keep at least four rows."""
    tensor = builder.add(draw(_convolution(strides=(2, 2))), tensor)
    for kind in draw(
        st.lists(st.sampled_from(["plain", "residual", "branches", "pool", "table", "valid"]), max_size=3)
    ):
        if kind == "residual":
            tensor = draw(_residual(builder, tensor))
        elif kind == "branches":
            tensor = draw(_branches(builder, tensor))
        elif kind == "pool":
            tensor = draw(_pool(builder, tensor))
        elif kind == "table":
            tensor = builder.add(draw(_ACTIVATION), tensor)
        elif kind == "valid" and builder.shapes[tensor].time >= 8:
            kernel = (draw(st.integers(1, 4)), draw(st.integers(1, builder.shapes[tensor].frequency)))
            layer = Convolution(channels=draw(st.integers(1, 5)), kernel=kernel, padding="valid", activation="none")
            tensor = builder.add(layer, tensor)
        else:
            tensor = builder.add(draw(st.one_of(_convolution(strides=(1, 2)), _depthwise())), tensor)
    return tensor


@st.composite
def _residual(draw: st.DrawFn, builder: _Builder, tensor: str) -> str:
    """Layers that keep the shape, and their input added: an early branch waits for a late one."""
    inner = tensor
    for _ in range(draw(st.integers(1, 2))):
        kernel = (draw(st.integers(1, 5)), draw(st.integers(1, 3)))
        channels = builder.shapes[tensor].channels
        inner = builder.add(Convolution(channels=channels, kernel=kernel, activation="none"), inner)
        if draw(st.booleans()):
            inner = builder.add(draw(_ACTIVATION), inner)
    return builder.add(Add(), tensor, inner)


@st.composite
def _branches(draw: st.DrawFn, builder: _Builder, tensor: str) -> str:
    """Two or three branches of other kernels and depths, side by side; one may be the tensor itself."""
    parts = [tensor] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(2 - len(parts), 2))):
        part = builder.add(draw(_convolution(strides=(1, 1))), tensor)
        if draw(st.booleans()):
            part = builder.add(draw(_depthwise()), part)
        parts.append(part)
    return builder.add(Concat(), *parts)


@st.composite
def _pool(draw: st.DrawFn, builder: _Builder, tensor: str) -> str:
    time, frequency, _ = builder.shapes[tensor]
    if time < 8:
        return tensor
    window = (draw(st.integers(1, 2)), draw(st.integers(1, min(2, frequency))))
    return builder.add(draw(st.sampled_from([AveragePool, MaxPool]))(window=window), tensor)


def _convolution(strides: tuple[int, int]) -> st.SearchStrategy[AnyLayer]:
    return st.builds(
        Convolution,
        channels=st.integers(1, 5),
        kernel=st.tuples(st.integers(1, 6), st.integers(1, 4)),
        stride=st.tuples(*(st.integers(1, stride) for stride in strides)),
        activation=st.sampled_from(["relu", "none"]),
    )


def _depthwise() -> st.SearchStrategy[AnyLayer]:
    kernel = st.tuples(st.integers(1, 5), st.integers(1, 3))
    return st.builds(DepthwiseConv, kernel=kernel, activation=st.sampled_from(["relu", "none"]))


def _joined(builder: _Builder, tensors: list[str]) -> str:
    """Two inputs' rows side by side, at the rate of the slower one and as many as the shorter one has."""
    fast, slow = sorted((builder.add(FlattenRows(), tensor) for tensor in tensors), key=builder.frames.__getitem__)
    factor = builder.frames[slow] // builder.frames[fast]
    if factor > 1:
        fast = builder.add(MaxPool(window=(factor, 1)), fast)
    short, long = sorted((fast, slow), key=lambda name: builder.shapes[name].time)
    excess = builder.shapes[long].time - builder.shapes[short].time
    if excess:
        layer = Convolution(channels=2, kernel=(excess + 1, 1), padding="valid", activation="none")
        long = builder.add(layer, long)
    return builder.add(Concat(), short, long)


def _headed(builder: _Builder, tensor: str, head: str, cell: type[Gru] | type[Lstm]) -> str:
    if head == "average":
        return builder.add(GlobalAverage(), tensor)
    if head == "largest":
        return builder.add(GlobalMax(), tensor)
    if head == "both":
        return builder.add(Concat(), builder.add(GlobalMax(), tensor), builder.add(GlobalAverage(), tensor))
    if head == "flatten":
        return builder.add(Flatten(), tensor)
    if head == "transpose":
        tensor = builder.add(Transpose(), tensor)
    rows = builder.add(FlattenRows(), tensor)
    if head == "stack":
        rows = builder.add(cell(units=3, returns_rows=True), rows)
    return builder.add(cell(units=4), rows)
