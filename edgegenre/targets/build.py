"""A firmware folder becomes a program for one processor; what is in the program, and what it makes of its input."""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edgegenre.errors import ExportError
from edgegenre.integer.requantize import Arithmetic
from edgegenre.rooms import room
from edgegenre.runtime.compile_c import arithmetic_flag, compile_c, find_compiler
from edgegenre.runtime.objects import objects
from edgegenre.targets.cores import Processor

_BARE = ("-ffreestanding", "-fbuiltin", "-nostdlib", "-nostartfiles")
_WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")


def build(
    project: Path,
    target: Processor,
    arithmetic: Arithmetic,
    program: Path,
    flags: tuple[str, ...] = (),
    mains: tuple[str, ...] = ("ports/run.c",),
) -> None:
    """Compile the firmware folder `project` for `target`, with the files `mains` of firmware_export.

    Raises ExportError when that fails.
    """
    compiler = find_compiler([target.compiler], target.compiler_package)
    ports = room("firmware_export") / "ports"
    port = ports / target.port
    sources = [*sorted((project / "src").glob("*.[cS]")), *(ports.parent / main for main in mains)]
    sources += sorted(port.glob("*.c"))
    if target.bare:
        sources += sorted((ports / "bare").glob("*.c"))
    options: list[str | Path] = ["-std=c99", "-O3", "-ffp-contract=off", *_WARNINGS, *target.options]
    options += [arithmetic_flag(arithmetic), *flags]
    include: list[str | Path] = ["-I", project / "include", "-I", project / "src", "-I", ports]
    libraries: list[str | Path] = []
    if target.script is not None:
        # Copies must not be turned into calls of the very function that makes them.
        options += [*_BARE, "-fno-tree-loop-distribute-patterns", "-ffunction-sections", "-fdata-sections"]
        include += ["-I", ports / "bare", "-I", ports / "bare" / "include"]
        libraries = ["-Wl,--gc-sections", "-L", ports / "bare", "-T", port / target.script, "-lgcc"]
    with tempfile.TemporaryDirectory(prefix="edgegenre-objects-") as folder:
        made = objects(compiler, [*options, *include], sources, Path(folder))
        compile_c(compiler, [*options, *made, "-o", program, *libraries])


def run_program(command: list[str], data: bytes, target: Processor, folder: Path) -> bytes:
    """What the program of `command` makes of `data`; `folder` is where it works.

    Raises ExportError when it fails.
    """
    (folder / "input.bin").write_bytes(data if target.bare else b"")
    done = subprocess.run(  # noqa: S603  an emulator, no shell
        command, input=b"" if target.bare else data, capture_output=True, cwd=folder, check=False
    )
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip() or f"status {done.returncode}"
        raise ExportError(f"{target.name}: the emulated program failed ({message.splitlines()[-1]}).")
    return (folder / "output.bin").read_bytes() if target.bare else done.stdout


@dataclass(frozen=True, kw_only=True)
class Symbol:
    """One of a program's symbols: nm's letter for its section ("t" code, "r" tables, "b" memory), the C file's stem."""

    name: str
    kind: str
    address: int
    bytes: int
    file: str


def symbols(program: Path, target: Processor) -> list[Symbol]:
    """The symbols of an ELF program that have a size; files are known where it was compiled with line numbers."""
    tool = find_compiler([target.compiler.replace("gcc", "nm")], target.compiler_package)
    command: list[str | Path] = [tool, "--defined-only", "--print-size", "--line-numbers", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    found = []
    for line in done.stdout.splitlines():
        symbol, _, place = line.partition("\t")
        parts, stem = symbol.split(), Path(place.rsplit(":", 1)[0]).stem
        if len(parts) == 4:
            address, size, kind, name = parts
            found.append(Symbol(name=name, kind=kind.lower(), address=int(address, 16), bytes=int(size, 16), file=stem))
    return found


def program_sizes(program: Path, target: Processor) -> tuple[int, int]:
    """Bytes of RAM (.data, .bss) and of flash (everything that is loaded) of an ELF program."""
    tool = find_compiler([target.compiler.replace("gcc", "size")], target.compiler_package)
    done = subprocess.run([tool, program], capture_output=True, text=True, check=True)  # noqa: S603
    text, data, bss = map(int, done.stdout.splitlines()[1].split()[:3])
    return data + bss, text + data
