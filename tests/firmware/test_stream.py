"""The C runtime gives the numpy stream's logits to the bit, in both arithmetics and modes, whatever the chunks."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.export.c.project import write_firmware
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS, LARGEST_MEAN_RATIO, Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.targets.build import build as build_program
from edgegenre.targets.build import run_program
from tests.firmware.builds import COMPLETE, build, expected, project, replay, script
from tests.firmware.golden import write_golden
from tests.firmware.variants import native
from tests.networks import CONVOLUTIONAL_MODELS, named, random_features, random_integer_network, replaced

QUICK_MODELS = ("ds-cnn1", "cnn1")


def check(name: str, arithmetic: Arithmetic, mode: Mode, pieces: list[np.ndarray | str], *flags: str) -> int:
    """Assert equal decisions; returns how many there were."""
    classes = random_integer_network(name).classes
    found = replay(build(name, "replay", arithmetic, *flags), classes, script(mode, pieces))
    wanted = expected(name, arithmetic, mode, pieces)
    assert found == wanted
    return len(found)


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(["odd", "plain", "recurrent", "lstm", "flat", "bands", "summary"]),
    arithmetic=st.sampled_from(ARITHMETICS),
    seed=st.integers(0, 1000),
    cuts=st.lists(st.integers(0, 61), max_size=8),  # beyond the end: nothing is cut off there
)
def test_a_clip_gives_the_reference_s_logits_at_every_row(
    name: str, arithmetic: Arithmetic, seed: int, cuts: list[int]
) -> None:
    features = random_features(random_integer_network(name), 1, seed)[0]
    assert check(name, arithmetic, "clip", list(np.split(features, sorted(cuts)))) > 0


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", ["odd", "plain", "recurrent", "lstm"])
def test_a_continuous_stream_gives_the_reference_s_logits_at_every_row(name: str, arithmetic: Arithmetic) -> None:
    network = random_integer_network(name)
    features = np.concatenate(list(random_features(network, 12, seed=8)))
    assert check(name, arithmetic, "continuous", np.array_split(features, 7)) > 40


def test_a_head_that_needs_a_whole_window_has_no_continuous_mode() -> None:
    """A build for the other mode is no larger: there is nothing to leave out."""
    refused = subprocess.run([build("flat", "replay", "q31")], input=script("continuous", []), capture_output=True)
    assert refused.returncode == 3


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", ["odd", "plain", "recurrent", "lstm", "flat", "summary"])
def test_extreme_values_give_the_reference_s_logits(name: str, arithmetic: Arithmetic) -> None:
    time, frequency, _ = random_integer_network(name).input_shape
    generator = np.random.default_rng(1)
    pieces: list[np.ndarray | str] = []
    for values in ([-128], [127], [-128, 127]):
        pieces += [generator.choice(np.array(values, np.int8), (time, frequency)), "reset"]
    check(name, arithmetic, "clip", pieces)


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", ["odd", "recurrent", "lstm"])
def test_after_a_reset_nothing_is_left_of_the_audio_before(name: str, arithmetic: Arithmetic) -> None:
    first, second = random_features(random_integer_network(name), 2, seed=4)
    pieces = [first[:37], "reset", second, "reset", first]
    check(name, arithmetic, "clip", pieces)
    check(name, arithmetic, "continuous", pieces)


def test_a_build_for_clips_alone_gives_the_same_logits() -> None:
    features = random_features(random_integer_network("odd"), 1)[0]
    check("odd", "q31", "clip", [features], "-DEG_CLIP_ONLY")
    program = build("odd", "replay", "q31", "-DEG_CLIP_ONLY")
    refused = subprocess.run([program], input=script("continuous", []), capture_output=True)
    assert refused.returncode == 3


@pytest.mark.parametrize("name", ["odd", "plain", "recurrent", "lstm", "flat", "bands", "summary"])
def test_the_next_clip_begins_where_one_ends(name: str) -> None:
    """As after a reset, whose place the end of the window takes."""
    clips = list(random_features(random_integer_network(name), 3, seed=6))
    classes = random_integer_network(name).classes
    found = replay(build(name, "replay", "q31"), classes, script("clip", [np.concatenate(clips)]))
    assert found == expected(name, "q31", "clip", [clips[0], "reset", clips[1], "reset", clips[2]])


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", ["odd", "plain", "recurrent", "lstm", "flat", "summary", *QUICK_MODELS])
def test_every_tensor_equals_the_golden_one(name: str, arithmetic: Arithmetic) -> None:
    network = random_integer_network(name)
    path = project(name) / f"{arithmetic}.golden"
    write_golden(network, random_features(network, 1, seed=3)[0], arithmetic, path)
    done = subprocess.run([build(name, "golden", arithmetic, "-DEG_TRACE"), path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("largest difference 0\n") == len(done.stdout.splitlines()) > 3


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_a_mean_of_the_largest_scale_is_the_reference_s(arithmetic: Arithmetic, tmp_path: Path) -> None:
    """Its results lie far beyond int8, where no clamp comes before the rounding."""
    network = random_integer_network("odd")
    finest = Quantization(scale=named(network, "average").input.scale / LARGEST_MEAN_RATIO, zero_point=3)
    fields: dict[str, dict[str, Quantization]] = {"average": {"output": finest}, "hidden": {"input": finest}}
    changed_network = replaced(network, lambda operation: fields.get(operation.name, {}))
    write_firmware(changed_network, None, tuple("abcde"), tmp_path / "firmware")
    target = native("portable")
    build_program(tmp_path / "firmware", target, arithmetic, tmp_path / "program", ("-DEG_CLIP_ONLY",))
    features = random_features(network, 1, seed=2)
    found = run_program([str(tmp_path / "program")], features.tobytes(), target, tmp_path)
    logits = np.frombuffer(found, "<i4")[-3 - 5 : -3]
    np.testing.assert_array_equal(logits, run(changed_network, features, arithmetic)[0])


def test_a_golden_file_with_another_value_is_noticed() -> None:
    network = random_integer_network("odd")
    path = project("odd") / "changed.golden"
    write_golden(network, random_features(network, 1)[0], "float32", path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    done = subprocess.run([build("odd", "golden", "float32", "-DEG_TRACE"), path], capture_output=True, text=True)
    assert done.returncode == 1
    assert "largest difference 1\n" in done.stdout.splitlines(keepends=True)[-1]


@pytest.mark.slow
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", CONVOLUTIONAL_MODELS)
def test_every_convolutional_model_streams_to_the_reference_s_logits(name: str, arithmetic: Arithmetic) -> None:
    network = random_integer_network(name)
    features = random_features(network, 1, seed=5)[0]
    classes = network.classes
    target = build(name, "replay", arithmetic, sanitized=False)
    for mode, frames in (("clip", 599), ("continuous", 240)):
        pieces = [features[:frames]]
        found = replay(target, classes, script(mode, pieces))
        assert found == expected(name, arithmetic, mode, pieces)
        assert (found[-1][0] == COMPLETE) == (mode == "clip")
