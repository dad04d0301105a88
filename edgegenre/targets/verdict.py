"""Whether a model runs on a real board: does it fit, and does it keep up with the audio?"""

from collections.abc import Sequence
from dataclasses import dataclass

from edgegenre.export.c.plan import mode_of, stack
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.streaming import Mode
from edgegenre.targets.boards import Board
from edgegenre.targets.budget import Budget, budget
from edgegenre.targets.cores import find_processor
from edgegenre.targets.size import STACK, Size, firmware_size


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One model on one board. half_samples: of the audio buffer that the board's clock needs; None when the clock is
    too slow for any, and then `size` has halves of one hop.

    cycles_per_instruction: assumed; loads, clocks and buffers are computed with it.
    """

    board: Board
    size: Size
    budget: Budget
    cycles_per_instruction: float
    half_samples: int | None

    @property
    def load(self) -> float:
        """Share of the board's clock that the classifier takes."""
        return self.budget.average * self.cycles_per_instruction / self.board.clock

    @property
    def clock_needed(self) -> float:
        """Hz at which nothing is lost with halves of one hop."""
        return self.budget.least_rate * self.cycles_per_instruction

    @property
    def fits(self) -> bool:
        """Whether RAM and flash suffice."""
        return self.size.fits(self.board)

    @property
    def keeps_up(self) -> bool:
        """Whether no sample is lost."""
        return self.half_samples is not None

    @property
    def complaints(self) -> tuple[str, ...]:
        """What is missing, each with a figure; nothing when the board is good enough."""
        found = []
        if self.size.ram_bytes + STACK > self.board.ram:
            excess = self.size.ram_bytes + STACK - self.board.ram
            found.append(f"{excess:,} bytes of RAM (stack included) too much")
        if self.size.flash_bytes > self.board.flash:
            found.append(f"{self.size.flash_bytes - self.board.flash:,} bytes of flash too much")
        if not self.keeps_up:
            found.append(
                f"{self.load * self.board.clock / 1e6:.0f} MHz needed of {self.board.clock / 1e6:.0f} "
                f"at {self.cycles_per_instruction:g} cycles an instruction"
            )
        return tuple(found)


def verdicts(
    network: IntegerNetwork,
    frontend: Extractor,
    boards: Sequence[Board],
    mode: Mode,
    *,
    cycles_per_instruction: float | None = None,
) -> list[Verdict]:
    """One verdict a board; cores that boards share are built for and emulated once.

    mode: a head that needs a whole window makes it clip. cycles_per_instruction: default what is assumed of the core.
    Raises ExportError when a compiler or emulator is missing or the C runtime cannot compute the network.
    """
    mode = mode_of(stack(network), mode)
    cores = sorted({item.target for item in boards})
    sizes = {name: firmware_size(network, frontend, name, mode) for name in cores}
    budgets = {name: budget(network, frontend, find_processor(name), mode) for name in cores}
    return [
        verdict(item, sizes[item.target], budgets[item.target], cycles_per_instruction=cycles_per_instruction)
        for item in boards
    ]


def verdict(board: Board, size: Size, work: Budget, *, cycles_per_instruction: float | None = None) -> Verdict:
    """What `size` and `work`, built and emulated or estimated, mean on `board`."""
    cycles = cycles_per_instruction or find_processor(board.target).cycles_per_instruction
    half = work.half_samples(board.clock / cycles)
    return Verdict(
        board=board,
        size=size.with_half(half) if half else size,
        budget=work,
        cycles_per_instruction=cycles,
        half_samples=half,
    )
