"""What each build system hands the compiler: the arithmetic that was chosen, and flags that a program cannot undo."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.rooms import room
from tests.firmware.builds import project
from tests.firmware.packages import ESP_IDF, ZEPHYR, configure, run
from tests.support import program

# The flags of a program that wants the opposite of what the library needs.
AGAINST = "-DCMAKE_C_FLAGS=-ffp-contract=fast"
DEFINITIONS = {"float32": "EG_ARITHMETIC_FLOAT32", "q31": "EG_ARITHMETIC_Q31"}
CHOICES = {"EG_FRONTEND_FLOAT32", "EG_CLIP_ONLY"}
COMPILERS = (("gcc", "gcc"), ("clang", "clang"))


def compiled(build: Path) -> tuple[list[list[str]], list[str]]:
    """The commands of the library's files and that of the consumer's, as the database of the build folder has them."""
    library, program = [], []
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        words = shlex.split(entry["command"])
        if Path(entry["file"]).parent == project("odd") / "src":
            library.append(words)
        else:
            program += words
    compiled_files = {Path(words[-1]).name for words in library}
    assert compiled_files >= {path.name for path in (project("odd") / "src").glob("*.c")}
    return library, program


def definitions(words: list[str]) -> set[str]:
    """The choices a command makes."""
    return {word.removeprefix("-D") for word in words if word.startswith("-DEG_")}


def check(library: list[list[str]], expected: set[str]) -> None:
    """Each file with those choices; of flags that contradict each other the last one counts."""
    for words in library:
        assert definitions(words) == expected
        assert [word for word in words if word.startswith("-ffp-contract=")][-1] == "-ffp-contract=off"


def configured(scratch: Path, package: str, libraries: str, *options: str) -> tuple[list[list[str]], list[str]]:
    return compiled(configure(scratch, package, libraries, AGAINST, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options))


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize(("compiler", "debian"), COMPILERS)
def test_cmake(arithmetic: Arithmetic, compiler: str, debian: str, tmp_path: Path) -> None:
    package = f"add_subdirectory({project('odd')} library)\n"
    options = [f"-DCMAKE_C_COMPILER={program(compiler, debian)}", f"-DEG_ARITHMETIC={arithmetic}"]
    library, main = configured(tmp_path / "plain", package, "edgegenre", *options)
    check(library, {DEFINITIONS[arithmetic]})
    assert definitions(main) == {DEFINITIONS[arithmetic]}
    options += ["-DEG_PORTABLE=ON", "-DEG_CLIP_ONLY=ON", "-DEG_FRONTEND=float32"]
    library, main = configured(tmp_path / "all", package, "edgegenre", *options)
    check(library, {DEFINITIONS[arithmetic], "EG_PORTABLE", *CHOICES})
    # What the size of the context depends on.
    assert definitions(main) >= {"EG_PORTABLE", "EG_CLIP_ONLY"}


def test_cmake_leaves_the_arithmetic_to_the_processor_unless_told_otherwise(tmp_path: Path) -> None:
    library, main = configured(tmp_path, f"add_subdirectory({project('odd')} library)\n", "edgegenre")
    check(library, set())
    assert definitions(main) == set()


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize(
    ("system", "folder", "libraries"),
    [(ESP_IDF, "", "__idf_edgegenre"), (ZEPHYR, "zephyr", "edgegenre zephyr_interface")],
    ids=["esp-idf", "zephyr"],
)
def test_kconfig(arithmetic: Arithmetic, system: str, folder: str, libraries: str, tmp_path: Path) -> None:
    package = f"{system}\nadd_subdirectory({project('odd') / folder} component)\n"
    if arithmetic == "float32":
        package = f"set(CONFIG_EDGEGENRE_FLOAT32 y)\n{package}"
    library, main = configured(tmp_path / "plain", package, libraries)
    check(library, {DEFINITIONS[arithmetic]})
    assert definitions(main) == set()
    choices = "set(CONFIG_EDGEGENRE_FRONTEND_FLOAT32 y)\nset(CONFIG_EDGEGENRE_CLIP_ONLY y)\n"
    library, main = configured(tmp_path / "all", choices + package, libraries)
    check(library, {DEFINITIONS[arithmetic], *CHOICES})
    assert definitions(main) == {"EG_CLIP_ONLY"}


def test_the_cmake_package_builds_for_a_cortex_m4_whose_programs_keep_frame_pointers(tmp_path: Path) -> None:
    """The flags that name the processor are those of C alone: the files of assembly need them too."""
    compiler, headers = program("arm-none-eabi-gcc", "gcc-arm-none-eabi"), room("firmware_export") / "ports/bare"
    flags = f"-mcpu=cortex-m4 -mthumb -ffreestanding -Os -fno-omit-frame-pointer -I{headers / 'include'}"
    options = ["-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_SYSTEM_PROCESSOR=arm", f"-DCMAKE_C_COMPILER={compiler}"]
    options += ["-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY", "-DCMAKE_BUILD_TYPE=MinSizeRel"]
    options += ["-DEG_ARITHMETIC=q31", f"-DCMAKE_C_FLAGS={flags}"]
    cmake, nm = program("cmake", "cmake"), program("arm-none-eabi-nm", "gcc-arm-none-eabi")
    for model in ("odd", "wide-odd"):
        build = tmp_path / model
        run(cmake, "-S", project(model), "-B", build, *options)
        run(cmake, "--build", build)
        symbols = subprocess.run([nm, build / "libedgegenre.a"], capture_output=True, text=True, check=True).stdout
        names = {line.split()[-1]: line.split()[-2] for line in symbols.splitlines() if line.endswith("_positions_q31")}
        assert names == {"eg_six_positions_q31": "T", "eg_three_positions_q31": "T"}


# Compiler, flags, and what edgegenre requantizes in there.
ARITHMETIC_OF_CORES: list[tuple[str, str, tuple[str, ...], Arithmetic]] = [
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", ("-mcpu=cortex-m0plus",), "q31"),
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", ("-mcpu=cortex-m3",), "q31"),
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", ("-mcpu=cortex-m4", "-mfloat-abi=soft"), "q31"),
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", ("-mcpu=cortex-m4", "-mfloat-abi=softfp"), "float32"),
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", ("-mcpu=cortex-m7", "-mfloat-abi=hard"), "float32"),
    ("arm-none-eabi-gcc", "gcc-arm-none-eabi", ("-mcpu=cortex-m55+nofp", "-mfloat-abi=hard"), "q31"),
    ("clang", "clang", ("--target=arm-none-eabi", "-mcpu=cortex-m3"), "q31"),
    ("clang", "clang", ("--target=riscv32", "-march=rv32imac"), "q31"),
    ("clang", "clang", ("--target=riscv32", "-march=rv32imafc", "-mabi=ilp32f"), "float32"),
    ("clang", "clang", ("--target=mips-linux-gnu", "-msoft-float"), "q31"),
    ("gcc", "gcc", (), "float32"),
]


@pytest.mark.parametrize(("compiler", "debian", "flags", "arithmetic"), ARITHMETIC_OF_CORES)
def test_q31_is_taken_where_there_is_no_floating_point_unit(
    compiler: str, debian: str, flags: tuple[str, ...], arithmetic: Arithmetic
) -> None:
    header = project("odd") / "include" / "eg_config.h"
    for choice, wanted in ((None, arithmetic), ("float32", "float32"), ("q31", "q31")):
        define = () if choice is None else (f"-D{DEFINITIONS[choice]}",)
        command = [program(compiler, debian), *flags, *define, "-ffreestanding", "-dM", "-E", "-x", "c", header]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        chosen = {line.split()[1] for line in done.stdout.splitlines() if "EG_ARITHMETIC" in line}
        assert (DEFINITIONS["q31"] in chosen) == (wanted == "q31")
