"""The streaming step: the whole window's logits to the bit, in the declared state, nothing computed twice."""

import numpy as np
import onnx
import pytest

from edgegenre.errors import ExportError, RuntimeEngineError
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import onnx_layout, stream_onnx_bytes
from edgegenre.export.steps import step_plan
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.network.costs import costs
from edgegenre.network.layers import (
    AnyLayer,
    AveragePool,
    Convolution,
    Dense,
    DepthwiseConv,
    GlobalAverage,
    GlobalMax,
    Gru,
)
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.runtime.engines.onnxruntime_stream import OnnxStream
from tests.networks import (
    CONVOLUTIONAL_MODELS,
    named_network,
    random_inputs,
    random_integer_network,
    random_integers,
)
from tests.streams import assert_streams_like_the_window


@pytest.mark.parametrize("name", CONVOLUTIONAL_MODELS)
def test_the_state_stays_within_the_declared_bytes(name: str) -> None:
    """Rings of kernel rows are declared; between steps one row fewer is kept at least, and one counter more."""
    network = random_integer_network(name)
    model = onnx.load_from_string(stream_onnx_bytes(network, "{}"))
    state = [item for item in model.graph.input if item.name not in ("features", "position")]
    sizes = {
        item.name: np.prod([axis.dim_value for axis in item.type.tensor_type.shape.dim])
        * onnx.helper.tensor_dtype_to_np_dtype(item.type.tensor_type.elem_type).itemsize
        for item in state
    }
    layers = costs(named_network(name), frames_per_second=20).layers
    declared = {layer.name: layer.state_bytes for layer in layers if layer.state_bytes}
    pooled = declared.pop("pool")
    assert sizes.pop("sum_pool") == pooled
    read = {operation.name: operation.inputs[0] for operation in network.operations}
    assert set(sizes) == {f"rows_{read[layer]}" for layer in declared}
    for layer, allowed in declared.items():
        kernel = 10 if layer == "conv1" else 3
        kept = 7 if layer == "conv1" else 2
        assert sizes[f"rows_{read[layer]}"] == allowed // kernel * kept


@pytest.mark.parametrize("name", ["ds-cnn1", "cnn1", "plain"])
def test_a_step_multiplies_as_often_as_declared(name: str) -> None:
    """Counted in the file by shape inference, not by our own description."""
    network = random_integer_network(name)
    model = onnx.load_from_string(stream_onnx_bytes(network, "{}"))
    inferred = onnx.shape_inference.infer_shapes(model, data_prop=True)
    shapes = {
        item.name: [axis.dim_value for axis in item.type.tensor_type.shape.dim] for item in inferred.graph.value_info
    }
    constants = {item.name: item.dims for item in model.graph.initializer}
    multiplies = sum(
        int(np.prod(shapes[node.output[0]])) * int(np.prod(constants[f"{node.input[1]}/q"][1:]))
        for node in model.graph.node
        if node.op_type == "Conv"
    )
    frames = step_plan(network).stream.frames_per_step
    assert multiplies == pytest.approx(costs(named_network(name), frames_per_second=1).multiplies_per_second * frames)


def test_the_layout_in_the_file_reads_back_the_same() -> None:
    network = random_integer_network("ds-cnn1")
    layout = onnx_layout(step_plan(network))
    assert StreamLayout.from_dict(layout.to_dict()) == layout
    assert OnnxStream(stream_onnx_bytes(network, "{}")).layout == layout
    assert (layout.frames_per_step, layout.steps, layout.head_rows) == (4, 156, 150)
    with pytest.raises(ExportError, match="streaming layout"):
        StreamLayout.from_dict(layout.to_dict() | {"states": [{"name": "x"}]})


def test_a_whole_clip_file_is_no_streaming_step() -> None:
    with pytest.raises(RuntimeEngineError, match="no streaming step"):
        OnnxStream(onnx_bytes(random_integer_network("plain"), "{}"))


CONVOLUTION = Convolution(channels=3, kernel=(4, 2), stride=(4, 2))


def test_a_network_without_a_pooled_head_has_no_step() -> None:
    layers: list[tuple[str, AnyLayer]] = [("conv", CONVOLUTION), ("logits", Dense(units=3))]
    network = chain("flat", input_shape=Shape(4, 2, 1), layers=layers)
    with pytest.raises(ExportError, match=r"'flat' has no streaming step: 'logits' \(product\) needs a whole window"):
        step_plan(random_integers(network))


@pytest.mark.parametrize(
    "inside",
    [
        [GlobalAverage(), GlobalAverage()],
        [AveragePool(window=(6, 3)), AveragePool(window=(1, 1)), GlobalAverage()],
        [AveragePool(window=(6, 3)), DepthwiseConv(kernel=(1, 1)), GlobalMax()],
        [AveragePool(window=(6, 3)), Convolution(channels=2, kernel=(1, 1)), Gru(units=2)],
    ],
    ids=["two means", "a pool of one row", "a filter of one row", "a product of one row"],
)
def test_time_ends_at_the_head_however_few_rows_there_are(inside: list[AnyLayer]) -> None:
    layers = [CONVOLUTION, *inside, Dense(units=3)]
    named = [(f"layer{index}", layer) for index, layer in enumerate(layers)]
    network = random_integers(chain("few-rows", input_shape=Shape(24, 6, 1), layers=named))
    assert_streams_like_the_window(("onnx", "float32"), network, random_inputs(network, 1), [5, 6])
