"""What every layer promises, checked on one layer at a time: `verify_contract`."""

import numpy as np
import pytest
import torch
from torch import nn

from edgegenre.errors import ExportError
from edgegenre.export.c.chain import chain_of
from edgegenre.export.c.tables import model_texts
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.export.onnx.stream import onnx_layout
from edgegenre.export.steps import step_plan
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.streaming import IntegerStream
from edgegenre.network.costs import costs
from edgegenre.network.description import network_from_dict, network_to_dict
from edgegenre.network.float_layers import FLOAT_LAYERS
from edgegenre.network.layers import AnyLayer, Convolution, Dense, Flatten, GlobalAverage
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.training.fold import fold
from edgegenre.training.module import build_module
from tests.export.engines import onnx_logits, tflite_logits
from tests.networks import random_float_network, random_inputs, random_integers

CLIPS = 2


def verify_contract(layer: AnyLayer, *shapes: Shape) -> None:
    """Hold `layer`, reading inputs of `shapes`, to everything that a layer promises."""
    network = network_of(layer, shapes)
    assert network_from_dict(network_to_dict(network)) == network
    _torch_agrees(layer, network, shapes)
    _nothing_beyond_the_lookahead(layer, shapes)
    integers = random_integers(network)
    _stream_is_the_clip(integers)
    _state_is_declared(network, integers)
    _writers_write_or_refuse(network, integers)


def network_of(layer: AnyLayer, shapes: tuple[Shape, ...]) -> Network:
    """Pointwise convolutions, so that every input has a scale of its own, then the layer, then a head and logits."""
    inputs = tuple(Input(name=f"input{index}", shape=shape) for index, shape in enumerate(shapes))
    nodes = [
        Node(
            name=f"before{index}",
            layer=Convolution(channels=shape.channels, kernel=(1, 1), activation="none"),
            inputs=(f"input{index}",),
        )
        for index, shape in enumerate(shapes)
    ]
    nodes.append(Node(name="layer", layer=layer, inputs=tuple(node.name for node in nodes)))
    made = layer.output_shape(*shapes)
    if made.values != made.channels:
        head = GlobalAverage() if layer.time_windows(*shapes) else Flatten()
        nodes.append(Node(name="head", layer=head, inputs=("layer",)))
    nodes.append(Node(name="logits", layer=Dense(units=4), inputs=(nodes[-1].name,)))
    return Network(name="contract", inputs=inputs, nodes=tuple(nodes))


def _torch_agrees(layer: AnyLayer, network: Network, shapes: tuple[Shape, ...]) -> None:
    """Shape, count of parameters and multiplies, and the values of the folded module."""
    torch.manual_seed(0)
    module = build_module(network).eval()
    trained = module.layers["layer"]
    assert sum(part.numel() for part in trained.parameters()) == layer.parameters(*shapes)
    inputs = {
        name: torch.from_numpy(array.astype(np.float32) / 32) for name, array in random_inputs(network, CLIPS).items()
    }
    with torch.no_grad():
        tensors = module.tensors(inputs)
    made = layer.output_shape(*shapes)
    assert tensors["layer"].shape == (CLIPS, made.channels, made.time, made.frequency)
    assert _multiplies(trained, made, shapes[0]) == layer.multiplies(*shapes)
    numpy = dict(fold(module).tensors({name: array.numpy() for name, array in inputs.items()}))
    np.testing.assert_allclose(numpy["layer"], tensors["layer"].permute(0, 2, 3, 1).numpy(), rtol=1e-4, atol=1e-5)


def _multiplies(module: nn.Module, made: Shape, read: Shape) -> int:
    """From the sizes of torch's own weights."""
    total = 0
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            total += part.weight.numel() * made.time * made.frequency
        elif isinstance(part, nn.Linear):
            total += part.weight.numel()
        elif isinstance(part, nn.RNNBase):
            inputs, hidden = part.get_parameter("weight_ih_l0"), part.get_parameter("weight_hh_l0")
            total += (inputs[:, :-1].numel() + hidden.numel()) * read.time
    return total


def _nothing_beyond_the_lookahead(layer: AnyLayer, shapes: tuple[Shape, ...]) -> None:
    """Output row t stays when every input row after t * stride + lookahead changes; and it does need that row."""
    windows = layer.time_windows(*shapes)
    if not windows:
        return
    network = network_of(layer, shapes)
    arrays = random_float_network(network).arrays.get("layer", {})
    generator = np.random.default_rng(1)
    inputs = [generator.normal(0, 1, (1, *shape)).astype(np.float32) for shape in shapes]
    before = FLOAT_LAYERS[type(layer)](layer, arrays, *inputs)
    row = before.shape[1] // 3
    changed = [array.copy() for array in inputs]
    for array, window in zip(changed, windows, strict=True):
        array[:, row * window.stride + window.lookahead + 1 :] += 1000
    after = FLOAT_LAYERS[type(layer)](layer, arrays, *changed)
    np.testing.assert_array_equal(after[:, : row + 1], before[:, : row + 1])


def _stream_is_the_clip(integers: IntegerNetwork) -> None:
    """Whatever the chunks."""
    features = random_inputs(integers, 1, seed=2)
    rows = {name: array[0] for name, array in features.items()}
    longest = max(map(len, rows.values()))
    for arithmetic in ("float32", "q31"):
        expected = reference.run(integers, features, arithmetic)[0]
        for chunk in (1, 3, longest):
            stream = IntegerStream(integers, arithmetic=arithmetic)
            answers = []
            for start in range(0, longest, chunk):
                answers += stream.push({name: array[start : start + chunk] for name, array in rows.items()})
            assert answers[-1].complete
            np.testing.assert_array_equal(answers[-1].logits, expected)


def _state_is_declared(network: Network, integers: IntegerNetwork) -> None:
    """What a step keeps between steps is no more than the costs say; a ring holds the newest row, too."""
    price = costs(network, frames_per_second=20)
    try:
        layout = onnx_layout(step_plan(integers))
    except ExportError:
        return  # a head that needs the whole window has no step
    kept = sum(state.initial().nbytes for state in layout.states if state.name != "position")
    if integers.stream_plan().frames_per_step == 1:
        assert kept <= sum(layer.state_bytes for layer in price.layers)


def _writers_write_or_refuse(network: Network, integers: IntegerNetwork) -> None:
    """Each file computes the reference's bytes; C may refuse, in one sentence."""
    features = random_inputs(integers, CLIPS, seed=3)
    expected = {name: reference.run(integers, features, name) for name in ("float32", "q31")}
    np.testing.assert_array_equal(onnx_logits(onnx_bytes(integers, ""), integers, features), expected["float32"])
    model = tflite_bytes(integers, "")
    np.testing.assert_array_equal(tflite_logits(model, features, reference_kernels=False), expected["float32"])
    np.testing.assert_array_equal(tflite_logits(model, features, reference_kernels=True), expected["q31"])
    floats = random_float_network(network)
    assert float_onnx_bytes(floats, "")
    _c_computes_or_refuses(integers, features, expected)


def _c_computes_or_refuses(
    integers: IntegerNetwork, features: dict[str, np.ndarray], expected: dict[str, np.ndarray]
) -> None:
    """The C runtime gives the reference's bytes, or its export says in one sentence what it cannot compute."""
    try:
        chain_of(integers)
    except ExportError as refusal:
        with pytest.raises(ExportError, match="has no C form"):
            model_texts(integers, None, tuple(f"label {index}" for index in range(integers.classes)))
        assert str(refusal).count("The C runtime computes") == 1  # noqa: PT017 (the sentence, not the refusal, is tested)
        return
    np.testing.assert_array_equal(NativeEngine(integers, "float32").logits(features), expected["float32"])
