"""The float .tflite on LiteRT, against the float .onnx on onnxruntime: two engines that we did not write."""

import numpy as np
import pytest

from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.export.tflite.float_clip import float_tflite_bytes
from edgegenre.network.layers import (
    Add,
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
from edgegenre.targets.litert_float import LiteRTFloatEngine
from edgegenre.targets.noise import some_features
from edgegenre.targets.random_weights import named_network, random_floats


def _graph() -> Network:
    """Every layer kind but the recurrent ones."""
    layers = [
        ("first", Convolution(channels=6, kernel=(5, 4), stride=(2, 2)), ("features",)),
        ("leaky", LeakyRelu(slope=0.3), ("first",)),
        ("deep", DepthwiseConv(kernel=(3, 3), activation="none"), ("leaky",)),
        ("elu", Elu(), ("deep",)),
        ("sum", Add(), ("leaky", "elu")),
        ("both", Concat(), ("sum", "elu")),
        ("turned", Transpose(), ("both",)),
        ("back", Transpose(), ("turned",)),
        ("largest", MaxPool(window=(2, 2)), ("back",)),
        ("narrow", Convolution(channels=4, kernel=(3, 3), padding="valid"), ("largest",)),
        ("mean", AveragePool(window=(2, 1)), ("narrow",)),
        ("average", GlobalAverage(), ("mean",)),
        ("maximum", GlobalMax(), ("mean",)),
        ("flat", Flatten(), ("mean",)),
        ("vector", Concat(), ("average", "maximum", "flat")),
        ("logits", Dense(units=3), ("vector",)),
    ]
    nodes = tuple(Node(name=name, layer=layer, inputs=inputs) for name, layer, inputs in layers)
    return Network(name="graph", inputs=(Input(name="features", shape=Shape(40, 12, 1)),), nodes=nodes)


def _recurrent() -> Network:
    layers = [
        ("first", Convolution(channels=6, kernel=(5, 4), stride=(2, 2)), ("features",)),
        ("rows", FlattenRows(), ("first",)),
        ("lstm", Lstm(units=5, returns_rows=True), ("rows",)),
        ("gru", Gru(units=4), ("lstm",)),
        ("logits", Dense(units=3), ("gru",)),
    ]
    nodes = tuple(Node(name=name, layer=layer, inputs=inputs) for name, layer, inputs in layers)
    return Network(name="recurrent", inputs=(Input(name="features", shape=Shape(24, 12, 1)),), nodes=nodes)


@pytest.mark.parametrize("name", ["graph", "recurrent", "ds-cnn1", "ds-crnn1"])
def test_litert_and_onnxruntime_compute_the_same_logits(name: str) -> None:
    import onnxruntime

    network = {"graph": _graph, "recurrent": _recurrent}.get(name, lambda: named_network(name)[1])()
    floats = random_floats(network)
    features = some_features(network)[np.newaxis]
    session = onnxruntime.InferenceSession(float_onnx_bytes(floats, ""), providers=["CPUExecutionProvider"])
    (expected,) = session.run(None, {"features": features.astype(np.float32) / 32})
    found = LiteRTFloatEngine(float_tflite_bytes(floats), network).logits(features)
    scale = np.abs(expected).max()
    assert scale > 0
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-4)
