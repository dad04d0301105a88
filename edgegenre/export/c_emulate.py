"""A clip through the C runtime on an emulated processor: logits, instructions, memory.

Instructions are counted exactly by our own plugin; they are not cycles, and nothing here is a time.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.c_compile import arithmetic_flag, compile_c, find_compiler, host_compiler
from edgegenre.export.c_plan import stack
from edgegenre.export.c_project import write_firmware
from edgegenre.export.c_targets import Target
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.tensors import IntegerNetwork
from edgegenre.rooms import room

_BARE = ("-ffreestanding", "-fbuiltin", "-nostdlib", "-nostartfiles")
_WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")


@dataclass(frozen=True, kw_only=True)
class Emulated:
    """What one clip cost.

    status: 2 when the whole window was heard. instructions: by row layer and "front end", summed over the clip; one
    more entry a key of `slices`, how often it worked. max_slice: of one eg_step. ram_bytes: .data and .bss, the context
    among them (context_bytes). flash_bytes: code, tables and initial data. stack_bytes: 0 where not measured.
    """

    target: Target
    arithmetic: Arithmetic
    status: int
    logits: np.ndarray
    instructions: dict[str, int]
    slices: dict[str, int]
    max_slice: int
    context_bytes: int
    ram_bytes: int
    flash_bytes: int
    stack_bytes: int

    @property
    def network_instructions(self) -> int:
        """All instructions of the network for the clip."""
        return sum(count for name, count in self.instructions.items() if name != "front end")

    @property
    def frontend_instructions(self) -> int:
        """Instructions of the front end for one frame; 0 without a front end."""
        return self.instructions.get("front end", 0) // max(1, self.slices.get("front end", 0))


def emulate(
    network: IntegerNetwork,
    frontend: IntegerFrontend | None,
    clip: np.ndarray,
    target: Target,
    *,
    arithmetic: Arithmetic | None = None,
    flags: tuple[str, ...] = ("-DEG_CLIP_ONLY",),
) -> Emulated:
    """Build the runtime for `target`, run one clip, count.

    clip: int16 PCM [samples], or int8 features [rows, coefficients] when `frontend` is None.
    Raises ExportError when a compiler or emulator is missing (with the package that has it) or the run fails.
    """
    arithmetic = arithmetic or target.arithmetic
    labels = tuple(str(index) for index in range(network.network.classes))
    emulator = find_compiler([target.emulator[0]], target.emulator_package)
    with tempfile.TemporaryDirectory(prefix="edgegenre-emulate-") as name:
        folder = Path(name)
        project = folder / "firmware"
        write_firmware(network, frontend, labels, project)
        program = folder / "program"
        build(project, target, arithmetic, program, flags)
        plugin = _plugin(folder)
        counts = folder / "counts.txt"
        command = [emulator, "-plugin", f"{plugin},out={counts}", *target.emulator[1:]]
        output = _run([part.format(program=program) for part in command], clip, target, folder)
        data, text = program_sizes(program, target)
        return _result(network, output, counts, target, arithmetic, ram_bytes=data, flash_bytes=text)


def build(project: Path, target: Target, arithmetic: Arithmetic, program: Path, flags: tuple[str, ...] = ()) -> None:
    """Compile the firmware folder `project` with ports/run.c for `target`. Raises ExportError when that fails."""
    compiler = find_compiler([target.compiler], target.compiler_package)
    ports = room("firmware_export") / "ports"
    port = ports / target.port
    sources = [*sorted((project / "src").glob("*.c")), ports / "run.c", *sorted(port.glob("*.c"))]
    options: list[str | Path] = ["-std=c99", "-O3", "-ffp-contract=off", *_WARNINGS, *target.options]
    options += [arithmetic_flag(arithmetic), *flags]
    include: list[str | Path] = ["-I", project / "include", "-I", project / "src", "-I", ports]
    libraries: list[str | Path] = []
    if target.script is not None:
        # Copies must not be turned into calls of the very function that makes them.
        options += [*_BARE, "-fno-tree-loop-distribute-patterns", "-ffunction-sections", "-fdata-sections"]
        include += ["-I", port / "include"]
        libraries = ["-Wl,--gc-sections", "-L", port, "-T", port / target.script, "-lgcc"]
    compile_c(compiler, [*options, *include, *sources, "-o", program, *libraries])


def _plugin(folder: Path) -> Path:
    plugin = folder / "count.so"
    source = room("firmware_export") / "ports" / "qemu" / "count.c"
    compile_c(host_compiler(), ["-O2", "-fPIC", "-shared", source, "-o", plugin])
    return plugin


def _run(command: list[str], clip: np.ndarray, target: Target, folder: Path) -> bytes:
    data = np.ascontiguousarray(clip).tobytes()
    bare = target.port == "cortex_m"
    (folder / "input.bin").write_bytes(data if bare else b"")
    done = subprocess.run(  # noqa: S603  an emulator, no shell
        command, input=b"" if bare else data, capture_output=True, cwd=folder, check=False
    )
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip() or f"status {done.returncode}"
        raise ExportError(f"{target.name}: the emulated program failed ({message.splitlines()[-1]}).")
    return (folder / "output.bin").read_bytes() if bare else done.stdout


def program_sizes(program: Path, target: Target) -> tuple[int, int]:
    """Bytes of RAM (.data, .bss) and of flash (everything that is loaded) of an ELF program."""
    tool = find_compiler([target.compiler.replace("gcc", "size")], target.compiler_package)
    done = subprocess.run([tool, program], capture_output=True, text=True, check=True)  # noqa: S603
    text, data, bss = map(int, done.stdout.splitlines()[1].split()[:3])
    return data + bss, text + data


def _result(
    network: IntegerNetwork,
    output: bytes,
    counts: Path,
    target: Target,
    arithmetic: Arithmetic,
    *,
    ram_bytes: int,
    flash_bytes: int,
) -> Emulated:
    words = np.frombuffer(output, "<i4")
    classes = network.network.classes
    worked, tail = words[: -classes - 3], words[-classes - 3 :]
    names = [*(item.layer.node.name for item in stack(network).rows), "front end"]
    instructions = dict.fromkeys(names, 0)
    slices = dict.fromkeys(names, 0)
    largest = 0
    for index, line in zip(worked, counts.read_text().split(), strict=True):
        if index == 0:
            continue
        name, count = names[index - 1], int(line)
        instructions[name] += count
        slices[name] += 1
        largest = max(largest, count)
    if not slices["front end"]:
        del instructions["front end"], slices["front end"]
    return Emulated(
        target=target,
        arithmetic=arithmetic,
        status=int(tail[0]),
        logits=tail[1 : 1 + classes].astype(np.int8),
        instructions=instructions,
        slices=slices,
        max_slice=largest,
        context_bytes=int(tail[-2]),
        ram_bytes=ram_bytes,
        flash_bytes=flash_bytes,
        stack_bytes=int(tail[-1]),
    )
