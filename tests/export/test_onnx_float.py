"""The float file of every model computes what the numpy network computes."""

import numpy as np
import onnx
import pytest

from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.quantize.float16 import float16_weights
from edgegenre.zoo.registry import model
from tests.export.engines import session
from tests.networks import LIANG, random_float_network, real_features


@pytest.mark.parametrize("name", LIANG)
def test_every_model_s_float_file_equals_the_numpy_network(name: str) -> None:
    network = random_float_network(model(name).build(13))
    features = real_features(network.network, 2, seed=1)
    written = float_onnx_bytes(network, "{}")
    (logits,) = session(written).run(None, {"features": features})
    expected = network.forward(features)
    assert np.abs(expected).max() > 0.5
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    assert {item.key for item in onnx.load_from_string(written).metadata_props} == {"edgegenre"}


@pytest.mark.parametrize("name", ["ds-cnn1", "ds-crnn1"])
def test_float16_weights_halve_the_file_and_are_what_is_computed_with(name: str) -> None:
    network = float16_weights(random_float_network(model(name).build(13)))
    features = real_features(network.network, 2, seed=1)
    written = float_onnx_bytes(network, "{}")
    (logits,) = session(written).run(None, {"features": features})
    np.testing.assert_allclose(logits, network.forward(features), atol=1e-4)
    whole = float_onnx_bytes(random_float_network(model(name).build(13)), "{}")
    assert 0.48 < len(written) / len(whole) < 0.53
    stored = {item.data_type for item in onnx.load_from_string(written).graph.initializer if "weights" in item.name}
    assert stored == {onnx.TensorProto.FLOAT16}
