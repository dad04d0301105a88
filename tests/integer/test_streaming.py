"""A stream of rows equals the whole window, to the bit, whatever the chunks."""

import numpy as np

from edgegenre.integer.stream_heads import STAGGERED_WINDOWS
from edgegenre.integer.streaming import IntegerStream
from tests.networks import random_features, random_integer_network


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
