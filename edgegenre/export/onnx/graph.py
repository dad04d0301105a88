"""Building ONNX graphs: constants, nodes and the pieces that every quantized graph is made of."""

from types import ModuleType
from typing import Any

import numpy as np

from edgegenre import __version__
from edgegenre.bundle import METADATA_KEY
from edgegenre.errors import ExportError, missing
from edgegenre.integer.tensors import IntegerLayer, Quantization
from edgegenre.network.layers import (
    AveragePool,
    Convolution,
    Dense,
    DepthwiseConv,
    GlobalAverage,
    Lstm,
    RecurrentLayer,
    WindowedLayer,
)
from edgegenre.network.shape import Padding, Shape

OPSET, IR_VERSION = 17, 8
UINT8_OFFSET = 128


def onnx_module() -> ModuleType:
    """The onnx package. Raises MissingDependencyError when it is not installed."""
    try:
        import onnx
    except ImportError as error:
        raise missing("onnx", "export", "writing .onnx files") from error
    return onnx


class Graph:
    """An ONNX graph under construction. Tensors are strings; a node bears the name of its output."""

    def __init__(self, name: str) -> None:
        self._onnx = onnx_module()
        self._name = name
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []

    def constant(self, name: str, value: np.ndarray | np.generic) -> str:
        """An initializer; asked for twice under one name it is stored once."""
        if name not in self._constants:
            self._constants[name] = self._onnx.numpy_helper.from_array(np.asarray(value, order="C"), name)
        return name

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """A node; returns its output."""
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def cast(self, tensor: str, dtype: type, output: str) -> str:
        """Convert to another element type."""
        return self.add("Cast", [tensor], output, to=self._element(dtype))

    def split(self, tensor: str, sizes: list[int], outputs: list[str], *, axis: int) -> list[str]:
        """Cut along `axis` into parts of `sizes`; returns their names."""
        inputs = [tensor, self.constant(f"sizes_{'_'.join(map(str, sizes))}", np.array(sizes))]
        self._nodes.append(self._onnx.helper.make_node("Split", inputs, outputs, name=outputs[0], axis=axis))
        return outputs

    def scan(self, state: str, sequence: str, body: "Graph", output: str) -> str:
        """Run `body` (state and entry to the next state) along the first axis; `output` is the last state."""
        return self.add("Scan", [state, sequence], output, body=body.built(), num_scan_inputs=1)

    def add_recurrent(self, inputs: list[str], output: str, layer: RecurrentLayer) -> str:
        """A GRU in the reset-after form or an LSTM; `output` is its last hidden state [1, clips, units]."""
        operator, form = ("LSTM", {}) if isinstance(layer, Lstm) else ("GRU", {"linear_before_reset": 1})
        self._nodes.append(
            self._onnx.helper.make_node(operator, inputs, ["", output], name=output, hidden_size=layer.units, **form)
        )
        return output

    def input(self, name: str, dtype: type, shape: list[int | str]) -> str:
        """Declare an input of the graph; a text in `shape` is a free dimension."""
        self._inputs.append(self._value(name, dtype, shape))
        return name

    def output(self, name: str, dtype: type, shape: list[int | str]) -> None:
        """Declare an output of the graph."""
        self._outputs.append(self._value(name, dtype, shape))

    def built(self) -> Any:
        """The GraphProto so far."""
        constants = list(self._constants.values())
        return self._onnx.helper.make_graph(self._nodes, self._name, self._inputs, self._outputs, constants)

    def finish(self, metadata: dict[str, str]) -> bytes:
        """The checked file, `metadata` in its metadata_props."""
        helper = self._onnx.helper
        model = helper.make_model(
            self.built(),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="edgegenre",
            producer_version=__version__,
        )
        helper.set_model_props(model, metadata)
        self._onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)

    def _value(self, name: str, dtype: type, shape: list[int | str]) -> Any:
        return self._onnx.helper.make_tensor_value_info(name, self._element(dtype), shape)

    def _element(self, dtype: type) -> int:
        return int(self._onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))


def metadata_props(metadata: str) -> dict[str, str]:
    """The manifest under the one key every edgegenre file uses."""
    return {METADATA_KEY: metadata}


def pads(padding: Padding) -> list[int]:
    """ONNX's order: begins of both axes, then ends."""
    return [padding.top, padding.left, padding.bottom, padding.right]


def to_nchw(weights: np.ndarray, description: WindowedLayer) -> np.ndarray:
    """Convolution weights [out, time, frequency, in], or depthwise [time, frequency, channels], as ONNX wants them."""
    if isinstance(description, Convolution):
        return weights.transpose(0, 3, 1, 2)
    return weights.transpose(2, 0, 1)[:, np.newaxis]


class QuantizedLayers:
    """Adds quantized layers as DequantizeLinear, float operator, QuantizeLinear: engines fuse the three to integers.

    dtype: int8, or uint8 with every zero point raised by 128. The tensors are [clips, channels, time, frequency].
    onnxruntime leaves convolutions on int8 graph inputs unfused, so graphs with state between runs take uint8.
    """

    def __init__(self, graph: Graph, dtype: type[np.int8] | type[np.uint8]) -> None:
        self._graph, self._dtype = graph, dtype
        self._offset = 0 if dtype is np.int8 else UINT8_OFFSET

    def zero_point(self, quantization: Quantization) -> np.generic:
        """The zero point in this graph's integer type."""
        return self._dtype(quantization.zero_point + self._offset)

    def quantize(self, tensor: str, quantization: Quantization, output: str) -> str:
        """Float to integers: rint(x / scale) + zero point, saturating."""
        return self._graph.add("QuantizeLinear", [tensor, *self._parameters(quantization, output)], output)

    def dequantize(self, tensor: str, quantization: Quantization, output: str) -> str:
        """Integers to float: scale * (q - zero point)."""
        return self._graph.add("DequantizeLinear", [tensor, *self._parameters(quantization, output)], output)

    def layer(self, layer: IntegerLayer, shape: Shape, tensor: str, padding: Padding | None = None) -> str:
        """Add a layer on a quantized tensor; its output is named "<node>/q". `padding` replaces the layer's own."""
        description = layer.node.layer
        match description:
            case Convolution() | DepthwiseConv() | AveragePool():
                padding = description.padding(shape) if padding is None else padding
                return self._windowed(layer, description, shape, tensor, padding)
            case GlobalAverage():
                return self._global_average(layer, tensor)
            case Dense():
                return self._dense(layer, tensor)
        raise ExportError(f"layer '{layer.node.name}' ({type(description).__name__}) has no quantized ONNX form.")

    def _windowed(
        self, layer: IntegerLayer, description: WindowedLayer, shape: Shape, tensor: str, padding: Padding
    ) -> str:
        stride = description.window if isinstance(description, AveragePool) else description.stride
        relu = not isinstance(description, AveragePool) and description.activation == "relu"
        return self._convolution(
            layer,
            to_nchw(layer.weights, description),
            tensor,
            relu=relu,
            strides=list(stride),
            pads=pads(padding),
            group=1 if isinstance(description, Convolution) else shape.channels,
        )

    def _dense(self, layer: IntegerLayer, tensor: str) -> str:
        """A 1 x 1 convolution on the vector: the operator that onnxruntime fuses with its bias."""
        return self._convolution(layer, layer.weights[:, :, np.newaxis, np.newaxis], tensor, relu=False)

    def _convolution(
        self, layer: IntegerLayer, weights: np.ndarray, tensor: str, *, relu: bool, **attributes: Any
    ) -> str:
        graph, name = self._graph, layer.node.name
        bias_scales = np.float32(layer.input.scale) * layer.weight_scales
        operands = [
            self.dequantize(tensor, layer.input, f"{name}/input"),
            self._stored(f"{name}/weights", weights, layer.weight_scales),
            self._stored(f"{name}/bias", layer.bias, bias_scales),
        ]
        real = graph.add("Conv", operands, f"{name}/conv", kernel_shape=list(weights.shape[2:]), **attributes)
        if relu:
            real = graph.add("Relu", [real], f"{name}/relu")
        return self.quantize(real, layer.output, f"{name}/q")

    def _global_average(self, layer: IntegerLayer, tensor: str) -> str:
        name = layer.node.name
        real = self.dequantize(tensor, layer.input, f"{name}/input")
        return self.quantize(self._graph.add("GlobalAveragePool", [real], f"{name}/mean"), layer.output, f"{name}/q")

    def _stored(self, name: str, values: np.ndarray, scales: np.ndarray) -> str:
        """Integer constants, symmetric, one scale for each entry of the first axis; a scalar where all are equal."""
        axis = {"axis": 0}
        scales = scales.astype(np.float32)
        if (scales == scales[0]).all():
            axis, scales = {}, scales[0]
        operands = [
            self._graph.constant(f"{name}/q", values),
            self._graph.constant(f"{name}/scales", scales),
            self._graph.constant(f"{name}/zeros", np.zeros_like(scales, values.dtype)),
        ]
        return self._graph.add("DequantizeLinear", operands, name, **axis)

    def _parameters(self, quantization: Quantization, name: str) -> list[str]:
        return [
            self._graph.constant(f"{name}/scale", np.float32(quantization.scale)),
            self._graph.constant(f"{name}/zero_point", self.zero_point(quantization)),
        ]
