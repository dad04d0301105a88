"""What each build system hands the compiler: the arithmetic that was chosen, and flags that a program cannot undo."""

import json
import shlex
from pathlib import Path

import pytest

from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.rooms import room
from tests.firmware.builds import project
from tests.firmware.packages import ESP_IDF, ZEPHYR, configure, run
from tests.support import program

# The flags of a program that wants the opposite of what the library needs.
AGAINST = "-DCMAKE_C_FLAGS=-fno-omit-frame-pointer -ffp-contract=fast"
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
    assert len(library) == len(list((project("odd") / "src").glob("*.c")))
    return library, program


def definitions(words: list[str]) -> set[str]:
    """The choices a command makes."""
    return {word.removeprefix("-D") for word in words if word.startswith("-DEG_")}


def check(library: list[list[str]], expected: set[str]) -> None:
    """Each file with those choices; of flags that contradict each other the last one counts."""
    for words in library:
        assert definitions(words) == expected
        assert [word for word in words if word.startswith("-ffp-contract=")][-1] == "-ffp-contract=off"
        assert [word for word in words if word.endswith("omit-frame-pointer")][-1] == "-fomit-frame-pointer"


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
    assert "-fomit-frame-pointer" not in main
    options += ["-DEG_PORTABLE=ON", "-DEG_CLIP_ONLY=ON", "-DEG_FRONTEND=float32"]
    library, main = configured(tmp_path / "all", package, "edgegenre", *options)
    check(library, {DEFINITIONS[arithmetic], "EG_PORTABLE", *CHOICES})
    # What the size of the context depends on.
    assert definitions(main) >= {"EG_PORTABLE", "EG_CLIP_ONLY"}


def test_cmake_requantizes_in_float32_unless_told_otherwise(tmp_path: Path) -> None:
    library, _ = configured(tmp_path, f"add_subdirectory({project('odd')} library)\n", "edgegenre")
    check(library, {"EG_ARITHMETIC_FLOAT32"})


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
    """At -Os GCC has no register left for the assembly of the matrix products when it keeps one for the frame."""
    compiler, headers = program("arm-none-eabi-gcc", "gcc-arm-none-eabi"), room("firmware_export") / "ports/bare"
    flags = f"-mcpu=cortex-m4 -mthumb -ffreestanding -Os -fno-omit-frame-pointer -I{headers / 'include'}"
    options = ["-DCMAKE_SYSTEM_NAME=Generic", "-DCMAKE_SYSTEM_PROCESSOR=arm", f"-DCMAKE_C_COMPILER={compiler}"]
    options += ["-DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY", "-DCMAKE_BUILD_TYPE=MinSizeRel"]
    options += ["-DEG_ARITHMETIC=q31", f"-DCMAKE_C_FLAGS={flags}"]
    cmake = program("cmake", "cmake")
    run(cmake, "-S", project("wide-odd"), "-B", tmp_path, *options)
    run(cmake, "--build", tmp_path)
