"""What tests in several rooms share: where real music is, and skips that CI turns into failures."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SYSTEM_PACKAGES = {
    "arduino-builder": "the Arduino sketch",
    "binutils": "what the compiled C runtime contains",
    "chromium": "the report in a browser",
    "clang": "the C runtime under a second compiler",
    "cmake": "the CMake package of the C runtime",
    "emscripten": "the C runtime in WebAssembly",
    "ffmpeg": "sound files as another decoder reads them",
    "g++": "the C runtime from C++",
    "gcc": "the C runtime, and the engine 'native'",
    "gcc-aarch64-linux-gnu": "the C runtime for 64-bit Raspberry Pis",
    "gcc-arm-linux-gnueabihf": "the C runtime for 32-bit Raspberry Pis",
    "gcc-arm-none-eabi": "firmware for Cortex-M",
    "gcc-riscv64-unknown-elf": "firmware for RISC-V",
    "gcc-s390x-linux-gnu": "the C runtime on a big-endian processor",
    "jackd2": "a microphone that refuses 16 kHz",
    "libclang-rt-14-dev": "the C runtime under a fuzzer",
    "libportaudio2": "the microphone",
    "nodejs": "the C runtime in WebAssembly",
    "openssh-client": "measuring on another computer",
    "openssh-server": "measuring on another computer",
    "pulseaudio": "the microphone",
    "pulseaudio-module-jack": "a microphone that refuses 16 kHz",
    "pulseaudio-utils": "the microphone",
    "qemu-system-arm": "firmware on emulated Cortex-M boards",
    "qemu-system-misc": "firmware on emulated RISC-V boards",
    "qemu-user": "the C runtime on emulated Raspberry Pis",
}
"""Debian packages that tests ask for, and what they test; `make test` ends with those that are missing."""


def unavailable(reason: str) -> NoReturn:
    """Skip the running test because something is not installed; with EDGEGENRE_REQUIRE_ALL=1 that is a failure."""
    if os.environ.get("EDGEGENRE_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason} (EDGEGENRE_REQUIRE_ALL=1 allows no skip)")
    pytest.skip(reason)


def real_data(*parts: str) -> Path:
    """A folder of the real test music: EDGEGENRE_TEST_DATA, or shared/data beside the checkout."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("EDGEGENRE_TEST_DATA", default)).joinpath(*parts)
    if not path.exists():
        unavailable(f"real music not found at {path}; set EDGEGENRE_TEST_DATA to the folder that holds it")
    return path


def program(name: str, package: str) -> str:
    """The path of a system program, or a skip that names the Debian package which has it."""
    found = shutil.which(name)
    if found is None:
        unavailable(f"'{name}' is not installed; apt-get install {package}")
    return found
