"""int16 rows in C: the numpy stream's logits to the bit, on PCs, microcontrollers and 64-bit Arm."""

import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.export.c.plan import long_sums
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import PerChannel, WeightedOperation
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.targets.cores import PROCESSORS
from edgegenre.targets.emulator import emulate
from tests.firmware.builds import COMPLETE, build, expected, frontend, project, replay, script
from tests.firmware.golden import write_golden
from tests.firmware.test_emulated import needs, noise
from tests.networks import random_features, random_integer_network, replaced

NAMES = ("wide-odd", "wide-plain", "wide-recurrent", "wide-lstm")
A_CORE_OF_EACH_KIND = ("mps2-an386", "m0plus", "cortex-a72")
LATER = [board for board in PROCESSORS if board not in A_CORE_OF_EACH_KIND]


def check(name: str, arithmetic: Arithmetic, mode: Mode, pieces: list[np.ndarray | str]) -> int:
    """Assert equal decisions under sanitizers; returns how many there were."""
    classes = random_integer_network(name).classes
    found = replay(build(name, "replay", arithmetic), classes, script(mode, pieces))
    assert found == expected(name, arithmetic, mode, pieces)
    return len(found)


def with_biases(network: IntegerNetwork) -> list[WeightedOperation]:
    """Pools of either kind have none."""
    weighted = [operation for operation in network.operations if isinstance(operation, WeightedOperation)]
    return [operation for operation in weighted if not (isinstance(operation, PerChannel) and operation.averages)]


def with_long_sums(network: IntegerNetwork) -> IntegerNetwork:
    """The same with a bias in every first channel that takes its sums beyond 32 bits."""
    largest = np.array([2**31 - 1], np.int32)
    biases = {item.name: {"bias": np.concatenate([largest, item.bias[1:]])} for item in with_biases(network)}
    return replaced(network, lambda operation: biases.get(operation.name, {}))


@settings(max_examples=9, deadline=None)
@given(name=st.sampled_from(NAMES), seed=st.integers(0, 1000), cuts=st.lists(st.integers(0, 61), max_size=5))
def test_a_clip_gives_the_reference_s_logits_at_every_row(name: str, seed: int, cuts: list[int]) -> None:
    features = random_features(random_integer_network(name), 1, seed)[0]
    arithmetic = ARITHMETICS[seed % 2] if name in ("wide-recurrent", "wide-lstm") else "q31"  # int16 layers have one
    assert check(name, arithmetic, "clip", list(np.split(features, sorted(cuts)))) > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_continuous_stream_gives_the_reference_s_logits_at_every_row(name: str) -> None:
    features = np.concatenate(list(random_features(random_integer_network(name), 5, seed=8)))
    assert check(name, "q31", "continuous", [features[:50], "reset", features]) > 30


@pytest.mark.parametrize("name", NAMES)
def test_extreme_values_give_the_reference_s_logits(name: str) -> None:
    time, frequency, _ = random_integer_network(name).input_shape
    generator = np.random.default_rng(1)
    pieces: list[np.ndarray | str] = []
    for values in ([-128], [127], [-128, 127]):
        pieces += [generator.choice(np.array(values, np.int8), (time, frequency)), "reset"]
    check(name, "q31", "clip", pieces)


@pytest.mark.parametrize("name", NAMES)
def test_every_tensor_equals_the_golden_one(name: str) -> None:
    network = random_integer_network(name)
    path = project(name) / "wide.golden"
    write_golden(network, random_features(network, 1, seed=3)[0], "q31", path)
    done = subprocess.run([build(name, "golden", "q31", "-DEG_TRACE"), path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("largest difference 0\n") == len(done.stdout.splitlines()) > 3


@pytest.mark.parametrize("name", NAMES)
def test_the_native_engine_streams_and_answers_as_the_reference(name: str) -> None:
    network = random_integer_network(name)
    features = random_features(network, 3, seed=2)
    engine, reference = NativeEngine(network), IntegerStream(network)
    logits = engine.logits(features)
    assert logits.dtype == network.output.dtype
    assert engine.arithmetic == ("float32" if network.output.bits == 8 else "int16x8")
    np.testing.assert_array_equal(logits, run(network, features))
    found, wanted = engine.stream("clip").push(features[0]), reference.push(features[0])
    assert [item.logits.tolist() for item in found] == [item.logits.tolist() for item in wanted]


def test_sums_beyond_32_bits_are_exact_on_every_kind_of_core() -> None:
    network = with_long_sums(random_integer_network("wide-odd"))
    assert [long_sums(operation) for operation in with_biases(network)] == [True] * 6
    features = random_features(network, 2, seed=6)
    wanted = run(network, features)
    np.testing.assert_array_equal(NativeEngine(network).logits(features), wanted)
    for board in ("mps2-an386", "m0plus"):
        needs(board)
        np.testing.assert_array_equal(emulate(network, None, features[0], PROCESSORS[board]).logits, wanted[0])


@pytest.mark.parametrize(
    "board", [*A_CORE_OF_EACH_KIND, *(pytest.param(board, marks=pytest.mark.slow) for board in LATER)]
)
@pytest.mark.parametrize("name", NAMES)
def test_samples_give_the_reference_s_logits_on_every_core(name: str, board: str) -> None:
    """One clip; the features are the front end's, too."""
    needs(board)
    network, target = random_integer_network(name), PROCESSORS[board]
    time, frequency, _ = network.input_shape
    has_audio = frequency == frontend().spec.coefficients
    clip = noise(time) if has_audio else random_features(network, 1)[0]
    found = emulate(network, frontend() if has_audio else None, clip, target, flags=("-DEG_CLIP_ONLY",))
    assert found.status == COMPLETE
    features = frontend().features(clip) if has_audio else clip
    if has_audio:
        np.testing.assert_array_equal(found.features, features)
    np.testing.assert_array_equal(found.logits, run(network, features[None], found.arithmetic)[0])
