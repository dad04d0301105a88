"""RAM and flash of a network's firmware, from a real build of it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.integer.network import IntegerNetwork
from edgegenre.targets.boards import Board
from edgegenre.targets.cores import Target, target
from edgegenre.targets.emulator import build, program_sizes, symbols

STACK = 1024
"""Bytes to leave for the stack: what paint measured on the Cortex-M cores is less, 680 at most."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes of a program that listens to one clip.

    ram_bytes: without the stack; of these context_bytes are the classifier's one struct, the rest is the program's.
    flash_bytes: of these table_bytes are constant data, the rest is code.
    """

    target: Target
    ram_bytes: int
    context_bytes: int
    flash_bytes: int
    table_bytes: int

    def fits(self, board: Board) -> bool:
        """Whether the program and its stack go into the board's memories."""
        return self.ram_bytes + STACK <= board.ram and self.flash_bytes <= board.flash


def firmware_size(network: IntegerNetwork, frontend: IntegerFrontend | None, target_name: str) -> Size:
    """Build for the processor `target_name` and measure. Raises ExportError when that cannot be built."""
    built_for = target(target_name)
    labels = tuple(str(index) for index in range(network.classes))
    with tempfile.TemporaryDirectory(prefix="edgegenre-size-") as name:
        project, program = Path(name) / "firmware", Path(name) / "program"
        write_firmware(network, frontend, labels, project)
        build(project, built_for, built_for.arithmetic, program, ("-DEG_CLIP_ONLY",))
        ram, flash = program_sizes(program, built_for)
        parts = symbols(program, built_for)
    return Size(
        target=built_for,
        ram_bytes=ram,
        context_bytes=sum(part.bytes for part in parts if part.kind == "b" and part.name == "context"),
        flash_bytes=flash,
        table_bytes=sum(part.bytes for part in parts if part.kind == "r"),
    )
