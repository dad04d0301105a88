"""No compiler has anything to say about the C, for any instruction set, arithmetic or level of optimization."""

import itertools
import subprocess
from pathlib import Path

import pytest

from edgegenre.integer.requantize import ARITHMETICS
from edgegenre.rooms import room
from edgegenre.targets.cores import PROCESSORS, Processor
from tests.firmware.builds import WARNINGS, build, expected, project, replay, scratch, script
from tests.networks import random_features, random_integer_network
from tests.support import program

X86 = {
    "x86 portable": ("-DEG_PORTABLE",),
    "x86 AVX2": ("-mavx2",),
    "x86 VNNI": ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni"),
}
# What Clang calls the targets of the cross compilers, and where it finds their headers.
CLANG_TARGETS = {
    "arm-none-eabi-gcc": ("arm-none-eabi", None),
    "aarch64-linux-gnu-gcc": ("aarch64-linux-gnu", "/usr/aarch64-linux-gnu/include"),
    "arm-linux-gnueabihf-gcc": ("arm-linux-gnueabihf", "/usr/arm-linux-gnueabihf/include"),
    "riscv64-unknown-elf-gcc": ("riscv{bits}-unknown-elf", None),
}
RECURRENT = ("recurrent", "lstm")
WHOLE_WINDOW = ("flat", "bands", "summary")
# How the files end that hold intrinsics and assembly.
INSTRUCTION_SETS = ("_avx", "_dsp", "_mve", "_neon", "_thumb1", "_thumb2")
FRONTENDS: tuple[tuple[str, ...], ...] = ((), ("-DEG_FRONTEND_FLOAT32",))


def compile_all(
    command: list[str], sources: list[Path], *flags: str, folder: Path | None = None, model: str = "odd"
) -> None:
    """Fails with the compiler's words when there are any. model: whose header the sources see."""
    firmware = room("firmware_export")
    include = [project(model) / "include", project(model) / "src", firmware / "ports", firmware / "native"]
    options = [*WARNINGS, *flags, *(f"-I{path}" for path in include)]
    done = subprocess.run([*command, *options, *sources], capture_output=True, text=True, cwd=folder or scratch())
    assert done.stderr == "", done.stderr
    assert done.returncode == 0


def runtime() -> list[Path]:
    """The sources that every build compiles, with the tables of a model that has a front end."""
    return sorted((project("odd") / "src").glob("*.c"))


def bare_metal(target: Processor) -> list[Path]:
    """All that is compiled for a board without an operating system."""
    firmware = room("firmware_export")
    ports = [firmware / "ports" / name for name in ("bare", target.port)]
    realtime = [firmware / "ports" / "realtime" / name for name in ("board.c", f"{target.port}.c")]
    others = [firmware / "ports/run.c", firmware / "selftest/kernels.c"]
    others += [firmware / "examples" / name for name in ("bare_metal.c", "mlperf_tiny.c")]
    if target.port == "cortex_m":
        others.append(firmware / "ports/serial/mps2.c")
    return [*runtime(), *others, *realtime, *sorted(path for port in ports for path in port.glob("*.c"))]


def hosted() -> list[Path]:
    """All that is compiled for Linux."""
    firmware = room("firmware_export")
    texts = {path: path.read_text() for path in (firmware / "selftest").glob("*.c")}
    untraced = [path for path, text in texts.items() if "eg_trace.h" not in text and "EG_UNITS" not in text]
    ports = ("run.c", "linux/port.c", "qemu/count.c", "serial/linux.c")
    others = [firmware / "ports" / name for name in ports]
    return [
        *runtime(),
        *others,
        *sorted(untraced),
        *sorted((firmware / "native").glob("*.c")),
        firmware / "examples/listen.c",
        firmware / "examples/mlperf_tiny.c",
    ]


def traced() -> list[Path]:
    """What is built with EG_TRACE, and the files that then say something else."""
    firmware = room("firmware_export")
    tracing = [path for path in (firmware / "selftest").glob("*.c") if "eg_trace.h" in path.read_text()]
    return [*sorted(tracing), project("odd") / "src" / "eg_stream.c"]


def recurrent(model: str) -> list[Path]:
    """What is empty, or no program, without the tables of a recurrent model."""
    kept = {room("firmware_export") / "selftest": "EG_UNITS", project(model) / "src": "EG_RECURRENT"}
    return [path for folder, word in kept.items() for path in sorted(folder.glob("*.c")) if word in path.read_text()]


def check_whole_window(command: list[str], *flags: str) -> None:
    """What differs in models that answer once a window, or hear frames of a power of two."""
    firmware = room("firmware_export")
    others = [firmware / name for name in ("ports/run.c", "examples/bare_metal.c")]
    for arithmetic, model in zip(itertools.cycle(ARITHMETICS), WHOLE_WINDOW, strict=False):
        sources = [*sorted((project(model) / "src").glob("*.c")), *others]
        flag = f"-DEG_ARITHMETIC_{arithmetic.upper()}"
        compile_all(command, sources, "-fsyntax-only", flag, *flags, model=model)


def check(command: list[str], sources: list[Path], *flags: str) -> None:
    """Either arithmetic with another front end: what one chooses is in no file that the other changes."""
    for arithmetic, frontend in zip(ARITHMETICS, FRONTENDS, strict=True):
        compile_all(command, sources, "-fsyntax-only", f"-DEG_ARITHMETIC_{arithmetic.upper()}", *frontend, *flags)


def options(target: Processor) -> tuple[list[Path], tuple[str, ...]]:
    """The sources for `target` and its flags, without those of the linker."""
    flags = tuple(flag for flag in target.options if flag != "-static")
    if not target.bare:
        return hosted(), flags
    bare = room("firmware_export") / "ports" / "bare"
    return bare_metal(target), (*flags, "-ffreestanding", f"-I{bare / 'include'}", f"-I{bare}")


def clang_for(target: Processor) -> list[str]:
    """Clang as a cross compiler with the headers of GCC's."""
    name, headers = CLANG_TARGETS[target.compiler]
    bits = 64 if any("rv64" in option for option in target.options) else 32
    command = [program("clang", "clang"), f"--target={name.format(bits=bits)}"]
    if headers is not None:
        if not Path(headers).exists():
            program(target.compiler, target.compiler_package)
        command += ["-isystem", headers]
    return command


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("name", X86)
def test_no_warning_on_a_pc(name: str, compiler: str) -> None:
    command = [program(compiler, compiler)]
    check(command, hosted(), *X86[name])
    check(command, traced(), *X86[name], "-DEG_TRACE")
    for arithmetic, model in itertools.product(ARITHMETICS, RECURRENT):
        flags = ("-fsyntax-only", f"-DEG_ARITHMETIC_{arithmetic.upper()}", *X86[name])
        compile_all(command, recurrent(model), *flags, model=model)
    check_whole_window(command, *X86[name])
    for model in ("wide-odd", "wide-recurrent"):
        flags = ("-fsyntax-only", "-DEG_ARITHMETIC_FLOAT32", *X86[name])
        compile_all(command, sorted((project(model) / "src").glob("*.c")), *flags, model=model)


@pytest.mark.slow
@pytest.mark.parametrize("board", PROCESSORS)
def test_no_warning_for_any_board_from_gcc(board: str) -> None:
    target = PROCESSORS[board]
    sources, flags = options(target)
    command = [program(target.compiler, target.compiler_package)]
    check(command, sources, *flags)
    check_whole_window(command, *flags)


@pytest.mark.slow
@pytest.mark.parametrize("board", PROCESSORS)
def test_no_warning_for_any_board_from_clang(board: str) -> None:
    sources, flags = options(PROCESSORS[board])
    check(clang_for(PROCESSORS[board]), sources, *flags)
    check_whole_window(clang_for(PROCESSORS[board]), *flags)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("board", PROCESSORS)
def test_kernels_compile_at_every_level_of_optimization(board: str, compiler: str, tmp_path: Path) -> None:
    """And with a frame pointer, for which assembly leaves a register."""
    target = PROCESSORS[board]
    _, flags = options(target)
    command = clang_for(target) if compiler == "clang" else [program(target.compiler, target.compiler_package)]
    for model, level in itertools.product(("odd", "lstm", "wide-odd"), ("-O0", "-Og", "-Os", "-O2")):
        for pattern, ours in (("*.c", ("-fno-omit-frame-pointer",)), ("*.S", ("-Wno-unused-command-line-argument",))):
            files = sorted((project(model) / "src").glob(pattern))
            sources = [path for path in files if path.stem.endswith(INSTRUCTION_SETS)]
            compiled = ("-c", level, "-DEG_ARITHMETIC_Q31", *ours, *flags)
            compile_all(command, sources, *compiled, folder=tmp_path, model=model)


@pytest.mark.parametrize("flag", ["-funsigned-char", "-fsigned-char"])
def test_the_signedness_of_char_changes_nothing(flag: str) -> None:
    features = random_features(random_integer_network("odd"), 1, seed=9)[0]
    built = build("odd", "replay", "q31", flag, sanitized=False)
    found = replay(built, 5, script("clip", [features]))
    assert found == expected("odd", "q31", "clip", [features])
