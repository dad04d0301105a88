"""What edgegenre.h promises of its calls, and which builds refuse to be made because their results would differ."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.export.c.project import write_firmware
from edgegenre.integer.reference import run
from edgegenre.rooms import room
from edgegenre.targets.cores import PROCESSORS
from tests.firmware.builds import SANITIZERS, WARNINGS, frontend, project, scratch
from tests.firmware.kernels import build_kernels, check, seeded_cases
from tests.firmware.test_emulated import needs
from tests.firmware.test_recurrent import check_steps
from tests.firmware.variants import VARIANTS, native
from tests.networks import random_features, random_integer_network
from tests.support import program

# A context between two guards; the mode comes as a number. Prints the answer and whether a byte of any of it changed.
INIT = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "edgegenre.h"

static struct {
    unsigned char before[64];
    eg_context context;
    unsigned char after[1 << 20];
} memory;

int main(int argc, char **argv) {
    memset(&memory, 0x5A, sizeof memory);
    const int answer = eg_init(&memory.context, (eg_mode_t)atoi(argv[argc - 1]));
    int touched = 0;
    for (size_t i = 0; i < sizeof memory; i++) {
        touched |= ((const unsigned char *)&memory)[i] != 0x5A;
    }
    printf("%d %d", answer, touched);
    return 0;
}
"""
# A clip in a context at every address that suits an int32_t, halfway moved to the next one.
MOVED = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "edgegenre.h"

static int8_t rows[EG_WINDOW_FRAMES][EG_FEATURES];

int main(void) {
    int16_t logits[EG_CLASSES];
    unsigned char *memory = aligned_alloc(64, (sizeof(eg_context) + 191) / 64 * 64);
    if (memory == NULL || fread(rows, sizeof rows, 1, stdin) != 1) {
        return 2;
    }
    for (size_t offset = 0; offset < 64; offset += sizeof(int32_t)) {
        eg_context *context = (void *)(memory + offset);
        if (eg_init(context, EG_CLIP) != 0) {
            return 3;
        }
        for (int row = 0; row < EG_WINDOW_FRAMES; row++) {
            if (row == EG_WINDOW_FRAMES / 2) {
                context = memmove(memory + offset + sizeof(int32_t), context, sizeof *context);
            }
            eg_push_features(context, rows[row]);
            while (eg_step(context)) {
            }
        }
        if (eg_result(context, logits) != EG_COMPLETE) {
            return 4;
        }
        fwrite(logits, sizeof logits, 1, stdout);
    }
    free(memory);
    return 0;
}
"""
BARE = ("-ffreestanding", f"-I{room('firmware_export') / 'ports/bare/include'}")
FLOAT32, Q31 = "-DEG_ARITHMETIC_FLOAT32", "-DEG_ARITHMETIC_Q31"
X87 = "-mfpmath=387"
REASSOCIATED = ("-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math")
HELIUM = ("-mthumb", "-mcpu=cortex-m55+nofp", "-mfloat-abi=hard")


def library(scratch: Path, *flags: str, folder: Path | None = None) -> Path:
    """The runtime of "odd", or of the firmware folder `folder`, compiled with `flags`."""
    folder = folder or project("odd")
    sources = sorted((folder / "src").glob("*.c"))
    command = [program("gcc", "gcc"), "-c", *flags, "-I", folder / "include", "-I", folder / "src"]
    subprocess.run([*command, *sources], check=True, cwd=scratch)
    archive = scratch / "library.a"
    subprocess.run([program("ar", "binutils"), "rcs", archive, *sorted(scratch.glob("*.o"))], check=True)
    return archive


def answer(archive: Path, mode: int, model: str, *flags: str, include: Path | None = None) -> str:
    """What eg_init says to a program that includes `model`'s header, or those in `include`, with `flags`."""
    source, target = archive.parent / "init.c", archive.parent / "init"
    source.write_text(INIT)
    command = [program("gcc", "gcc"), *WARNINGS, *flags, "-I", include or project(model) / "include", source, archive]
    subprocess.run([*command, "-o", target], check=True)
    return subprocess.run([target, str(mode)], capture_output=True, text=True, check=True).stdout


def test_a_program_that_includes_the_headers_with_other_options_is_refused(tmp_path: Path) -> None:
    """Its context would be too small: nothing of it is written."""
    native("avx2")
    archive = library(tmp_path, "-mavx2")
    assert answer(archive, 0, "odd", "-mavx2") == "0 1"
    assert answer(archive, 1, "odd", "-mavx2") == "0 1"
    assert answer(archive, 0, "odd") == "-1 0"
    assert answer(archive, 0, "odd", "-mavx2", "-DEG_PORTABLE") == "-1 0"
    assert answer(archive, 0, "odd", "-mavx2", "-DEG_CLIP_ONLY") == "-1 0"
    assert answer(archive, 0, "plain", "-mavx2") == "-1 0"


def test_a_program_of_another_model_of_the_same_shape_is_refused(tmp_path: Path) -> None:
    archive, folder = library(tmp_path), tmp_path / "firmware"
    write_firmware(random_integer_network("odd"), frontend(), ("blues", "rock", "jazz", "pop", "disco"), folder)
    assert answer(archive, 0, "odd") == "0 1"
    assert answer(archive, 0, "odd", include=folder / "include") == "-1 0"


def test_tables_of_another_model_than_the_library_s_header_are_refused(tmp_path: Path) -> None:
    """Only one of the two generated files was replaced."""
    folder, other = tmp_path / "firmware", tmp_path / "other"
    for path, labels in ((folder, ("a", "b", "c", "d", "e")), (other, ("f", "g", "h", "i", "j"))):
        write_firmware(random_integer_network("odd"), frontend(), labels, path)
    (other / "src" / "eg_model.c").replace(folder / "src" / "eg_model.c")
    assert answer(library(tmp_path, folder=folder), 0, "odd", include=folder / "include") == "-1 0"


def test_contracted_floating_point_is_refused_at_the_start_and_q31_has_none(tmp_path: Path) -> None:
    """What a compiler's own dialect does where the processor multiplies and adds in one instruction."""
    if "fma" not in Path("/proc/cpuinfo").read_text().split():
        pytest.skip("this processor has no fma")
    contracted = ("-std=gnu11", "-O2", "-mfma", "-DEG_PORTABLE")
    for name, flags, wanted in (
        ("contracted", contracted, "-1 0"),
        ("exact", (*contracted, "-ffp-contract=off"), "0 1"),
        ("integers", (*contracted, Q31), "0 1"),
    ):
        (tmp_path / name).mkdir()
        assert answer(library(tmp_path / name, *flags), 0, "odd", "-DEG_PORTABLE") == wanted


def test_a_mode_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    archive = library(tmp_path)
    for mode in (2, 3, 255):
        assert answer(archive, mode, "odd") == "-1 0"


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_context_may_lie_anywhere_and_be_moved(variant: str, tmp_path: Path) -> None:
    native(variant)
    network, source = random_integer_network("odd"), tmp_path / "moved.c"
    source.write_text(MOVED)
    features = random_features(network, 1, seed=6)
    folder = project("odd")
    flags = ["-std=c11", *WARNINGS[1:], *SANITIZERS, *VARIANTS[variant][0], FLOAT32]
    include = ["-I", folder / "include", "-I", folder / "src"]
    command = [program("gcc", "gcc"), *flags, *include, source, *sorted((folder / "src").glob("*.c"))]
    subprocess.run([*command, "-o", tmp_path / "moved"], check=True)
    done = subprocess.run([tmp_path / "moved"], input=features.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    found = np.frombuffer(done.stdout, "<i2").reshape(16, -1)
    np.testing.assert_array_equal(found, np.repeat(run(network, features), 16, axis=0))


def compiler_called(name: str) -> str:
    return program(name, "gcc-arm-none-eabi" if name == "arm-none-eabi-gcc" else name)


def complaint(header: str, command: list[str]) -> str:
    """What the compiler says to a file that includes `header`; empty when it takes it."""
    source = scratch() / f"{header}.c"
    source.write_text(f'#include "{header}"\nextern int something;\n')
    include = ["-I", project("odd") / "include", "-I", project("odd") / "src"]
    return subprocess.run([*command, "-fsyntax-only", *include, source], capture_output=True, text=True).stderr


@pytest.mark.parametrize(
    ("compiler", "flags", "word"),
    [
        ("gcc", (FLOAT32, X87), "EG_ARITHMETIC_Q31"),
        ("gcc", (X87,), "EG_ARITHMETIC_Q31"),
        ("clang", (FLOAT32, "--target=i386-linux-gnu", *BARE), "-msse2 -mfpmath=sse"),
        ("gcc", (FLOAT32, *REASSOCIATED), "-fassociative-math"),
        ("gcc", (FLOAT32, "-funsafe-math-optimizations"), "-funsafe-math-optimizations"),
        ("gcc", (Q31, "-ffast-math"), "-ffast-math"),
        ("clang", (Q31, "--target=mips-linux-gnu", *BARE), "EG_PORTABLE"),
        ("clang", (FLOAT32, "--target=powerpc64-linux-gnu", *BARE), "EG_PORTABLE"),
        ("arm-none-eabi-gcc", (FLOAT32, *HELIUM, *BARE), "EG_ARITHMETIC_Q31"),
    ],
)
def test_what_would_change_results_is_refused_with_a_reason(compiler: str, flags: tuple[str, ...], word: str) -> None:
    found = complaint("eg_layers.h", [compiler_called(compiler), *flags])
    (sentence,) = (line for line in found.splitlines() if "error: " in line)
    assert word in sentence


@pytest.mark.parametrize(
    ("compiler", "flags"),
    [
        ("gcc", (Q31, X87)),
        ("gcc", (Q31, *REASSOCIATED)),
        ("gcc", (FLOAT32, "-mavx512fp16")),
        ("clang", (FLOAT32, "--target=i386-linux-gnu", "-msse2", "-mfpmath=sse", *BARE)),
        ("arm-none-eabi-gcc", (Q31, *HELIUM, *BARE)),
        ("arm-none-eabi-gcc", (*HELIUM, *BARE)),
        ("clang", (Q31, "--target=mips-linux-gnu", "-DEG_PORTABLE", *BARE)),
        ("arm-none-eabi-gcc", (FLOAT32, "-DEG_PORTABLE", *HELIUM, *BARE)),
        ("arm-none-eabi-gcc", ("-mthumb", "-mcpu=cortex-m3", *BARE)),
    ],
)
def test_what_does_not_change_results_is_taken(compiler: str, flags: tuple[str, ...]) -> None:
    assert complaint("eg_layers.h", [compiler_called(compiler), *flags]) == ""


def test_a_program_may_compile_its_own_files_with_fast_math() -> None:
    assert complaint("edgegenre.h", [program("gcc", "gcc"), "-ffast-math"]) == ""


@pytest.mark.parametrize("model", ["odd", "lstm", "wide-odd", "bands", "summary"])
def test_a_compiler_without_gnu_extensions_gets_c99(model: str) -> None:
    """As one that does not say it is GCC and stumbles over attributes; the headers of a system would hide them."""
    folder = project(model)
    flags = ["-std=c99", "-pedantic-errors", "-Wall", "-Werror", "-U__GNUC__", "-D__attribute__(x)=no C99", *BARE]
    flags.append("--target=arm-none-eabi")
    include = ["-I", folder / "include", "-I", folder / "src"]
    command = [program("clang", "clang"), "-fsyntax-only", *flags, *include, *sorted((folder / "src").glob("*.c"))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("board", ["mps2-an386", "m0plus"])
def test_without_assembly_a_frame_pointer_costs_instructions_but_no_byte(board: str) -> None:
    needs(board)
    flags = ("-DEG_NO_ASSEMBLY", "-fno-omit-frame-pointer", "-msingle-pic-base")
    target = PROCESSORS[board]
    check(seeded_cases(48), build_kernels(target, target.arithmetic, *flags), target, target.arithmetic)
    check_steps("gru,33,5", target, 40, *flags)
