"""PCM to features in C, of frames of a power of two: the bytes of the numpy integer forms, whatever the chunks."""

import dataclasses
import functools
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import ExportError
from edgegenre.export.c.frontend import firmware_frontend, frontend_tables, heard_frames
from edgegenre.export.c.frontend_integer import power_of_two_bytes
from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.summary import Summary
from edgegenre.frontend.protocol import Extractor, Frontend
from edgegenre.rooms import room
from edgegenre.runtime.compile_c import compile_c
from edgegenre.runtime.objects import objects
from edgegenre.targets.cores import PROCESSORS
from edgegenre.targets.emulator import emulate
from tests.firmware.builds import BANDS, SANITIZERS, SUMMARY, WARNINGS, build, power_of_two, replay, scratch, script
from tests.firmware.test_emulated import needs
from tests.firmware.test_frontend import sounds
from tests.frontend.kinds import LOG_MEL, MAGNITUDE, MEL_DB, MFCC_13, MFCC_20, RAW
from tests.networks import flat_network, random_integer_network, random_integers, summary_network
from tests.support import program

SPECS: dict[str, Frontend] = {
    "64 samples, a pair step": dataclasses.replace(BANDS, frame_length=64, hop_length=64, mel_bands=8),
    "256 samples, an odd hop": dataclasses.replace(MFCC_13, frame_length=256, hop_length=77, mel_bands=15),
    "512 samples": BANDS,
    "2048 samples, 128 bands": MEL_DB,
    "2048 samples, 13 coefficients": MFCC_13,
    "8192 samples": dataclasses.replace(MFCC_20, frame_length=8192, hop_length=8000, high_hz=6000.0),
}
SUMMARIES = {
    "9 frames of 256": SUMMARY,
    "16 frames of 2048": Summary(of=dataclasses.replace(MFCC_20, window_frames=16)),
}


@functools.cache
def program_of(spec: Frontend) -> Path:
    """selftest/features.c with the front end of `spec`, before a network that takes its rows."""
    if isinstance(spec, Summary):
        network = random_integers(summary_network(spec.frequency))
    else:
        network = random_integers(flat_network(time=9, frequency=spec.frequency))
    folder = scratch() / f"features-{abs(hash(str(spec.to_dict())))}"
    write_firmware(network, power_of_two(spec), tuple("abcde"), folder)
    target = folder / "features"
    sources = [*sorted((folder / "src").glob("*.c")), room("firmware_export") / "selftest" / "features.c"]
    options = [*WARNINGS, *SANITIZERS, "-DEG_TRACE", "-I", folder / "include", "-I", folder / "src"]
    (folder / "objects").mkdir()
    files = objects(program("gcc", "gcc"), options, sources, folder / "objects")
    compile_c(program("gcc", "gcc"), [*options, *files, "-o", target])
    return target


def features(spec: Frontend, pcm: np.ndarray, chunk: int = 4096) -> np.ndarray:
    done = subprocess.run([program_of(spec), str(chunk)], input=pcm.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, np.int8).reshape(-1, spec.frequency)


def reference(frontend: Extractor, pcm: np.ndarray, window: int) -> np.ndarray:
    """The rows of windows of `window` samples, one behind the other, and of what is left over."""
    pieces = [pcm[start : start + window] for start in range(0, len(pcm), window)]
    return np.concatenate([frontend.features(piece) for piece in pieces])


def check(spec: Frontend, pcm: np.ndarray, chunk: int = 4096) -> None:
    rows = 1 if isinstance(spec, Summary) else 9
    window = spec.samples_for(rows)
    np.testing.assert_array_equal(features(spec, pcm, chunk), reference(power_of_two(spec), pcm, window))


@pytest.mark.parametrize("name", [*SPECS, *SUMMARIES])
def test_features_of_every_sound_equal_the_numpy_front_end_s(name: str) -> None:
    spec = (SPECS | SUMMARIES)[name]
    window = spec.samples_for(1 if isinstance(spec, Summary) else 9)
    for sound in sounds().values():
        check(spec, np.resize(sound, window + window // 2))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    level=st.floats(0, 32768),
    frames=st.integers(1, 20),
    chunk=st.sampled_from([1, 7, 199, 200, 512, 100_000]),
    name=st.sampled_from(["512 samples", "9 frames of 256"]),
)
def test_features_of_random_sounds_do_not_depend_on_the_chunks(
    seed: int, level: float, frames: int, chunk: int, name: str
) -> None:
    spec = (SPECS | SUMMARIES)[name]
    pcm = np.random.default_rng(seed).normal(0, level, 300 * frames).clip(-32768, 32767).astype(np.int16)
    check(spec, pcm, chunk)


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(0, 30_000), max_size=6), name=st.sampled_from(["bands", "summary"]))
def test_samples_lead_to_the_logits_of_their_features_whatever_the_pieces(cuts: list[int], name: str) -> None:
    """Two windows and a part of the next one."""
    spec, network = (BANDS if name == "bands" else SUMMARY), random_integer_network(name)
    window = spec.samples_for(network.input_shape.time)
    pcm = np.resize(sounds()["fade"], 2 * window + 1000)
    found = replay(build(name, "replay", "float32"), network.classes, script("clip", np.split(pcm, sorted(cuts))))
    rows = reference(power_of_two(spec), pcm[: 2 * window], window)
    windows = list(rows.reshape(2, *network.input_shape[:2]))
    direct = replay(build(name, "replay", "float32"), network.classes, script("clip", windows))
    assert found == direct
    assert len(found) == 2


@pytest.mark.parametrize("board", ["m0plus", "mps2-an386", "rv32imc"])
def test_features_equal_the_numpy_front_end_s_on_cores_that_multiply_in_their_own_way(board: str) -> None:
    needs(board)
    network, spec = random_integer_network("bands"), BANDS
    pcm = np.concatenate([sound[20_000:20_700] for sound in sounds().values()])
    pcm = pcm[: spec.samples_for(network.input_shape.time)]
    found = emulate(network, power_of_two(spec), pcm, PROCESSORS[board])
    np.testing.assert_array_equal(found.features, power_of_two(spec).features(pcm[: len(pcm)]))


@pytest.mark.parametrize("spec", [BANDS, MEL_DB, MFCC_20, SUMMARY])
def test_the_bytes_of_the_tables_are_those_of_the_arrays(spec: Frontend) -> None:
    """Counted in the text that is compiled."""
    text = frontend_tables(power_of_two(spec))
    sizes = {"int32_t": 4, "uint16_t": 2, "uint8_t": 1, "int64_t": 8}
    counted = 0
    for line in text.splitlines():
        words = line.split()
        if words[:2] == ["static", "const"]:
            counted += sizes[words[2]] * int(words[3].split("[")[1].rstrip("]"))
    assert counted == power_of_two_bytes(heard_frames(spec).each, features=spec.frequency)


@pytest.mark.parametrize("spec", [LOG_MEL, MAGNITUDE, RAW])
def test_a_kind_without_c_is_refused_by_name(spec: Frontend) -> None:
    with pytest.raises(ExportError, match=rf"not .* \('{spec.kind}'\): this model has no firmware; it would need that"):
        firmware_frontend({"features": FeatureInput.unfitted(spec)})


def test_a_model_of_one_stem_is_refused() -> None:
    with pytest.raises(ExportError, match="what a device hears is one sound, and this model hears the stems drums"):
        firmware_frontend({"features": FeatureInput.unfitted(dataclasses.replace(MEL_DB, heard="drums"))})
