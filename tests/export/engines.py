"""Other people's engines as oracles, and random chains to try them on."""

from collections.abc import Mapping

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import strategies as st

from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.layers import AnyLayer, AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, Gru, Lstm
from edgegenre.network.network import Network, chain, each_clip
from edgegenre.network.shape import Shape
from edgegenre.quantize.calibrate import INPUT


def tflite_logits(model: bytes, features: Mapping[str, np.ndarray], *, reference_kernels: bool) -> np.ndarray:
    """Integer logits [clips, classes] of a .tflite under LiteRT's default or reference kernels.

    features: int8 [clips, time, frequency, channels] by input.
    """
    resolver = OpResolverType.BUILTIN_REF if reference_kernels else OpResolverType.BUILTIN
    interpreter = Interpreter(model_content=model, num_threads=1, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    (made,) = interpreter.get_output_details()
    rows = []
    for clip in each_clip(features):
        for given in interpreter.get_input_details():
            interpreter.set_tensor(given["index"], clip[given["name"]].reshape(given["shape"]))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(made["index"])[0].copy())
    return np.stack(rows)


def onnx_logits(model: bytes, network: IntegerNetwork, features: Mapping[str, np.ndarray]) -> np.ndarray:
    """Integer logits [clips, classes] of a QDQ .onnx under onnxruntime; features as for `tflite_logits`."""
    opened = session(model)
    rows = []
    for clip in each_clip(features):
        real = {name: INPUT.real(array).astype(np.float32) for name, array in clip.items()}
        given = {name: array[..., 0] if array.shape[-1] == 1 else array for name, array in real.items()}
        rows.append(opened.run(None, given)[0])
    return np.rint(np.concatenate(rows) / np.float32(network.output.scale)).astype(np.int64) + network.output.zero_point


def run_litert(model: bytes, features: np.ndarray, *, reference_kernels: bool) -> np.ndarray:
    """`tflite_logits` of a model with the one input "features"."""
    return tflite_logits(model, {"features": features}, reference_kernels=reference_kernels)


def run_onnx(model: bytes, network: IntegerNetwork, features: np.ndarray) -> np.ndarray:
    """`onnx_logits` of a model with one input of one channel."""
    return onnx_logits(model, network, {network.only_input.name: features[..., np.newaxis]})


def session(model: bytes, optimized: str = "") -> onnxruntime.InferenceSession:
    """A session set up as the README says; the optimized graph is written to `optimized` when given."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    options.optimized_model_filepath = optimized
    options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@st.composite
def chains(draw: st.DrawFn) -> Network:
    """Small networks that nobody would design: any kernels, strides and channels, pools between convolutions."""
    shape = input_shape = Shape(draw(st.integers(4, 50)), draw(st.integers(1, 12)), 1)
    layers: list[tuple[str, AnyLayer]] = []
    for number in range(draw(st.integers(1, 4))):
        layer = draw(_windowed(shape))
        shape = layer.output_shape(shape)
        layers.append((f"layer{number}", layer))
    layers.append(("average", GlobalAverage()))
    layers += [(f"dense{number}", Dense(units=draw(st.integers(2, 9)))) for number in range(draw(st.integers(1, 2)))]
    return chain("chain", input_shape=input_shape, layers=layers)


@st.composite
def recurrent_chains(draw: st.DrawFn) -> Network:
    """Convolutions of any kind, a pool over all frequencies and maybe two rows, a GRU or LSTM, dense layers."""
    shape = input_shape = Shape(draw(st.integers(4, 40)), draw(st.integers(1, 12)), 1)
    layers: list[tuple[str, AnyLayer]] = [("first", Convolution(channels=draw(st.integers(1, 9)), kernel=(3, 2)))]
    shape = layers[0][1].output_shape(shape)
    for number in range(draw(st.integers(0, 2))):
        layer = draw(_windowed(shape))
        shape = layer.output_shape(shape)
        layers.append((f"layer{number}", layer))
    layers.append(("pool", AveragePool(window=(draw(st.integers(1, min(2, shape.time))), shape.frequency))))
    cell = draw(st.sampled_from([Gru, Lstm]))
    layers.append(("cell", cell(units=draw(st.integers(1, 12)))))
    layers += [(f"dense{number}", Dense(units=draw(st.integers(2, 9)))) for number in range(draw(st.integers(1, 2)))]
    return chain("recurrent chain", input_shape=input_shape, layers=layers)


def _windowed(shape: Shape) -> st.SearchStrategy[Convolution | DepthwiseConv | AveragePool]:
    kernel = st.tuples(st.integers(1, 6), st.integers(1, 4))
    stride = st.tuples(st.integers(1, 3), st.integers(1, 2))
    activation = st.sampled_from(["relu", "none"])
    window = st.tuples(st.integers(1, min(3, shape.time)), st.integers(1, min(3, shape.frequency)))
    return st.one_of(
        st.builds(Convolution, channels=st.integers(1, 9), kernel=kernel, stride=stride, activation=activation),
        st.builds(DepthwiseConv, kernel=kernel, stride=stride, activation=activation),
        st.builds(AveragePool, window=window),
    )
