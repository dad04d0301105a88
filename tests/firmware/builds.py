"""Firmware projects of test networks, compiled on this machine with every warning and sanitizer on."""

import dataclasses
import functools
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.kinds.summary import Summary
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.protocol import Extractor, Frontend
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.rooms import room
from edgegenre.runtime.compile_c import compile_c
from edgegenre.runtime.objects import objects
from tests.frontend.kinds import MFCC_13
from tests.networks import random_integer_network
from tests.support import program

WARNINGS = (
    *("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wundef", "-Werror"),
    "-ffp-contract=off",
)
SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
NORMALIZATION = Normalization(
    mean=(-310.0, 55.0, 4.5, 11.0, -3.0, 8.0, -6.0, 5.0, -5.5, 3.0, -4.0, 2.5),
    deviation=(60.0, 25.0, 17.0, 12.0, 10.0, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0),
)

Record = tuple[int, int, tuple[int, ...]]
NOT_ENOUGH, PROVISIONAL, COMPLETE = range(3)


@functools.cache
def frontend() -> IntegerFrontend:
    """A front end with a normalization that real music fills."""
    return IntegerFrontend(LIANG_MFCC, NORMALIZATION)


BANDS = MelDecibels(
    sample_rate=22_050,
    frame_length=512,
    hop_length=200,
    window_frames=38,
    mel_bands=20,
    low_hz=0.0,
    high_hz=11_025.0,
    power_floor=1e-10,
)
SUMMARY = Summary(
    of=dataclasses.replace(MFCC_13, frame_length=256, hop_length=100, window_frames=9, mel_bands=16, coefficients=6)
)


def power_of_two(spec: Frontend, deviation: float = 9.0) -> Extractor:
    """What computes `spec` in integers, with a normalization that noise of any level fills."""
    mean = tuple(-20.0 + index for index in range(spec.statistics))
    normalization = Normalization(mean=mean, deviation=(deviation,) * spec.statistics)
    return firmware_frontend({"features": FeatureInput(frontend=spec, normalization=normalization)})


@functools.cache
def frontend_of(name: str) -> Extractor | None:
    """The front end of the test network `name`: Liang's where it reads twelve features, None where it reads others."""
    if name in ("bands", "summary"):
        return power_of_two(BANDS if name == "bands" else SUMMARY)
    has_audio = random_integer_network(name).input_shape.frequency == LIANG_MFCC.coefficients
    return frontend() if has_audio else None


@functools.cache
def scratch() -> Path:
    """One folder for all builds of this run."""
    return Path(tempfile.mkdtemp(prefix="edgegenre-firmware-"))


@functools.cache
def project(name: str) -> Path:
    """The firmware folder of the test network `name`, with its front end."""
    network = random_integer_network(name)
    labels = tuple(f"genre {index}" for index in range(network.classes))
    folder = scratch() / name
    write_firmware(network, frontend_of(name), labels, folder)
    return folder


@functools.cache
def build(
    name: str, main: str, arithmetic: Arithmetic, *flags: str, compiler: str = "gcc", sanitized: bool = True
) -> Path:
    """Compile selftest/`main`.c with the project of `name`; returns the program."""
    folder = project(name)
    tag = "-".join([main, arithmetic, compiler, str(sanitized), *(flag.strip("-").replace("=", "") for flag in flags)])
    target = folder / f"{tag}.program"
    sources = [*sorted((folder / "src").glob("*.c")), room("firmware_export") / "selftest" / f"{main}.c"]
    options = [*WARNINGS, *(SANITIZERS if sanitized else ("-O2",)), f"-DEG_ARITHMETIC_{arithmetic.upper()}", *flags]
    include = ["-I", folder / "include", "-I", folder / "src"]
    with tempfile.TemporaryDirectory() as made:
        files = objects(program(compiler, compiler), [*options, *include], sources, Path(made))
        compile_c(compiler, [*options, *files, "-o", target])
    return target


def script(mode: Mode, pieces: Iterable[np.ndarray | str]) -> bytes:
    """A replay script: int8 arrays [rows, features] and int16 arrays [samples] are pushed, "reset" resets."""
    parts = [_operation("c" if mode == "clip" else "k", 0)]
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(_operation("r", 0))
        else:
            kind = "p" if piece.dtype == np.int16 else "f"
            parts += [_operation(kind, len(piece)), np.ascontiguousarray(piece).tobytes()]
    return b"".join(parts)


def replay(target: Path, classes: int, text: bytes, launcher: Sequence[str] = ()) -> list[Record]:
    """Run a replay program: (status, rows, logits) of every decision."""
    done = subprocess.run([*launcher, target], input=text, capture_output=True)
    assert done.returncode == 0, (done.returncode, done.stderr.decode()[-3000:])
    records = np.frombuffer(done.stdout, "<i4").reshape(-1, 2 + classes)
    return [(int(record[0]), int(record[1]), tuple(map(int, record[2:]))) for record in records]


def expected(name: str, arithmetic: Arithmetic, mode: Mode, pieces: Iterable[np.ndarray | str]) -> list[Record]:
    """The same decisions from the numpy reference; PCM has to be turned into features first."""
    stream = IntegerStream(random_integer_network(name), arithmetic=arithmetic, mode=mode)
    records: list[Record] = []
    for piece in pieces:
        if isinstance(piece, str):
            stream.reset()
            continue
        for item in stream.push(piece):
            status = COMPLETE if item.complete else PROVISIONAL
            records.append((status, item.rows, tuple(map(int, item.logits))))
    return records


def remove_builds() -> None:
    """Delete every build of this run."""
    shutil.rmtree(scratch(), ignore_errors=True)


def _operation(kind: str, count: int) -> bytes:
    return struct.pack("<cI", kind.encode(), count)
