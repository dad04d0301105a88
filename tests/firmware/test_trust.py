"""The C runtime under random use and over a whole day: no crash, no hang, nothing left of the audio before."""

import re
import struct
import subprocess
from pathlib import Path

import pytest

from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from tests.firmware.builds import build, scratch
from tests.support import program, unavailable

DAY = 24 * 3600

# Strides and the window of the pool between the frames and the head's rows.
FRAMES_A_ROW = {"odd": 8, "recurrent": 4, "lstm": 4, "wide-odd": 8, "wide-recurrent": 4}
NAMES = ["odd", "recurrent", pytest.param("lstm", marks=pytest.mark.slow)]
WHOLE = ["bands", "summary"]
"""Those that answer once a window."""
QUICK_RUNS = 60

# For what takes minutes: both arithmetics, and every kind of head and row in one of them.
LONG: list[tuple[str, Arithmetic]] = [
    ("odd", "float32"),
    ("odd", "q31"),
    ("recurrent", "q31"),
    ("lstm", "float32"),
    ("wide-odd", "q31"),
    ("wide-recurrent", "float32"),
]

# Operations and a sound of selftest/fuzz.c.
CLIP, CONTINUOUS, RESULT, OTHER, ROWS, AUDIO, NOISE = 0, 1, 3, 6, 7, 10, 0xC0


def fuzzer(name: str, arithmetic: Arithmetic) -> Path:
    """The fuzz harness around the network `name`."""
    source = scratch() / "no_fuzzer.c"
    source.write_text("int LLVMFuzzerTestOneInput(void);\nint LLVMFuzzerTestOneInput(void) { return 0; }\n")
    command: list[str | Path] = [
        program("clang", "clang"),
        "-fsanitize=fuzzer,address",
        source,
        "-o",
        source.with_suffix(""),
    ]
    tried = subprocess.run(command, capture_output=True)
    if tried.returncode != 0:
        unavailable("clang cannot link libFuzzer; apt-get install libclang-rt-14-dev (of clang's own version)")
    return build(name, "fuzz", arithmetic, "-fsanitize=fuzzer", compiler="clang")


def operation(kind: int, count: int = 0, value: int = 0) -> bytes:
    """One operation of the harness."""
    return struct.pack("<BHB", kind, count, value)


def fuzz(name: str, arithmetic: Arithmetic, limit: str) -> None:
    """Fuzz from a fixed seed and inputs whose streams reach complete decisions: each mode, samples, rows, two streams.

    limit: libFuzzer's own option, a number of runs or of seconds.
    """
    corpus = scratch() / f"corpus-{name}-{arithmetic}{limit}"
    corpus.mkdir()
    for mode in (CLIP, CONTINUOUS):
        audio = [operation(AUDIO, 0xFFFF, NOISE + index) + operation(RESULT) for index in range(2)]
        rows = operation(ROWS, 150, NOISE) + operation(RESULT)
        (corpus / f"audio-{mode}").write_bytes(operation(mode) + b"".join(audio))
        (corpus / f"rows-{mode}").write_bytes(operation(mode) + rows)
        (corpus / f"two-{mode}").write_bytes(
            b"".join([audio[0], operation(OTHER), operation(mode), rows, operation(OTHER), audio[1]])
        )
    options = ["-seed=1", limit, "-timeout=20", "-max_len=256", "-len_control=0"]
    # The fuzzer bounds its memory by ru_maxrss, which a program inherits from its parent: timeout is a small one.
    command: list[str | Path] = ["timeout", "600", fuzzer(name, arithmetic), *options]
    command += [f"-artifact_prefix={corpus}/", corpus]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs is not None, done.stderr[-1000:]
    assert int(runs[1]) >= QUICK_RUNS


@pytest.mark.parametrize("name", [*NAMES, *WHOLE])
def test_some_random_uses_break_nothing(name: str) -> None:
    fuzz(name, "q31", f"-runs={QUICK_RUNS}")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arithmetic"), [*LONG, ("flat", "float32"), ("bands", "q31"), ("summary", "float32")])
def test_a_minute_of_random_use_breaks_nothing(name: str, arithmetic: Arithmetic) -> None:
    fuzz(name, arithmetic, "-max_total_time=60")


def endure(name: str, seconds: int, rows: int, arithmetic: Arithmetic, *, sanitized: bool) -> int:
    """Play `seconds` of audio into a stream that says it has heard `rows`; returns where its counter ends."""
    target = build(name, "endurance", arithmetic, sanitized=sanitized)
    done = subprocess.run([target, str(seconds), str(rows)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    samples, heard, counter = (int(word) for word in re.findall(r"\d+", done.stdout))
    frames = (samples - LIANG_MFCC.frame_length) // LIANG_MFCC.hop_length + 1
    a_row = FRAMES_A_ROW[name]
    assert frames // a_row - 2 <= heard <= frames // a_row + 1
    assert counter == (rows + heard) % 2**32
    return counter


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", NAMES)
def test_the_row_counter_goes_round_without_a_trace(name: str, arithmetic: Arithmetic) -> None:
    assert endure(name, 600, 2**32 - 700, arithmetic, sanitized=True) < 2**31


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arithmetic"), LONG)
def test_a_day_of_audio_leaves_the_stream_as_good_as_new(name: str, arithmetic: Arithmetic) -> None:
    endure(name, DAY, 0, arithmetic, sanitized=False)
