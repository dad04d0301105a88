"""PCM to features in C: the numpy front end's bytes, whatever the chunks; PCM to logits too."""

import dataclasses
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.audio.decode import load_pcm
from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.rooms import room
from edgegenre.targets.cores import PROCESSORS
from edgegenre.targets.emulator import emulate
from tests.firmware.builds import NORMALIZATION, SANITIZERS, WARNINGS, build, expected, frontend, replay, script
from tests.firmware.test_emulated import needs
from tests.networks import random_integer_network
from tests.support import program, real_data


def features(pcm: np.ndarray, chunk: int) -> np.ndarray:
    target = build("odd", "features", "q31", "-DEG_TRACE")
    done = subprocess.run([target, str(chunk)], input=pcm.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, np.int8).reshape(-1, 12)


def sounds() -> dict[str, np.ndarray]:
    """Four seconds each: what stretches the ranges of the integer front end."""
    generator = np.random.default_rng(11)
    time = np.arange(64_000)
    noise = generator.normal(0, 1, 64_000)
    return {
        "silence": np.zeros(64_000, np.int16),
        "one step": np.where(time % 1111 == 0, 1, 0).astype(np.int16),
        "loudest constant": np.full(64_000, -32768, np.int16),
        "loudest square": np.where(time // 8 % 2 == 0, 32767, -32768).astype(np.int16),
        "highest frequency": np.where(time % 2 == 0, 32767, -32768).astype(np.int16),
        "loud noise": generator.integers(-32768, 32768, 64_000).astype(np.int16),
        "quiet noise": np.rint(noise * 2).astype(np.int16),
        "sweep": np.rint(30000 * np.sin(np.cumsum(np.linspace(0, np.pi, 64_000)))).astype(np.int16),
        "fade": np.rint(noise * np.logspace(-1, 4, 64_000)).clip(-32768, 32767).astype(np.int16),
        "only negative": np.full(64_000, -1, np.int16),
    }


@pytest.mark.parametrize("name", sounds())
def test_features_equal_the_numpy_front_end_s(name: str) -> None:
    pcm = sounds()[name]
    np.testing.assert_array_equal(features(pcm, 1600), frontend().features(pcm))


@pytest.mark.parametrize("board", ["m0plus", "mps2-an386", "mps3-an547"])
def test_features_equal_the_numpy_front_end_s_on_cores_that_multiply_in_their_own_way(board: str) -> None:
    needs(board)
    pcm = np.concatenate([sound[:12_000] for sound in sounds().values()])
    found = emulate(random_integer_network("odd"), frontend(), pcm, PROCESSORS[board], mode="continuous")
    np.testing.assert_array_equal(found.features, frontend().features(pcm))


@pytest.mark.parametrize("hop", [333, 640])
def test_features_equal_the_numpy_front_end_s_whatever_the_hop(hop: int, tmp_path: Path) -> None:
    """The ring of samples may end anywhere within a frame."""
    other = IntegerFrontend(dataclasses.replace(LIANG_MFCC, hop_length=hop), NORMALIZATION)
    write_firmware(random_integer_network("odd"), other, tuple("abcde"), tmp_path / "firmware")
    source = tmp_path / "firmware" / "src"
    main, built = room("firmware_export") / "selftest" / "features.c", tmp_path / "features"
    options = [*WARNINGS, *SANITIZERS, "-DEG_TRACE", "-I", source, "-I", source.parent / "include"]
    command = [program("gcc", "gcc"), *options, *sorted(source.glob("*.c")), main, "-o", built]
    subprocess.run(command, check=True)
    pcm = sounds()["sweep"][:20_000]
    done = subprocess.run([built, "1600"], input=pcm.tobytes(), capture_output=True, check=True)
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.int8).reshape(-1, 12), other.features(pcm))


@pytest.mark.parametrize("chunk", [1, 7, 799, 800, 1601, 64_000])
def test_features_do_not_depend_on_the_chunks(chunk: int) -> None:
    pcm = sounds()["fade"][:17_003]
    np.testing.assert_array_equal(features(pcm, chunk), frontend().features(pcm))


@pytest.mark.parametrize("level", [1.0, 0.1, 0.01])
def test_features_of_real_music_equal_the_numpy_front_end_s(level: float) -> None:
    for path in sorted(real_data("gtzan_mini").rglob("*.wav"))[::40]:
        pcm = np.rint(load_pcm(path)[:160_000] * level).astype(np.int16)
        np.testing.assert_array_equal(features(pcm, 4096), frontend().features(pcm))


def test_samples_lead_to_the_logits_of_their_features() -> None:
    """A clip of 61 frames, pushed in chunks of primes."""
    pcm = sounds()["sweep"][: 1600 + 60 * 800]
    pieces = np.split(pcm, np.cumsum([997, 13, 4001, 1, 8009]))
    classes = random_integer_network("odd").classes
    found = replay(build("odd", "replay", "float32"), classes, script("clip", pieces))
    assert found == expected("odd", "float32", "clip", [frontend().features(pcm)])
