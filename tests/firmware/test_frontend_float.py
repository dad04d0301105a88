"""PCM to features in float32 C: what librosa says, a step at most from the integers, the same on every machine.

The integer front end is held to librosa here too; that it equals numpy's to the bit is in test_frontend.py.
"""

import dataclasses
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer.reference import run
from edgegenre.rooms import room
from edgegenre.runtime.compile_c import FrontendVariant, frontend_flags
from edgegenre.targets.cores import PROCESSORS
from edgegenre.targets.emulator import Emulated, emulate
from tests.firmware.builds import NORMALIZATION, SANITIZERS, WARNINGS, build, frontend
from tests.frontend.signals import LEVELS_DB, hard_signals, music, noise, tracks
from tests.frontend.test_definition import librosa_mfcc
from tests.networks import random_integer_network
from tests.support import program

VARIANTS: tuple[FrontendVariant, ...] = ("integer", "float32")
WITH_FPU = ("mps2-an386", "mps2-an500", "mps2-an505", "mps3-an547", "cortex-a72", "cortex-a76", "cortex-a7")

LARGEST_ERROR_DB = 0.05
LARGEST_SHARE_OFF = 1e-3


def features_program(variant: FrontendVariant, compiler: str = "gcc", *, sanitized: bool = True) -> Path:
    flags = ("-DEG_TRACE", *frontend_flags(variant))
    return build("odd", "features", "q31", *flags, compiler=compiler, sanitized=sanitized)


def output(target: Path, pcm: np.ndarray, chunk: int = 4096, *options: str) -> bytes:
    done = subprocess.run([target, str(chunk), *options], input=pcm.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def features(target: Path, pcm: np.ndarray) -> np.ndarray:
    return np.frombuffer(output(target, pcm), np.int8).reshape(-1, 12)


def decibels(target: Path, pcm: np.ndarray) -> np.ndarray:
    """The coefficients that lead to the features, before they are rounded to steps and clamped."""
    steps = np.frombuffer(output(target, pcm, 4096, "fine"), np.int64).reshape(-1, 12) / 65536
    return steps * np.array(NORMALIZATION.deviation) / STEPS_PER_DEVIATION + np.array(NORMALIZATION.mean)


def largest_step_and_share(sounds: list[np.ndarray], *, sanitized: bool = True) -> tuple[int, float]:
    """How far the float features of all these sounds are off the integer ones, and how many of them are off."""
    target = features_program("float32", sanitized=sanitized)
    pairs = [(features(target, pcm), frontend().features(pcm)) for pcm in sounds]
    steps = np.concatenate([np.abs(ours.astype(int) - theirs) for ours, theirs in pairs])
    return int(steps.max()), float((steps > 0).mean())


@pytest.mark.parametrize("level", LEVELS_DB)
@pytest.mark.parametrize("variant", VARIANTS)
def test_features_of_music_are_those_of_librosa(variant: FrontendVariant, level: float) -> None:
    for path in tracks(every=25):
        pcm = music(path, level, seconds=8)
        expected = librosa_mfcc(pcm)
        np.testing.assert_allclose(
            decibels(features_program(variant), pcm), expected, rtol=0, atol=LARGEST_ERROR_DB, strict=True
        )


@pytest.mark.parametrize("variant", VARIANTS)
def test_features_of_hard_signals_are_those_of_librosa(variant: FrontendVariant) -> None:
    for name, pcm in hard_signals().items():
        found = decibels(features_program(variant), pcm)
        np.testing.assert_allclose(found, librosa_mfcc(pcm), rtol=0, atol=LARGEST_ERROR_DB, err_msg=name)


@pytest.mark.parametrize("level", LEVELS_DB)
def test_float_features_of_music_are_a_step_off_at_most_and_seldom(level: float) -> None:
    largest, share = largest_step_and_share([music(path, level, seconds=8) for path in tracks(every=10)])
    assert largest <= 1
    assert share <= LARGEST_SHARE_OFF


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS_DB)
def test_whole_tracks_are_within_both_bounds(level: float) -> None:
    sounds = [music(path, level) for path in tracks(every=4)]
    largest, share = largest_step_and_share(sounds, sanitized=False)
    assert largest <= 1
    assert share <= LARGEST_SHARE_OFF
    for variant in VARIANTS:
        target = features_program(variant, sanitized=False)
        for pcm in sounds:
            np.testing.assert_allclose(decibels(target, pcm), librosa_mfcc(pcm), rtol=0, atol=LARGEST_ERROR_DB)


@pytest.mark.parametrize("chunk", [1, 7, 799, 800, 1601, 64_000])
def test_float_features_do_not_depend_on_the_chunks(chunk: int) -> None:
    target, pcm = features_program("float32"), noise(17_003, -10)
    assert output(target, pcm, chunk, "fine") == output(target, pcm, 17_003, "fine")


def test_float_features_are_the_same_whatever_the_compiler() -> None:
    program("clang", "clang")
    pcm = noise(40_000, -30)
    builds = (("gcc", True), ("gcc", False), ("clang", False))
    found = {
        output(features_program("float32", compiler, sanitized=sanitized), pcm, 4096, "fine")
        for compiler, sanitized in builds
    }
    assert len(found) == 1


@pytest.mark.parametrize("hop", [333, 1450])
def test_frames_may_begin_anywhere_in_the_ring(hop: int, tmp_path: Path) -> None:
    """The zoo's hop is half a frame; others, odd ones too, make the ring's end fall inside the quarters of a frame."""
    spec = dataclasses.replace(LIANG_MFCC, hop_length=hop)
    network = random_integer_network("odd")
    write_firmware(network, IntegerFrontend(spec, NORMALIZATION), tuple("abcde"), tmp_path / "firmware")
    sources = [*(tmp_path / "firmware" / "src").glob("*.c"), room("firmware_export") / "selftest" / "features.c"]
    include: list[str | Path] = ["-I", tmp_path / "firmware" / "include", "-I", tmp_path / "firmware" / "src"]
    flags = [*WARNINGS, *SANITIZERS, "-DEG_TRACE", "-DEG_ARITHMETIC_Q31", *frontend_flags("float32")]
    target = tmp_path / "features"
    subprocess.run([program("gcc", "gcc"), *flags, *include, *sources, "-o", target], check=True)
    pcm = noise(20_000, -6)
    np.testing.assert_allclose(decibels(target, pcm), spec.float64(pcm), rtol=0, atol=LARGEST_ERROR_DB, strict=True)


def emulated(name: str, board: str) -> Emulated:
    """A clip of noise with the float front end; asserts this machine's features and the logits that follow."""
    target, network = PROCESSORS[board], random_integer_network(name)
    program(target.compiler, target.compiler_package)
    program(target.emulator[0], target.emulator_package)
    pcm = noise(LIANG_MFCC.samples_for(network.input_shape.time), -10)
    found = emulate(network, frontend(), pcm, target, variant="float32")
    np.testing.assert_array_equal(found.features, features(features_program("float32", sanitized=False), pcm))
    np.testing.assert_array_equal(found.logits, run(network, found.features[None], found.arithmetic)[0])
    return found


@pytest.mark.parametrize("board", [WITH_FPU[0], *(pytest.param(name, marks=pytest.mark.slow) for name in WITH_FPU[1:])])
def test_every_core_with_floating_point_makes_the_same_float_features(board: str) -> None:
    found = emulated("odd", board)
    assert found.frontend_instructions <= 90_000
    assert found.stack_bytes <= 1000


@pytest.mark.slow
def test_the_float_front_end_takes_no_memory_of_its_own() -> None:
    assert emulated("ds-cnn1", "mps2-an386").ram_bytes <= 52_000
