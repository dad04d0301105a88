"""Models that somebody else made: an engine computes what it was made for, or says why not."""

import numpy as np
import pytest

from edgegenre.errors import RuntimeEngineError, first_line
from edgegenre.runtime.litert_interpreter import open_interpreter
from edgegenre.runtime.native_engine import NativeEngine
from tests.networks import random_features, random_integer_network


@pytest.fixture(scope="module")
def native() -> NativeEngine:
    return NativeEngine(random_integer_network("odd"))


@pytest.mark.parametrize(
    "features",
    [
        np.zeros((1, 39, 12), np.int8),
        np.zeros((1, 61, 11), np.int8),
        np.zeros((61, 12), np.int8),
        np.zeros(61 * 12, np.int8),
        np.zeros((1, 61, 12), np.float32),
        np.zeros((1, 61, 12), np.int16),
    ],
)
def test_c_reads_no_features_of_another_shape_or_type(native: NativeEngine, features: np.ndarray) -> None:
    with pytest.raises(RuntimeEngineError, match="takes int8 features"):
        native.logits(features)


@pytest.mark.parametrize("mode", ["clip", "continuous"])
@pytest.mark.parametrize(
    "rows",
    [np.zeros((1, 11), np.int8), np.zeros(12, np.int8), np.zeros((1, 12), np.int16), np.zeros((1, 1, 12), np.int8)],
)
def test_a_stream_in_c_reads_no_rows_of_another_shape_or_type(
    native: NativeEngine, mode: str, rows: np.ndarray
) -> None:
    with pytest.raises(RuntimeEngineError, match="takes int8 features"):
        native.stream(mode).push(rows)


def test_features_with_gaps_are_computed_like_any_other(native: NativeEngine) -> None:
    features = random_features(random_integer_network("odd").network, 4)
    np.testing.assert_array_equal(native.logits(features[::2]), native.logits(features)[::2])


def test_a_refusal_without_a_word_is_still_a_sentence() -> None:
    """Interpreters raise errors whose message is empty."""
    assert first_line(ValueError(" \n")) == "ValueError"
    assert first_line(ValueError("\n It ends here.\nAt line 5.")) == "It ends here"
    with pytest.raises(RuntimeEngineError, match="LiteRT cannot load it"):
        open_interpreter(b"", "the file", arithmetic="float32")
