"""Building ONNX graphs: constants, nodes and the pieces that every quantized graph is made of."""

from types import ModuleType
from typing import Any

import numpy as np

from edgegenre import __version__
from edgegenre.bundle import METADATA_KEY
from edgegenre.errors import missing
from edgegenre.network.network import Input
from edgegenre.network.shape import Padding

OPSET, IR_VERSION = 17, 8


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

    def add_all(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> list[str]:
        """A node of several outputs, "" for one that nobody reads; it bears the name of the last one."""
        self._nodes.append(self._onnx.helper.make_node(operator, inputs, outputs, name=outputs[-1], **attributes))
        return outputs

    def input(self, name: str, dtype: type, shape: list[int | str]) -> str:
        """Declare an input of the graph; a text in `shape` is a free dimension."""
        self._inputs.append(self._value(name, dtype, shape))
        return name

    def features(self, item: Input) -> str:
        """Declare a float32 input of a network, [clips, time, frequency] with the channels behind where it has several;
        returns it as an image [clips, channels, time, frequency]."""
        time, frequency, channels = item.shape
        if channels == 1:
            features = self.input(item.name, np.float32, ["clips", time, frequency])
            axis = self.constant("channel_axis", np.array([1]))
            return self.add("Unsqueeze", [features, axis], f"{item.name}/image")
        features = self.input(item.name, np.float32, ["clips", time, frequency, channels])
        return self.add("Transpose", [features], f"{item.name}/image", perm=[0, 3, 1, 2])

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


def convolution_weights(weights: np.ndarray) -> np.ndarray:
    """[out, time, frequency, in], as ONNX wants it: [out, in, time, frequency]."""
    return weights.transpose(0, 3, 1, 2)


def depthwise_weights(weights: np.ndarray) -> np.ndarray:
    """[time, frequency, channels], as ONNX wants it: [channels, 1, time, frequency]."""
    return weights.transpose(2, 0, 1)[:, np.newaxis]
