"""RAM and flash of a network's firmware, from a real build of it."""

import dataclasses
import tempfile
from dataclasses import dataclass
from pathlib import Path

from edgegenre.errors import ExportError
from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.streaming import Mode
from edgegenre.targets.boards import Board
from edgegenre.targets.build import build, program_sizes, symbols
from edgegenre.targets.cores import Processor, find_processor

STACK = 1024
"""Bytes to leave for the stack: what paint measured on the Cortex-M and RISC-V cores is less, 832 at most (M55)."""

SAMPLE_BYTES = 2
HALVES = 2
"""Of the audio buffer: a DMA fills one while the other one is used, as in examples/bare_metal.c."""


@dataclass(frozen=True, kw_only=True)
class Size:
    """Bytes of examples/bare_metal.c, which listens to a microphone.

    ram_bytes: without the stack; of these context_bytes are the classifier's one struct, audio_bytes the buffer that a
    DMA fills, the rest is the program's. flash_bytes: of these table_bytes are constant data, the rest is code.
    """

    target: Processor
    ram_bytes: int
    context_bytes: int
    audio_bytes: int
    flash_bytes: int
    table_bytes: int

    def with_half(self, samples: int) -> "Size":
        """The same program with `samples` in each half of its audio buffer."""
        audio = HALVES * SAMPLE_BYTES * samples
        return dataclasses.replace(self, ram_bytes=self.ram_bytes - self.audio_bytes + audio, audio_bytes=audio)

    def fits(self, board: Board) -> bool:
        """Whether the program and its stack go into the board's memories."""
        return self.ram_bytes + STACK <= board.ram and self.flash_bytes <= board.flash


def firmware_size(network: IntegerNetwork, frontend: Extractor, target_name: str, mode: Mode) -> Size:
    """Build for the bare processor `target_name`, with the memory of `mode`, and measure.

    Raises ExportError when that cannot be built.
    """
    built_for = find_processor(target_name)
    if not built_for.bare:
        raise ExportError(f"'{target_name}' runs Linux: its programs have no fixed size. Choose a microcontroller.")
    labels = tuple(str(index) for index in range(network.classes))
    mains = ("examples/bare_metal.c", "ports/realtime/board.c", f"ports/realtime/{built_for.port}.c")
    with tempfile.TemporaryDirectory(prefix="edgegenre-size-") as name:
        project, program = Path(name) / "firmware", Path(name) / "program"
        write_firmware(network, frontend, labels, project)
        memory = ("-DEG_CLIP_ONLY",) if mode == "clip" else ()
        build(project, built_for, built_for.arithmetic, program, memory, mains=mains)
        ram, flash = program_sizes(program, built_for)
        parts = symbols(program, built_for)
    memories = {part.name: part.bytes for part in parts if part.kind == "b"}
    return Size(
        target=built_for,
        ram_bytes=ram,
        context_bytes=memories["context"],
        audio_bytes=memories["audio"],
        flash_bytes=flash,
        table_bytes=sum(part.bytes for part in parts if part.kind == "r"),
    )
