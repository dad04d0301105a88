"""Whoever speaks as the runner of MLPerf Tiny does gets this network's logits from a board, and never a crash."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.bundle import load_bundle
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.reference import run
from edgegenre.runtime.model import open_model
from tests.bundles import tiny_bundle
from tests.firmware.builds import project
from tests.firmware.mlperf import Runner, compiled, emulated_board, laps, results, running, sanitized
from tests.firmware.test_emulated import needs
from tests.networks import random_features, random_integer_network

GREETING = "m-init-done"
# The commands that cannot be obeyed, and why.
REFUSED = {
    "infer 1 0": "e-[The input has to be loaded first: 732 bytes]",
    "results": "e-[There was no inference yet]",
    "frobnicate 3": "e-[Unknown command: frobnicate]",
    "NAME": "e-[Unknown command: NAME]",
    "a\x1b[2J\x00b": "e-[Unknown command: a?[2J?b]",
    "db": "e-[Command 'db' requires a subcommand]",
    "db load": "e-[Command 'db load' requires the # of bytes]",
    "db load 0": "e-[Command 'db load' must be >0 and at most 732 bytes]",
    "db load 733": "e-[Command 'db load' must be >0 and at most 732 bytes]",
    "db load 4294967297": "e-[Command 'db load' must be >0 and at most 732 bytes]",
    "db load -1": "e-[Command 'db load' must be >0 and at most 732 bytes]",
    "db load 7x": "e-[Command 'db load' must be >0 and at most 732 bytes]",
    "db 00": "e-[Command 'db load' has to come before the bytes]",
    "db 0": "e-[Insufficient number of hex digits]",
    "db 0g": "e-[Invalid hex digit 'g']",
    "infer 0 0": "e-[Inference iterations must be >0 and at most 1000000]",
    "infer -1": "e-[Inference iterations must be >0 and at most 1000000]",
    "infer x": "e-[Inference iterations must be >0 and at most 1000000]",
    "infer 1 -1": "e-[Inference warmup must be >=0 and at most 1000000]",
    "x" * 81: "e-[A command has at most 80 characters]",
    "x" * 5000: "e-[A command has at most 80 characters]",
}


def windows(network: IntegerNetwork, count: int) -> np.ndarray:
    """int8 features [count, frames, coefficients]."""
    return random_features(network, count, seed=7)


def shown(network: IntegerNetwork, window: np.ndarray) -> list[float]:
    """What the numpy reference makes of a window, counted from the least logit that there can be."""
    logits = run(network, window[None], "q31")[0]
    return [float(int(logit) - np.iinfo(logits.dtype).min) for logit in logits]


@pytest.mark.parametrize(
    ("name", "processor"),
    [
        ("odd", "mps2-an386"),
        pytest.param("odd", "m0plus", marks=pytest.mark.slow),
        pytest.param("recurrent", "mps2-an386", marks=pytest.mark.slow),
        pytest.param("wide-odd", "mps2-an386", marks=pytest.mark.slow),
    ],
)
def test_the_runner_gets_the_reference_s_logits_from_a_board(name: str, processor: str) -> None:
    needs(processor)
    network = random_integer_network(name)
    with emulated_board(name, processor) as board:
        assert board.greeting()[::2] == ["m-timestamp-mode-performance", GREETING]
        assert board.ask("name") == ["m-name-dut-[edgegenre]"]
        assert board.ask("profile") == ["m-profile-[ULPMark for tinyML Firmware V0.0.1]", "m-model-[edgegenre]"]
        for window in windows(network, 2):
            assert board.load(window.tobytes()) == ["m-load-done"]
            answer = board.ask("infer 2 1")
            assert [line for line in answer if "lap" not in line and "results" not in line] == [
                *("m-warmup-start-1", "m-warmup-done", "m-infer-start-2", "m-infer-done")
            ]
            assert results(answer) == shown(network, window)
            assert results(board.ask("results")) == shown(network, window)
            start, end = laps(answer)
            assert start < end


def test_a_board_s_time_stamps_are_microseconds() -> None:
    needs("mps2-an386")
    with emulated_board("odd", "mps2-an386") as board:
        board.greeting()
        before = time.monotonic()
        (first,) = laps(board.ask("timestamp"))
        after = time.monotonic()
        time.sleep(1)
        end = time.monotonic()
        (second,) = laps(board.ask("timestamp"))
        assert end - after <= 1.05 * (second - first) / 1e6
        assert (second - first) / 1e6 <= 1.05 * (time.monotonic() - before)


def test_a_board_answers_what_it_cannot_do_with_an_error_and_goes_on() -> None:
    needs("mps2-an386")
    network = random_integer_network("odd")
    (window,) = windows(network, 1)
    with emulated_board("odd", "mps2-an386") as board:
        board.greeting()
        for command, error in REFUSED.items():
            assert board.ask(command) == [error]
        board.load(window.tobytes())
        assert results(board.ask("infer 1 0")) == shown(network, window)


def test_the_program_of_this_machine_answers_as_the_board_does(tmp_path: Path) -> None:
    network = random_integer_network("odd")
    (window,) = windows(network, 1)
    with running(sanitized("odd"), tmp_path / "errors") as program:
        program.runner.greeting()
        for command, error in REFUSED.items():
            assert program.runner.ask(command) == [error]
        assert program.runner.ask("") == []
        assert program.runner.ask("\r\n") == []
        assert program.runner.send(b"\r\nname \n%") == ["m-name-dut-[edgegenre]"]
        assert program.runner.ask(f"db load {window.nbytes}") == [f"m-[Expecting {window.nbytes} bytes]"]
        assert program.runner.ask("infer 1 0") == [REFUSED["infer 1 0"]]
        assert program.runner.load(window.tobytes()) == ["m-load-done"]
        assert program.runner.ask("db 00") == [REFUSED["db 00"]]
        assert results(program.runner.ask("infer")) == shown(network, window)
    assert (tmp_path / "errors").read_text() == ""


def test_digits_beyond_the_input_are_left_out(tmp_path: Path) -> None:
    network = random_integer_network("odd")
    (window,) = windows(network, 1)
    data = window.tobytes()
    with running(sanitized("odd"), tmp_path / "errors") as program:
        program.runner.greeting()
        program.runner.ask(f"db load {len(data)}")
        for start in range(0, len(data), 37):
            answer = program.runner.ask(f"db {(data + bytes(37))[start : start + 37].hex().upper()}")
        assert answer == ["m-load-done"]
        assert results(program.runner.ask("infer 1 0")) == shown(network, window)


def test_for_a_power_meter_time_stamps_are_pulses_of_a_pin(tmp_path: Path) -> None:
    (window,) = windows(random_integer_network("odd"), 1)
    made = compiled(project("odd"), tmp_path / "program", "-DMLPERF_ENERGY")
    with running(made, tmp_path / "errors") as program:
        assert program.runner.greeting() == ["m-timestamp-mode-energy", GREETING]
        program.runner.load(window.tobytes())
        answer = program.runner.ask("infer 3 0")
        assert laps(answer) == []
        assert results(answer) == shown(random_integer_network("odd"), window)
    assert program.pulses == 3  # as it starts, before the windows and after them


def test_a_song_goes_from_the_documented_lines_to_a_bundle_s_own_example(tmp_path: Path) -> None:
    """The page's Python writes the runner's data set, and its bytes give the reference's logits of the song."""
    bundle = tiny_bundle(tmp_path / "made")
    (tmp_path / "bundles").mkdir()
    bundle.rename(tmp_path / "bundles" / "my-run")
    model = open_model(tmp_path / "bundles" / "my-run")
    size = model.clock.samples_for(model.network.input_shape.time)
    pcm = np.random.default_rng(2).normal(0, 3000, size + 999).astype(np.int16)
    soundfile.write(tmp_path / "song.wav", pcm, 16_000)
    page = (Path(__file__).resolve().parents[2] / "docs" / "boards.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    subprocess.run([sys.executable, "-c", lines], cwd=tmp_path, check=True)
    data = tmp_path / "datasets" / "edgegenre"
    name, classes, _ = (data / "y_labels.csv").read_text().strip().split(",")
    assert int(classes) == len(model.labels)
    firmware = tmp_path / "bundles" / "my-run" / "firmware"
    with running(compiled(firmware, tmp_path / "program"), tmp_path / "errors") as program:
        program.runner.greeting()
        assert program.runner.load((data / name).read_bytes()) == ["m-load-done"]
        found = results(program.runner.ask("infer 1 0"))
    integers = load_bundle(tmp_path / "bundles" / "my-run").integers
    assert integers is not None
    (features,) = model.features(pcm[:size]).values()
    assert found == shown(integers, features)


@pytest.fixture(scope="module")
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """A program that has answered everything of the test's earlier examples."""
    with running(sanitized("odd"), tmp_path_factory.mktemp("talkative") / "errors") as program:
        program.runner.greeting()
        yield program.runner


WORDS = st.sampled_from(["name", "db", "load", "infer", "results", "timestamp", "732", "0", "-1", "00ff", "9" * 12, ""])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=200).map(lambda data: data.replace(b"%", b"")),
            st.lists(WORDS, max_size=5).map(lambda words: " ".join(words).encode()),
        ),
        max_size=10,
    )
)
def test_whatever_is_sent_every_command_has_one_answer(talkative: Runner, commands: list[bytes]) -> None:
    for command in commands:
        for line in talkative.send(command + b"%"):
            assert line.startswith(("m-", "e-["))
            assert line.isprintable()
    assert talkative.ask("name") == ["m-name-dut-[edgegenre]"]
