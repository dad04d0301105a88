"""`edgegenre firmware`: from a bundle and a sound to instructions, and from a bundle to a verdict on a board."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from edgegenre.audio.decode import load_pcm
from edgegenre.bundle import INTEGERS, Manifest, write_manifest
from edgegenre.cli.main import edgegenre
from edgegenre.errors import AudioError, ExportError
from edgegenre.export.c_size import boards
from edgegenre.export.c_targets import TARGETS
from edgegenre.frontend.spec import LIANG_MFCC
from edgegenre.integer.archive import save_integers
from edgegenre.integer.streaming import IntegerStream
from edgegenre.network.costs import costs
from tests.firmware.builds import NORMALIZATION, frontend
from tests.networks import random_integer_network
from tests.support import program


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    network = random_integer_network("odd")
    folder = tmp_path / "bundle"
    folder.mkdir()
    save_integers(network, folder / INTEGERS)
    manifest = Manifest(
        model="odd",
        labels=("a", "b", "c", "d", "e"),
        frontend=LIANG_MFCC,
        normalization=NORMALIZATION,
        quantized=True,
        network=network.network,
        costs={},
    )
    write_manifest(folder, manifest)
    return folder


def sound(path: Path, frames: int) -> Path:
    noise = np.random.default_rng(2).normal(0, 3000, 1600 + 800 * (frames - 1)).astype(np.int16)
    soundfile.write(path, noise, 16_000, subtype="PCM_16")
    return path


def test_a_run_tells_the_genre_and_what_it_cost(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 70)
    done = CliRunner().invoke(edgegenre, ["firmware", "run", str(bundle), str(wav), "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    told = json.loads(done.output)
    assert told["mismatches"] == 0
    assert told["core"] == "Cortex-M4F"
    assert told["genre"] == "abcde"[int(np.argmax(told["logits"]))]
    assert told["max_slice_instructions"] < told["instructions"] + told["instructions_frontend"]


def test_the_layers_account_for_every_instruction_and_multiply(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 70)
    outputs = [
        CliRunner().invoke(edgegenre, ["firmware", "run", str(bundle), str(wav), "--json"], catch_exceptions=False)
        for _ in range(2)
    ]
    assert outputs[0].output == outputs[1].output
    told = json.loads(outputs[0].output)
    layers = {layer["kind"]: layer for layer in told["layers"]}
    assert list(layers) == ["convolution", "depthwise", "pointwise", "pool", "head", "dense", "front end"]
    steps = sum(layers[kind]["instructions"] for kind in ("convolution", "depthwise", "pool", "pointwise"))
    row_sums = layers["head"]["instructions"] - told["instructions_mean"]
    assert steps + row_sums == told["instructions"]
    network = random_integer_network("odd").network
    counted = costs(network, frames_per_second=20)
    assert sum(layer["multiplies"] for layer in layers.values()) == counted.multiplies
    for layer in layers.values():
        ratio = layer["instructions_per_multiply"]
        assert (ratio is None) == (layer["multiplies"] == 0)
        assert ratio is None or ratio == pytest.approx(layer["instructions"] / layer["multiplies"], abs=1e-3)


def test_continuous_mode_decides_as_the_numpy_stream_beyond_a_window(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 150)
    told = {}
    for mode in ("clip", "continuous"):
        command = ["firmware", "run", str(bundle), str(wav), "--json", "--mode", mode]
        told[mode] = json.loads(CliRunner().invoke(edgegenre, command, catch_exceptions=False).output)
        assert told[mode]["mismatches"] == 0
    stream = IntegerStream(random_integer_network("odd"), arithmetic="q31", mode="continuous")
    decisions = stream.push(frontend().features(load_pcm(wav, 16_000)))
    assert decisions[-1].complete
    assert told["continuous"]["decisions"] == len(decisions)
    assert told["continuous"]["logits"] == decisions[-1].logits.tolist()
    assert told["clip"]["decisions"] == 1
    assert told["continuous"]["head_sum_bytes"] == 10 * told["clip"]["head_sum_bytes"]
    assert told["continuous"]["ram_bytes"] >= told["clip"]["ram_bytes"] + 9 * told["clip"]["head_sum_bytes"]
    assert told["continuous"]["instructions_mean"] > told["clip"]["instructions_mean"]


def test_a_run_with_the_float32_front_end_tells_how_far_its_features_are_off(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    command = ["firmware", "run", str(bundle), str(sound(tmp_path / "song.wav", 70)), "--json", "--frontend"]
    told = {}
    for variant in ("integer", "float32"):
        done = CliRunner().invoke(edgegenre, [*command, variant], catch_exceptions=False)
        assert done.exit_code == 0
        told[variant] = json.loads(done.output)
        assert told[variant]["frontend"] == variant
        assert told[variant]["mismatches"] == 0
        assert told[variant]["features"] == 61 * 12
    assert told["integer"]["feature_mismatches"] == told["integer"]["largest_feature_mismatch"] == 0
    assert told["float32"]["largest_feature_mismatch"] == min(1, told["float32"]["feature_mismatches"])
    assert told["float32"]["instructions_frontend"] < told["integer"]["instructions_frontend"] / 2
    assert told["float32"]["flash_bytes"] < told["integer"]["flash_bytes"]
    assert told["float32"]["ram_bytes"] == told["integer"]["ram_bytes"]


def test_a_sound_shorter_than_the_window_is_refused(bundle: Path, tmp_path: Path) -> None:
    wav = sound(tmp_path / "song.wav", 60)
    with pytest.raises(AudioError, match="not enough audio"):
        CliRunner().invoke(edgegenre, ["firmware", "run", str(bundle), str(wav)], catch_exceptions=False)


def test_a_board_that_is_too_small_is_told_by_how_much(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    size = ["firmware", "size", str(bundle), "--json", "--board"]
    fits = CliRunner().invoke(edgegenre, [*size, "nrf52832"], catch_exceptions=False)
    assert fits.exit_code == 0
    (told,) = json.loads(fits.output)
    assert told["fits"] is True
    assert 0 < told["ram_bytes"] < told["ram"] == 65_536
    known = boards()
    known["nrf52832"] = dataclasses.replace(known["nrf52832"], ram=told["ram_bytes"] - 1)
    monkeypatch.setattr("edgegenre.export.c_size.boards", lambda: known)
    with pytest.raises(ExportError, match=r"odd does not fit nrf52832: 1 bytes of RAM too much. It fits: .*nrf52840"):
        CliRunner().invoke(edgegenre, [*size, "nrf52832"], catch_exceptions=False)


def test_every_board_names_a_processor_that_can_be_built_for() -> None:
    assert len(boards()) >= 10
    for item in boards().values():
        assert TARGETS[item.target].core == item.core
        assert item.source
