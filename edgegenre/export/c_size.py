"""RAM and flash of a network's firmware on a board, from a real build of it, and whether it fits."""

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from edgegenre.errors import ExportError
from edgegenre.export.c_emulate import build, program_sizes
from edgegenre.export.c_project import write_firmware
from edgegenre.export.c_targets import Target, target
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.integer.tensors import IntegerNetwork
from edgegenre.rooms import room


@dataclass(frozen=True, kw_only=True)
class Board:
    """One real board. ram, flash: bytes. clock: Hz. source: datasheet and revision, or "unverified"."""

    name: str
    core: str
    target: str
    ram: int
    flash: int
    clock: int
    source: str


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes of a program that listens to one clip: flash by code and tables together, RAM without the stack."""

    target: Target
    ram_bytes: int
    flash_bytes: int


def boards() -> dict[str, Board]:
    """The boards of firmware_export/boards.toml, by name."""
    with (room("firmware_export") / "boards.toml").open("rb") as file:
        return {name: Board(name=name, **values) for name, values in tomllib.load(file).items()}


def board(name: str) -> Board:
    """The board `name`. Raises ExportError that lists them all when there is none."""
    known = boards()
    if name not in known:
        raise ExportError(f"board '{name}' is not known. Known: {', '.join(known)}.")
    return known[name]


def firmware_size(network: IntegerNetwork, frontend: IntegerFrontend | None, target_name: str) -> Size:
    """Build for the processor `target_name` and measure. Raises ExportError when that cannot be built."""
    built_for = target(target_name)
    labels = tuple(str(index) for index in range(network.network.classes))
    with tempfile.TemporaryDirectory(prefix="edgegenre-size-") as name:
        project, program = Path(name) / "firmware", Path(name) / "program"
        write_firmware(network, frontend, labels, project)
        build(project, built_for, built_for.arithmetic, program, ("-DEG_CLIP_ONLY",))
        ram, flash = program_sizes(program, built_for)
    return Size(target=built_for, ram_bytes=ram, flash_bytes=flash)


def check_fit(model: str, size: Size, on: Board) -> None:
    """Raise ExportError that says by how much, and which boards would do, when the program does not fit `on`."""
    excess = []
    if size.ram_bytes > on.ram:
        excess.append(f"{size.ram_bytes - on.ram:,} bytes of RAM")
    if size.flash_bytes > on.flash:
        excess.append(f"{size.flash_bytes - on.flash:,} bytes of flash")
    if not excess:
        return
    fitting = [item.name for item in boards().values() if size.ram_bytes <= item.ram and size.flash_bytes <= item.flash]
    remedy = f"It fits: {', '.join(fitting)}." if fitting else "Choose a smaller model: edgegenre models."
    raise ExportError(f"{model} does not fit {on.name}: {' and '.join(excess)} too much. {remedy}")
