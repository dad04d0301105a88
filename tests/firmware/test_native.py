"""The engine 'native' is the numpy reference at the speed of C."""

import numpy as np
import pytest

from edgegenre.errors import QuantizationError, RuntimeEngineError
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.runtime.engines.native import NativeEngine
from tests.firmware.shapes import shapes_network
from tests.networks import random_features, random_integer_network
from tests.support import program


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    program("cc", "gcc")
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path_factory.getbasetemp() / "native-cache"))


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", ["odd", "plain", "recurrent", "lstm", "ds-cnn1", "cnn1", "ds-crnn1"])
def test_clips_have_the_reference_s_logits(name: str, arithmetic: Arithmetic) -> None:
    network = random_integer_network(name)
    features = random_features(network, 3, seed=2)
    found = NativeEngine(network, arithmetic).logits(features)
    np.testing.assert_array_equal(found, run(network, features, arithmetic))


@pytest.mark.parametrize("seed", range(4))
def test_random_shapes_and_extreme_values_are_exact(seed: int) -> None:
    """Widths that fill no vector, with whatever kernels this processor has."""
    network = shapes_network(seed)
    time, frequency, _ = network.input_shape
    clips = np.random.default_rng(seed).choice(np.array([-128, -1, 0, 127], np.int8), (3, time, frequency))
    arithmetic = ARITHMETICS[seed % 2]
    np.testing.assert_array_equal(NativeEngine(network, arithmetic).logits(clips), run(network, clips, arithmetic))


@pytest.mark.parametrize("mode", ["clip", "continuous"])
@pytest.mark.parametrize("name", ["odd", "recurrent", "lstm"])
def test_a_stream_makes_the_reference_s_decisions(name: str, mode: Mode) -> None:
    network = random_integer_network(name)
    features = np.concatenate(list(random_features(network, 1 if mode == "clip" else 4, seed=6)))
    native, reference = NativeEngine(network).stream(mode), IntegerStream(network, mode=mode)
    for _ in range(2):
        for piece in np.array_split(features, 5):
            found, wanted = native.push(piece), reference.push(piece)
            assert [item.logits.tolist() for item in found] == [item.logits.tolist() for item in wanted]
            for field in ("rows", "frames", "complete"):
                assert [getattr(item, field) for item in found] == [getattr(item, field) for item in wanted]
        native.reset()
        reference.reset()


def test_a_clip_refuses_rows_beyond_its_window() -> None:
    stream = NativeEngine(random_integer_network("odd")).stream("clip")
    with pytest.raises(QuantizationError, match="61 feature rows"):
        stream.push(np.zeros((62, 12), np.int8))


def test_a_missing_compiler_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(RuntimeEngineError, match="'no-such-compiler' is not installed"):
        NativeEngine(random_integer_network("odd"))
