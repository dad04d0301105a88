"""The processors that the C runtime is built for and run on, under an emulator."""

from dataclasses import dataclass
from typing import Literal

from edgegenre.errors import ExportError, did_you_mean
from edgegenre.integer.requantize import Arithmetic
from edgegenre.targets.boards import boards

Port = Literal["cortex_m", "riscv", "linux"]


@dataclass(frozen=True, kw_only=True)
class Processor:
    """One processor: how to compile for it and where to run it.

    options: of the compiler. emulator: the command that runs the program; "{program}" stands for it.
    arithmetic: what suits the processor. script: the linker script of a bare-metal board. cycles_per_instruction: of
    this code with its memory keeping pace; assumed, not measured.
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
    cycles_per_instruction: float
    script: str | None = None

    @property
    def bare(self) -> bool:
        """Whether programs run without an operating system and a C library."""
        return self.script is not None


def _cortex_m(name: str, core: str, board: str, script: str, cycles: float, *options: str) -> Processor:
    return Processor(
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
        arithmetic="q31",
        cycles_per_instruction=cycles,
        script=script,
    )


def _riscv(name: str, core: str, bits: int, arithmetic: Arithmetic, cycles: float, *options: str) -> Processor:
    return Processor(
        name=name,
        core=core,
        port="riscv",
        compiler="riscv64-unknown-elf-gcc",
        compiler_package="gcc-riscv64-unknown-elf",
        options=("-mcmodel=medany", *options),
        emulator=(
            *(f"qemu-system-riscv{bits}", "-M", "virt", "-bios", "none", "-display", "none", "-monitor", "none"),
            *("-serial", "none", "-semihosting-config", "enable=on,target=native", "-kernel", "{program}"),
        ),
        emulator_package="qemu-system-misc",
        arithmetic=arithmetic,
        cycles_per_instruction=cycles,
        script="virt.ld",
    )


def _linux(
    name: str, core: str, compiler: tuple[str, str], emulator: tuple[str, ...], cycles: float, *options: str
) -> Processor:
    return Processor(
        name=name,
        core=core,
        port="linux",
        compiler=compiler[0],
        compiler_package=compiler[1],
        options=("-static", *options),
        emulator=(*emulator, "{program}"),
        emulator_package="qemu-user",
        arithmetic="float32",
        cycles_per_instruction=cycles,
    )


_AARCH64 = ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
_ARMV7 = ("arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf libc6-dev-armhf-cross")

PROCESSORS = {
    processor.name: processor
    for processor in (
        _cortex_m("m0plus", "Cortex-M0+", "mps2-an385", "mps2.ld", 1.4, "-mcpu=cortex-m0plus"),
        _cortex_m("mps2-an385", "Cortex-M3", "mps2-an385", "mps2.ld", 1.4, "-mcpu=cortex-m3"),
        _cortex_m(
            *("mps2-an386", "Cortex-M4F", "mps2-an386", "mps2.ld", 1.4),
            *("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
        ),
        _cortex_m(
            *("mps2-an500", "Cortex-M7", "mps2-an500", "an500.ld", 0.9),
            *("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard"),
        ),
        _cortex_m("mps2-an505", "Cortex-M33", "mps2-an505", "an505.ld", 1.3, "-mcpu=cortex-m33", "-mfloat-abi=hard"),
        _cortex_m("mps3-an547", "Cortex-M55", "mps3-an547", "an547.ld", 1.6, "-mcpu=cortex-m55", "-mfloat-abi=hard"),
        _riscv("rv32imc", "RV32IMC", 32, "q31", 1.4, "-march=rv32imc", "-mabi=ilp32"),
        _riscv("rv32imafc", "RV32IMAFC", 32, "float32", 1.4, "-march=rv32imafc", "-mabi=ilp32f"),
        _riscv("rv64gc", "RV64GC", 64, "float32", 1.2, "-march=rv64gc", "-mabi=lp64d"),
        _linux("cortex-a72", "Cortex-A72", _AARCH64, ("qemu-aarch64", "-cpu", "cortex-a72"), 0.7, "-mcpu=cortex-a72"),
        _linux("cortex-a76", "Cortex-A76", _AARCH64, ("qemu-aarch64", "-cpu", "max"), 0.5, "-mcpu=cortex-a76"),
        _linux(
            *("cortex-a7", "Cortex-A7", _ARMV7, ("qemu-arm", "-cpu", "cortex-a7"), 1.0),
            *("-mcpu=cortex-a7", "-mfpu=neon-vfpv4", "-mfloat-abi=hard"),
        ),
    )
}


def find_processor(name: str) -> Processor:
    """The processor `name`. Raises ExportError that lists them all when there is none."""
    if name in PROCESSORS:
        return PROCESSORS[name]
    real = boards().get(name)
    if real is not None:
        raise ExportError(f"board '{name}' has no emulator; its core, {real.core}, has: --board {real.target}.")
    raise ExportError(f"board '{name}' is not known.{did_you_mean(name, PROCESSORS)} Known: {', '.join(PROCESSORS)}.")


def bare_core(core: str) -> Processor:
    """The bare-metal processor of the core `core`, as "Cortex-M4F". Raises ExportError that lists them all."""
    bare = {item.core: item for item in PROCESSORS.values() if item.bare}
    found = {name.lower(): item for name, item in bare.items()}.get(core.lower())
    if found is None:
        raise ExportError(f"core '{core}' is not known.{did_you_mean(core, bare)} Known: {', '.join(bare)}.")
    return found
