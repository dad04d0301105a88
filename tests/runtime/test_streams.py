"""The streams of numpy, ONNX, TFLite and C are one: the whole window's logits to the bit, whatever the chunks."""

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.integer.reference import run
from edgegenre.integer.requantize import Arithmetic
from edgegenre.network.network import Network
from tests.export.engines import chains, recurrent_chains
from tests.graphs import PATIENT, STREAMING_HEADS, graphs
from tests.networks import (
    LIANG,
    odd_network,
    plain_network,
    random_features,
    random_inputs,
    random_integer_network,
    random_integers,
    recurrent_network,
)
from tests.streams import (
    KINDS,
    REFUSAL,
    STREAMS,
    UNCOMPILED,
    Wanted,
    assert_a_network_streams,
    assert_streams_as_wanted,
    assert_streams_like_the_window,
    wanted,
)

SMALL = ("odd", "plain", "recurrent", "lstm")
NAMES = (*SMALL, "coarse-odd", "coarse-recurrent", "ds-cnn1", "cnn1", "ds-crnn1")
QUICK = [(name, kind) for name in NAMES for kind in KINDS if kind in UNCOMPILED or name in SMALL]
LATER = [(name, kind) for name in (*NAMES, *LIANG) for kind in KINDS if (name, kind) not in QUICK]
CUTS = st.lists(st.integers(0, 50), max_size=6)


def identifier(value: object) -> str:
    return "-".join(value) if isinstance(value, tuple) else str(value)


def clip_of(name: str) -> dict[str, np.ndarray]:
    return random_inputs(random_integer_network(name), 1, seed=4)


@functools.cache
def wanted_of(name: str, arithmetic: Arithmetic) -> Wanted:
    """Every engine is held to the same answers, which take numpy longer than any engine."""
    return wanted(random_integer_network(name), clip_of(name), arithmetic)


def assert_it_streams(name: str, kind: tuple[str, Arithmetic]) -> None:
    _, arithmetic = kind
    integers = random_integer_network(name)
    assert_streams_as_wanted(kind, integers, clip_of(name), [5, 6, 40], wanted_of(name, arithmetic))


@pytest.mark.parametrize(("name", "kind"), QUICK, ids=identifier)
def test_a_stream_answers_like_the_reference_after_every_row(name: str, kind: tuple[str, Arithmetic]) -> None:
    assert_it_streams(name, kind)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), dict.fromkeys(LATER), ids=identifier)
def test_the_stream_of_every_model_answers_like_the_reference_after_every_row(
    name: str, kind: tuple[str, Arithmetic]
) -> None:
    assert_it_streams(name, kind)


@settings(max_examples=40, **PATIENT)
@given(network=chains() | recurrent_chains() | graphs(STREAMING_HEADS), seed=st.integers(0, 10_000), cuts=CUTS)
def test_any_network_streams_whatever_the_chunks(network: Network, seed: int, cuts: list[int]) -> None:
    assert_a_network_streams(network, seed, cuts, UNCOMPILED)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=500, **PATIENT)
@given(network=graphs(STREAMING_HEADS), seed=st.integers(0, 10_000), cuts=CUTS)
def test_five_hundred_graphs_stream_whatever_the_chunks(network: Network, seed: int, cuts: list[int]) -> None:
    assert_a_network_streams(network, seed, cuts, UNCOMPILED)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=30, **PATIENT)
@given(network=chains() | recurrent_chains(), seed=st.integers(0, 10_000), cuts=CUTS)
def test_any_chain_streams_in_c(network: Network, seed: int, cuts: list[int]) -> None:
    assert_a_network_streams(network, seed, cuts, [kind for kind in KINDS if kind not in UNCOMPILED])


@pytest.mark.parametrize("kind", UNCOMPILED, ids=identifier)
@pytest.mark.parametrize("build", [odd_network, plain_network, recurrent_network])
def test_windows_of_any_length_flush_to_the_offline_logits(build: type, kind: tuple[str, Arithmetic]) -> None:
    for time in (*range(20, 31), 37, 64):
        assert_a_network_streams(build(time), time, [], [kind])


@pytest.mark.parametrize("kind", [("tflite", "float32"), ("tflite", "q31"), ("c", "q31")], ids=identifier)
@pytest.mark.parametrize("build", [odd_network, plain_network, recurrent_network])
def test_int16_activations_stream_as_well(build: type, kind: tuple[str, Arithmetic]) -> None:
    integers = random_integers(build(), recipe="int16x8")
    assert_streams_like_the_window(kind, integers, random_inputs(integers, 1, seed=2), [7])


@pytest.mark.parametrize("kind", KINDS, ids=identifier)
@pytest.mark.parametrize("name", ["plain", "recurrent"])
def test_a_clip_takes_its_window_s_rows_and_begins_anew_after_reset(name: str, kind: tuple[str, Arithmetic]) -> None:
    integers = random_integer_network(name)
    first, second = random_features(integers, 2)
    stream = STREAMS[kind[0]](integers, kind[1])
    stream.push(second)
    with pytest.raises(REFUSAL[kind[0]], match=f"{len(first)} feature rows"):
        stream.push(first[:1])
    stream.reset()
    found = stream.push(first)[-1].logits
    np.testing.assert_array_equal(found, run(integers, first[np.newaxis], kind[1])[0])
    stream.reset()
    stream.push(second[:11])
    stream.reset()
    np.testing.assert_array_equal(stream.push(first)[-1].logits, found)
