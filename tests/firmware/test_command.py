"""`edgegenre firmware`: from a bundle and a sound to instructions, and from a bundle to a verdict on a board."""

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.bundle import INTEGERS, MANIFEST, Manifest, write_manifest
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.integer.archive import save_integers
from edgegenre.integer.operations import WeightedOperation
from edgegenre.integer.streaming import IntegerStream
from edgegenre.network.costs import costs
from edgegenre.network.layers import AnyLayer, Dense, GlobalAverage
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.records.files import parse_records
from edgegenre.records.record import Record
from edgegenre.targets.boards import boards
from edgegenre.targets.cores import PROCESSORS
from edgegenre.targets.size import STACK
from tests.commands import edgegenre, refusal
from tests.firmware.builds import NORMALIZATION, frontend
from tests.networks import odd_network, random_integer_network, random_integers
from tests.support import program


def manifest(network: Network, *, quantized: bool = True) -> Manifest:
    return Manifest(
        model=network.name,
        labels=("a", "b", "c", "d", "e"),
        inputs={
            "features": FeatureInput(
                frontend=dataclasses.replace(LIANG_MFCC, window_frames=network.input_shape.time),
                normalization=NORMALIZATION,
            )
        },
        vote="mean",
        quantized=quantized,
        network=network,
        costs={},
    )


def written(folder: Path, network: Network) -> Path:
    """The smallest bundle of `network`: its `random_integers`, no exported file beside them."""
    folder.mkdir()
    save_integers(random_integers(network), folder / INTEGERS)
    write_manifest(folder, manifest(network))
    return folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return written(tmp_path / "bundle", odd_network())


def sound(path: Path, frames: int) -> Path:
    noise = np.random.default_rng(2).normal(0, 3000, 1600 + 800 * (frames - 1)).astype(np.int16)
    soundfile.write(path, noise, 16_000, subtype="PCM_16")
    return path


def recorded(printed: str) -> Record:
    """The one record that `firmware run --json` prints."""
    (record,) = parse_records(printed, "firmware run")
    return record


def test_a_run_tells_the_genre_and_what_it_cost(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 70)
    done = edgegenre("firmware", "run", bundle, wav, "--json")
    assert done.status == 0
    told = recorded(done.stdout)
    assert told.exactness is not None
    assert told.firmware is not None
    assert (told.target, told.provenance, told.workload, told.frames) == ("mcu", "emulated", "clip", 61)
    assert told.exactness.mismatches == 0
    assert told.machine.name == "Cortex-M4F"
    assert told.extra["genre"] == "abcde"[int(np.argmax(told.extra["logits"]))]
    assert told.firmware.longest_slice < told.instructions + told.firmware.frontend_instructions


def test_the_layers_account_for_every_instruction_and_multiply(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 70)
    told, again = (recorded(edgegenre("firmware", "run", bundle, wav, "--json").stdout) for _ in range(2))
    assert told == dataclasses.replace(again, date=told.date)
    network = odd_network()
    assert [layer.name for layer in told.layers] == [
        *("first", "depthwise", "pointwise", "standard", "pool", "head", "dense", "front end")
    ]
    counted = costs(network, frames_per_second=20)
    counts = {layer.name: layer.multiplies for layer in counted.layers}
    for layer in told.layers:
        assert layer.multiplies == counts.get(layer.name, layer.multiplies)
    kinds = [layer.kind for layer in told.layers]
    assert kinds == ["convolution", "depthwise", "pointwise", "convolution", "pool", "head", "dense", "front end"]
    *of_network, frontend_layer = told.layers
    assert sum(layer.instructions or 0 for layer in of_network) == told.instructions
    assert sum(layer.multiplies for layer in told.layers) == told.multiplies == counted.multiplies
    assert told.firmware is not None
    assert frontend_layer.instructions == pytest.approx(61 * told.firmware.frontend_instructions, abs=61)


def test_continuous_mode_decides_as_the_numpy_stream_beyond_a_window(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 150)
    told: dict[str, Any] = {}
    for mode in ("clip", "continuous"):
        told[mode] = recorded(edgegenre("firmware", "run", bundle, wav, "--json", "--mode", mode).stdout)
        assert told[mode].exactness.mismatches == 0
    stream = IntegerStream(random_integer_network("odd"), arithmetic="q31", mode="continuous")
    decisions = stream.push(frontend().features(load_pcm(wav, 16_000)))
    assert decisions[-1].complete
    clip, continuous = told["clip"], told["continuous"]
    assert (continuous.workload, continuous.firmware.mode) == ("stream", "continuous")
    assert continuous.extra["decisions"] == len(decisions)
    assert continuous.extra["logits"] == decisions[-1].logits.tolist()
    assert continuous.exactness.values == 5 * len(decisions)
    assert clip.extra["decisions"] == 1
    assert continuous.extra["head_sum_bytes"] == 10 * clip.extra["head_sum_bytes"]
    assert continuous.ram_bytes >= clip.ram_bytes + 9 * clip.extra["head_sum_bytes"]
    assert continuous.extra["instructions_mean"] > clip.extra["instructions_mean"]


def test_a_run_with_the_float32_front_end_tells_how_far_its_features_are_off(bundle: Path, tmp_path: Path) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 70)
    told: dict[str, Any] = {}
    for variant in ("integer", "float32"):
        done = edgegenre("firmware", "run", bundle, wav, "--json", "--frontend", variant)
        assert done.status == 0
        told[variant] = recorded(done.stdout)
        assert told[variant].extra["frontend"] == variant
        assert told[variant].exactness.mismatches == 0
        assert told[variant].extra["features"] == 61 * 12
    integer, floating = told["integer"], told["float32"]
    assert integer.extra["feature_mismatches"] == integer.extra["largest_feature_mismatch"] == 0
    assert floating.extra["largest_feature_mismatch"] == min(1, floating.extra["feature_mismatches"])
    assert floating.firmware.frontend_instructions < 0.7 * integer.firmware.frontend_instructions


def test_a_board_that_is_too_small_is_told_by_how_much(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    size = ["firmware", "size", str(bundle), "--json", "--board", "nrf52832"]
    fits = edgegenre(*size)
    assert fits.status == 0
    (told,) = json.loads(fits.stdout)
    assert told["fits"] is True
    assert 0 < told["context_bytes"] + told["audio_bytes"] <= told["ram_bytes"] < told["ram"] == 65_536
    assert told["audio_bytes"] == 2 * 2 * 800
    operations = random_integer_network("odd").operations
    weights = sum(operation.weights.size for operation in operations if isinstance(operation, WeightedOperation))
    assert weights < told["table_bytes"] < told["flash_bytes"] < told["flash"] == 524_288
    known = boards()
    small = dataclasses.replace(known["nrf52832"], ram=told["ram_bytes"] + STACK - 1, flash=told["flash_bytes"] - 1000)
    for place in ("boards", "fit"):
        monkeypatch.setattr(f"edgegenre.targets.{place}.boards", lambda: known | {"nrf52832": small})
    refused = edgegenre(*size)
    assert refused.status == 2
    assert re.fullmatch(
        r"edgegenre: odd does not run on nrf52832: 1 bytes of RAM \(stack included\) too much; "
        r"1,000 bytes of flash too much\. It fits: .*nrf52840.*\. No model of the zoo runs on nrf52832\.\n",
        refused.stderr,
    )


def test_a_board_that_is_too_slow_is_told_which_clock_it_would_take(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    program("qemu-system-arm", "qemu-system-arm")
    known = boards()
    slow = dataclasses.replace(known["nrf52832"], clock=4_000_000)
    for module in ("boards", "fit"):
        monkeypatch.setattr(f"edgegenre.targets.{module}.boards", lambda: known | {"nrf52832": slow})
    size = ["firmware", "size", str(bundle), "--json", "--board", "nrf52832"]
    (told,) = json.loads(edgegenre(*size, "--cycles-per-instruction", "1").stdout)
    assert told["keeps_up"] is True
    assert told["load"] == pytest.approx(told["average_instructions_per_second"] / 4e6, abs=1e-3)
    assert told["average_instructions_per_second"] < told["burst_instructions_per_second"]
    refused = edgegenre(*size, "--cycles-per-instruction", "2")
    assert refused.status == 2
    (told,) = json.loads(refused.stdout)
    assert told["fits"] is True
    assert told["keeps_up"] is False
    assert re.match(
        r"edgegenre: odd does not run on nrf52832: \d+ MHz needed of 4 at 2 cycles an instruction\. ", refused.stderr
    )


def test_a_clip_s_last_rows_are_part_of_what_it_takes(bundle: Path) -> None:
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    program("qemu-system-arm", "qemu-system-arm")
    told: dict[str, Any] = {}
    for mode in ("continuous", "clip"):
        (told[mode],) = json.loads(
            edgegenre("firmware", "size", bundle, "--json", "--board", "nrf52840", "--mode", mode).stdout
        )
    assert told["continuous"]["flush_instructions"] == 0
    assert told["clip"]["flush_instructions"] > 0
    assert told["clip"]["burst_instructions_per_second"] > told["continuous"]["burst_instructions_per_second"]
    assert told["clip"]["ram_bytes"] < told["continuous"]["ram_bytes"]


@pytest.mark.parametrize(
    ("name", "listed"), [("size", {"nrf52840", "rp2350-riscv", "esp32c3"}), ("run", {"m0plus", "rv32imc"})]
)
def test_boards_are_listed_without_a_bundle(name: str, listed: set[str], tmp_path: Path) -> None:
    done = edgegenre("firmware", name, "--list-boards", folder=tmp_path)
    assert done.status == 0
    assert listed <= set(done.stdout.split())


def lose_a_file(bundle: Path) -> None:
    (bundle / INTEGERS).unlink()


def change_a_byte(bundle: Path) -> None:
    data = bytearray((bundle / INTEGERS).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / INTEGERS).write_bytes(data)


def lose_the_manifest(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()


@pytest.mark.parametrize("damage", [lose_a_file, change_a_byte, lose_the_manifest])
@pytest.mark.parametrize("name", ["run", "size"])
def test_a_damaged_bundle_is_refused(bundle: Path, tmp_path: Path, name: str, damage: Callable[[Path], None]) -> None:
    damage(bundle)
    song = [sound(tmp_path / "song.wav", 70)] if name == "run" else []
    assert str(bundle) in refusal("firmware", name, bundle, *song)


def test_a_float_bundle_has_no_firmware(bundle: Path) -> None:
    (bundle / INTEGERS).unlink()
    (bundle / MANIFEST).unlink()
    write_manifest(bundle, manifest(odd_network(), quantized=False))
    assert "firmware is made from an int8 bundle" in refusal("firmware", "size", bundle)


def test_a_network_that_the_c_runtime_cannot_compute_is_named(tmp_path: Path) -> None:
    layers: list[tuple[str, AnyLayer]] = [("average", GlobalAverage()), ("logits", Dense(units=5))]
    network = chain("rowless", input_shape=Shape(61, 12, 1), layers=layers)
    message = refusal("firmware", "size", written(tmp_path / "bundle", network))
    assert "'rowless' has no C form: it has no rows" in message


@pytest.mark.parametrize("mode", ["clip", "continuous"])
def test_a_sound_that_is_too_short_is_told_its_length(bundle: Path, tmp_path: Path, mode: str) -> None:
    program("qemu-system-arm", "qemu-system-arm")
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    wav = sound(tmp_path / "song.wav", 60 if mode == "clip" else 4)
    message = refusal("firmware", "run", bundle, wav, "--mode", mode)
    assert str(wav) in message
    assert "not enough audio" in message
    assert ("(3.0 s) for a window of 3.1 s" if mode == "clip" else "(0.2 s)") in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "bundle", "nothing.wav"], "nothing.wav"),
        (["run", "nowhere", "song.wav"], "nowhere"),
        (["run", "bundle", "song.wav", "--board", "mps2-an368"], "Did you mean 'mps2-an386'?"),
        (["run", "bundle", "song.wav", "--board", "nrf52840"], "its core, Cortex-M4F, has: --board mps2-an386"),
        (["size", "bundle", "--board", "nrf5284"], "Did you mean 'nrf52840'?"),
        (["size", "bundle", "--board", "zzz"], "Known: nrf52832, "),
        (["size", "nowhere"], "nowhere"),
    ],
)
def test_wrong_names_are_one_sentence(bundle: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    sound(tmp_path / "song.wav", 70)
    assert message in refusal("firmware", *arguments, folder=tmp_path)


PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
    "qemu-arm": "qemu-user",
    "qemu-system-arm": "qemu-system-arm",
}


@pytest.mark.parametrize(
    ("present", "arguments", "absent", "package"),
    [
        ([], ["size"], "arm-none-eabi-gcc", "gcc-arm-none-eabi"),
        ([], ["run"], "qemu-system-arm", "qemu-system-arm"),
        (["qemu-system-arm"], ["run"], "arm-none-eabi-gcc", "gcc-arm-none-eabi"),
        (["qemu-system-arm", "arm-none-eabi-gcc"], ["run"], "cc", "gcc"),
        ([], ["run", "--board", "cortex-a72"], "qemu-aarch64", "qemu-user"),
        (["qemu-arm"], ["run", "--board", "cortex-a7"], "arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf"),
    ],
)
def test_a_tool_that_is_not_installed_is_named_with_its_package(
    bundle: Path, tmp_path: Path, present: list[str], arguments: list[str], absent: str, package: str
) -> None:
    path = tmp_path / "path"
    path.mkdir()
    for name in present:
        (path / name).symlink_to(program(name, PACKAGES[name]))
    name, *options = arguments
    song = [sound(tmp_path / "song.wav", 70)] if name == "run" else []
    done = subprocess.run(
        [sys.executable, "-m", "edgegenre.cli.main", "firmware", name, bundle, *song, *options],
        env={**{key: value for key, value in os.environ.items() if key != "CC"}, "PATH": str(path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("edgegenre: ")
    assert f"'{absent}' is not installed. Install it: apt-get install {package}" in line


def test_every_board_names_a_processor_that_can_be_built_for() -> None:
    assert len(boards()) >= 10
    for item in boards().values():
        assert PROCESSORS[item.target].core == item.core
        assert item.source
