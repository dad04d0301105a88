"""What tests in several rooms share: where real music is, and skips that CI turns into failures."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SYSTEM_PACKAGES = {
    "arduino-builder": ("arduino-builder", "the Arduino sketch"),
    "binutils": ("nm", "what the compiled C runtime contains"),
    "chromium": ("chromium", "the report in a browser"),
    "clang": ("clang", "the C runtime under a second compiler"),
    "cmake": ("cmake", "the CMake package of the C runtime"),
    "coreutils": ("env", "measuring on another computer"),
    "emscripten": ("emcc", "the C runtime in WebAssembly"),
    "ffmpeg": ("ffmpeg", "sound files as another decoder reads them"),
    "g++": ("g++", "the C runtime from C++"),
    "gcc": ("gcc", "the C runtime, and the engine 'native'"),
    "gcc-aarch64-linux-gnu": ("aarch64-linux-gnu-gcc", "the C runtime for 64-bit Raspberry Pis"),
    "gcc-arm-linux-gnueabihf": ("arm-linux-gnueabihf-gcc", "the C runtime for 32-bit Raspberry Pis"),
    "gcc-arm-none-eabi": ("arm-none-eabi-gcc", "firmware for Cortex-M"),
    "gcc-riscv64-unknown-elf": ("riscv64-unknown-elf-gcc", "firmware for RISC-V"),
    "gcc-s390x-linux-gnu": ("s390x-linux-gnu-gcc", "the C runtime on a big-endian processor"),
    "jackd2": ("jackd", "a microphone that refuses 16 kHz"),
    "libc6-dev-arm64-cross": ("usr/aarch64-linux-gnu/include/stdio.h", "the C runtime for 64-bit Raspberry Pis"),
    "libc6-dev-armhf-cross": ("usr/arm-linux-gnueabihf/include/stdio.h", "the C runtime for 32-bit Raspberry Pis"),
    "libc6-dev-s390x-cross": ("usr/s390x-linux-gnu/include/stdio.h", "the C runtime on a big-endian processor"),
    "libclang-rt-14-dev": ("usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a", "the C runtime, fuzzed"),
    "libportaudio2": ("usr/lib/*/libportaudio.so.2", "the microphone"),
    "nodejs": ("node", "the C runtime in WebAssembly"),
    "openssh-client": ("ssh-keygen", "measuring on another computer"),
    "openssh-server": ("usr/sbin/sshd", "measuring on another computer"),
    "pulseaudio": ("pulseaudio", "the microphone"),
    "pulseaudio-module-jack": ("usr/lib/pulse-*/modules/module-jack-sink.so", "a microphone that refuses 16 kHz"),
    "pulseaudio-utils": ("pactl", "the microphone"),
    "qemu-system-arm": ("qemu-system-arm", "firmware on emulated Cortex-M boards"),
    "qemu-system-misc": ("qemu-system-riscv32", "firmware on emulated RISC-V boards"),
    "qemu-user": ("qemu-aarch64", "the C runtime on emulated Raspberry Pis"),
}
"""Debian packages that tests ask for: a program or a file of each, and what it tests."""


def missing_packages() -> list[str]:
    """Those of SYSTEM_PACKAGES that are not installed."""
    return [
        package
        for package, (proof, _) in SYSTEM_PACKAGES.items()
        if not (any(Path("/").glob(proof)) if "/" in proof else shutil.which(proof))
    ]


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
    """The path of a system program, or a skip that names the Debian packages (of SYSTEM_PACKAGES) which it takes."""
    assert set(package.split()) <= set(SYSTEM_PACKAGES), package
    found = shutil.which(name)
    if found is None:
        unavailable(f"'{name}' is not installed; apt-get install {package}")
    return found
