"""The processors that the C runtime is built for and run on, under an emulator."""

from dataclasses import dataclass
from typing import Literal

from edgegenre.errors import ExportError, did_you_mean
from edgegenre.integer.requantize import Arithmetic
from edgegenre.targets.boards import boards

Port = Literal["cortex_m", "linux"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """One processor: how to compile for it and where to run it.

    options: of the compiler. emulator: the command that runs the program; "{program}" stands for it.
    arithmetic: what suits the processor. script: the linker script of a bare-metal board.
    """

    name: str
    core: str
    port: Port
    compiler: str
    compiler_package: str
    options: tuple[str, ...]
    emulator: tuple[str, ...]
    emulator_package: str
    arithmetic: Arithmetic
    script: str | None = None


def _cortex_m(name: str, core: str, board: str, script: str, arithmetic: Arithmetic, *options: str) -> Target:
    return Target(
        name=name,
        core=core,
        port="cortex_m",
        compiler="arm-none-eabi-gcc",
        compiler_package="gcc-arm-none-eabi",
        options=("-mthumb", *options),
        emulator=(
            *("qemu-system-arm", "-M", board, "-display", "none", "-monitor", "none", "-serial", "none"),
            *("-semihosting-config", "enable=on,target=native", "-kernel", "{program}"),
        ),
        emulator_package="qemu-system-arm",
        arithmetic=arithmetic,
        script=script,
    )


def _linux(name: str, core: str, compiler: str, package: str, emulator: tuple[str, ...], *options: str) -> Target:
    return Target(
        name=name,
        core=core,
        port="linux",
        compiler=compiler,
        compiler_package=package,
        options=("-static", *options),
        emulator=(*emulator, "{program}"),
        emulator_package="qemu-user",
        arithmetic="float32",
    )


_AARCH64 = ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
_ARMV7 = ("arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross")

TARGETS = {
    target.name: target
    for target in (
        _cortex_m("m0plus", "Cortex-M0+", "mps2-an385", "mps2.ld", "q31", "-mcpu=cortex-m0plus"),
        _cortex_m("mps2-an385", "Cortex-M3", "mps2-an385", "mps2.ld", "q31", "-mcpu=cortex-m3"),
        _cortex_m(
            *("mps2-an386", "Cortex-M4F", "mps2-an386", "mps2.ld", "q31"),
            *("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
        ),
        _cortex_m(
            *("mps2-an500", "Cortex-M7", "mps2-an500", "mps2.ld", "q31"),
            *("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
        ),
        _cortex_m("mps2-an505", "Cortex-M33", "mps2-an505", "an505.ld", "q31", "-mcpu=cortex-m33", "-mfloat-abi=hard"),
        _cortex_m("mps3-an547", "Cortex-M55", "mps3-an547", "an547.ld", "q31", "-mcpu=cortex-m55", "-mfloat-abi=hard"),
        _linux("cortex-a72", "Cortex-A72", *_AARCH64, ("qemu-aarch64", "-cpu", "cortex-a72"), "-mcpu=cortex-a72"),
        _linux("cortex-a76", "Cortex-A76", *_AARCH64, ("qemu-aarch64", "-cpu", "max"), "-mcpu=cortex-a76"),
        _linux(
            *("cortex-a7", "Cortex-A7", *_ARMV7, ("qemu-arm", "-cpu", "cortex-a7")),
            *("-mcpu=cortex-a7", "-mfpu=neon-vfpv4", "-mfloat-abi=hard"),
        ),
    )
}


def target(name: str) -> Target:
    """The target `name`. Raises ExportError that lists them all when there is none."""
    if name in TARGETS:
        return TARGETS[name]
    real = boards().get(name)
    if real is not None:
        raise ExportError(f"board '{name}' has no emulator; its core, {real.core}, has: --board {real.target}.")
    raise ExportError(f"board '{name}' is not known.{did_you_mean(name, TARGETS)} Known: {', '.join(TARGETS)}.")
