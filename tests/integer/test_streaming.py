"""A stream of rows equals the whole window, to the bit, whatever the chunks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import QuantizationError
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.stream_heads import STAGGERED_WINDOWS
from edgegenre.integer.streaming import IntegerStream
from tests.networks import LIANG, random_features, random_integer_network


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["odd", "plain", "recurrent", "lstm"]),
    arithmetic=st.sampled_from(ARITHMETICS),
    seed=st.integers(0, 1000),
    cuts=st.lists(st.integers(0, 75), max_size=8),
)
def test_a_stream_equals_the_window_whatever_the_chunks(
    name: str, arithmetic: Arithmetic, seed: int, cuts: list[int]
) -> None:
    network = random_integer_network(name)
    features = random_features(network, 1, seed)
    stream = IntegerStream(network, arithmetic=arithmetic)
    results = [item for part in np.split(features[0], sorted(cuts)) for item in stream.push(part)]
    assert stream.finished
    assert results[-1].complete
    np.testing.assert_array_equal(results[-1].logits, run(network, features, arithmetic)[0])


@pytest.mark.parametrize("name", list(LIANG))
def test_every_model_streams_to_the_window_s_logits(name: str) -> None:
    network = random_integer_network(name)
    features = random_features(network, 1, seed=5)
    stream = IntegerStream(network)
    np.testing.assert_array_equal(stream.push(features[0])[-1].logits, run(network, features)[0])


def test_a_stream_starts_anew_after_reset() -> None:
    network = random_integer_network("odd")
    features = random_features(network, 2)
    stream = IntegerStream(network)
    stream.push(features[1, :40])
    stream.reset()
    np.testing.assert_array_equal(stream.push(features[0])[-1].logits, run(network, features)[0])


def test_a_clip_refuses_rows_beyond_its_window() -> None:
    stream = IntegerStream(random_integer_network("odd"))
    with pytest.raises(QuantizationError, match="61 feature rows"):
        stream.push(np.zeros((62, 12), np.int8))


def test_a_continuous_stream_forgets_what_left_its_window() -> None:
    """After ten blocks of fifteen rows nothing of an older sound is in the average."""
    network = random_integer_network("plain")
    generator = np.random.default_rng(3)
    old, new = (generator.integers(-128, 128, (900, 10)).astype(np.int8) for _ in range(2))
    tail = new[:600]
    after_old, fresh = (IntegerStream(network, mode="continuous") for _ in range(2))
    after_old.push(old)
    heard = after_old.push(tail)[-1]
    alone = fresh.push(tail)[-1]
    assert heard.complete
    assert alone.complete
    assert heard.rows == alone.rows
    np.testing.assert_array_equal(heard.logits, alone.logits)


def test_a_continuous_stream_is_provisional_until_it_heard_a_window() -> None:
    """ds-cnn1 pools 150 rows: ten sums of fifteen, the first decision after one of them (3 s)."""
    network = random_integer_network("ds-cnn1")
    features = np.tile(random_features(network, 1)[0], (2, 1))[: 4 * 180]
    results = IntegerStream(network, mode="continuous").push(features)
    assert results[0].rows == 15
    assert [item.complete for item in results] == [index >= 150 - 15 for index in range(len(results))]
    assert {item.rows for item in results if item.complete} == set(range(136, 151))


def test_a_continuous_recurrent_stream_answers_from_the_state_that_heard_most() -> None:
    """ds-crnn1: 37 rows a window, four states; each is that of a clip that began with its window."""
    network = random_integer_network("ds-crnn1")
    features = np.tile(random_features(network, 1)[0], (3, 1))
    results = IntegerStream(network, mode="continuous").push(features)
    assert results[0].rows == 3
    rows = [item.rows for item in results]
    assert rows[:35] == list(range(3, 38))
    least = 37 + 1 - -(-37 // STAGGERED_WINDOWS)  # the next window began at most that many rows later
    assert min(rows[35:]) == least
    assert max(rows) == 37
    assert [item.complete for item in results] == [index >= 34 for index in range(len(results))]


def test_a_continuous_recurrent_stream_forgets_what_left_its_window() -> None:
    network = random_integer_network("recurrent")
    generator = np.random.default_rng(3)
    old, new = (generator.integers(-128, 128, (76 * 4, 12)).astype(np.int8) for _ in range(2))
    after_old, fresh = (IntegerStream(network, mode="continuous") for _ in range(2))
    after_old.push(old)
    np.testing.assert_array_equal(after_old.push(new)[-1].logits, fresh.push(new)[-1].logits)
