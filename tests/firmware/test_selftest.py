"""eg_selftest says "same bytes" on every core, and never when a bit of a table is not what it was."""

import subprocess
from pathlib import Path

import pytest

from edgegenre.errors import ExportError
from edgegenre.export.c.selftest import golden_source
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.rooms import room
from edgegenre.targets.build import build, run_program
from edgegenre.targets.cores import PROCESSORS
from tests.firmware.builds import WARNINGS, frontend, project
from tests.firmware.test_emulated import needs
from tests.networks import random_integer_network
from tests.support import program

MODELS = ("odd", "recurrent", "lstm", "wide-odd", "plain", "flat", "bands", "summary")


def finding(name: str, board: str, arithmetic: Arithmetic, folder: Path, *flags: str) -> str:
    target = PROCESSORS[board]
    build(project(name), target, arithmetic, folder / "program", flags, mains=("selftest/device.c",))
    command = [part.format(program=folder / "program") for part in target.emulator]
    return run_program(command, b"", target, folder).decode()


@pytest.mark.parametrize("board", PROCESSORS)
def test_every_core_has_the_same_bytes(board: str, tmp_path: Path) -> None:
    needs(board)
    assert finding("odd", board, PROCESSORS[board].arithmetic, tmp_path) == "same bytes"


FLOAT32 = "-DEG_FRONTEND_FLOAT32"
FLAGS = ["-DEG_CLIP_ONLY", "-DEG_PORTABLE", FLOAT32]


@pytest.mark.slow
@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("board", ["mps2-an386", "rv32imafc", "cortex-a76"])
def test_every_build_has_the_same_bytes(
    board: str, name: str, arithmetic: Arithmetic, flag: str, tmp_path: Path
) -> None:
    needs(board)
    if flag == FLOAT32 and name in ("bands", "summary"):
        with pytest.raises(ExportError, match="has no float32 form"):
            finding(name, board, arithmetic, tmp_path, flag)
        return
    assert finding(name, board, arithmetic, tmp_path, flag) == "same bytes"


SECTIONS = ('-DEG_TABLE_SECTION=".eg_tables"', '-DEG_FAST_SECTION=".eg_fast"')


@pytest.mark.parametrize("name", ["odd", "recurrent", "wide-odd"])
@pytest.mark.parametrize("board", ["m0plus", "rv32imc"])
def test_tables_and_loops_go_where_a_linker_script_wants_them(board: str, name: str, tmp_path: Path) -> None:
    """qemu's boards place sections that no script names behind the others."""
    needs(board)
    assert finding(name, board, "q31", tmp_path, *SECTIONS) == "same bytes"
    tool = program(PROCESSORS[board].compiler.replace("gcc", "objdump"), PROCESSORS[board].compiler_package)
    command = [tool, "--syms", tmp_path / "program"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    sections = {line.split()[-1]: line.split()[-3] for line in lines if len(line.split()) > 4}
    tables = {symbol for symbol, section in sections.items() if section == ".eg_tables"}
    assert {"row0_weights", "row0_bias", "row0_multipliers", "window", "dct", "offset"} <= tables
    fast = {symbol for symbol, section in sections.items() if section == ".eg_fast"}
    wanted = {"eg_fft_1600", "eg_gather", "eg_matmul_wide" if name == "wide-odd" else "eg_matmul"}
    assert wanted <= fast
    assert ("eg_gate_products" in fast) == (name == "recurrent")


def flip(name: str, arithmetic: Arithmetic, folder: Path, step: int) -> int:
    """How many bits were flipped; fails when one went unnoticed."""
    compiler, source = program("gcc", "gcc"), project(name) / "src"
    flags = [*WARNINGS, "-O2", f"-DEG_ARITHMETIC_{arithmetic.upper()}", "-I", project(name) / "include", "-I", source]
    tables, target = folder / "tables.o", folder / "flip"
    subprocess.run([compiler, *flags, "-w", "-Dconst=", "-c", source / "eg_model.c", "-o", tables], check=True)
    others = [path for path in sorted(source.glob("*.c")) if path.name != "eg_model.c"]
    main = room("firmware_export") / "selftest" / "flip.c"
    subprocess.run([compiler, *flags, "-no-pie", *others, main, tables, "-o", target], check=True)
    arrays = {line.split()[-1] for line in symbols(tables) if not line.split()[-1].startswith("eg_")}
    arrays |= {"eg_sigmoid_table"} & {line.split()[-1] for line in symbols(tables)}
    ranges = [line.split() for line in symbols(target) if line.split()[-1] in arrays]
    assert len(ranges) >= 20
    text = "".join(f"{address} {int(size, 16)}\n" for address, size, _, _ in ranges)
    done = subprocess.run([target, str(step)], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    return int(done.stdout.split()[0])


def symbols(path: Path) -> list[str]:
    """Of data: address, size, kind and name each."""
    done = subprocess.run([program("nm", "binutils"), "--print-size", path], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if len(line.split()) == 4 and line.split()[2].lower() == "d"]


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", ["odd", "recurrent", "wide-odd", "bands", "summary"])
def test_a_flipped_bit_in_any_table_is_noticed(name: str, arithmetic: Arithmetic, tmp_path: Path) -> None:
    assert flip(name, arithmetic, tmp_path, 97) > 300


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_flipped_bit_of_a_model_is_noticed(tmp_path: Path) -> None:
    assert flip("odd", "q31", tmp_path, 1) > 100_000


@pytest.mark.parametrize(
    ("table", "said"),
    [("eg_golden_features", "features differ"), ("eg_golden_logits", "logits differ"), ("row0_bias", "tables differ")],
)
def test_what_differs_is_told(table: str, said: str, tmp_path: Path) -> None:
    """The golden bytes of another model stand for a compiler that computes something else."""
    text = (project("odd") / "src" / "eg_model.c").read_text(encoding="utf-8")
    start = text.index("{", text.index(f" {table}["))
    digit = next(index for index in range(start, len(text)) if text[index].isdigit())
    changed = text[:digit] + ("1" if text[digit] != "1" else "2") + text[digit + 1 :]
    (tmp_path / "eg_model.c").write_text(changed, encoding="utf-8")
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include "eg_selftest.h"\nstatic eg_context context;\n'
        "int main(void) { puts(eg_selftest_text(eg_selftest(&context))); return 0; }\n"
    )
    source = project("odd") / "src"
    others = [path for path in sorted(source.glob("*.c")) if path.name != "eg_model.c"]
    flags = ["-O1", "-ffp-contract=off", "-DEG_ARITHMETIC_Q31", "-I", project("odd") / "include", "-I", source]
    files = [*others, tmp_path / "eg_model.c", tmp_path / "main.c"]
    subprocess.run([program("gcc", "gcc"), *flags, *files, "-o", tmp_path / "main"], check=True)
    done = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
    assert done.stdout == f"{said}\n"


@pytest.mark.parametrize(
    "line",
    [
        "static const double row0_extra[1] EG_TABLE = {",
        "const eg_word row0_extra = 1;",
        "static const int8_t a[2] EG_TABLE = {\n    X(1),\n};",
    ],
)
def test_a_table_that_cannot_be_checked_is_an_error(line: str) -> None:
    with pytest.raises(ExportError, match="eg_selftest"):
        golden_source(f"{line}\n", random_integer_network("odd"), frontend())
