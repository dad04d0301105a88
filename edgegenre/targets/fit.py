"""Before training: which models of the zoo a board has room and time for, and what keeps the others out.

Nothing is built or emulated here: memories and work follow from shapes (`estimate`), clocks, loads and latencies from
them at an assumed number of cycles an instruction.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from edgegenre.errors import ExportError, NetworkError, QuantizationError
from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.export.c.plan import mode_of, stack
from edgegenre.frontend.inputs import unfitted_inputs
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.streaming import Mode
from edgegenre.targets.boards import Board, boards
from edgegenre.targets.budget import priced_budget
from edgegenre.targets.core_costs import core_costs
from edgegenre.targets.cores import bare_core, find_processor
from edgegenre.targets.estimate import estimated_prices, estimated_size
from edgegenre.targets.random_weights import any_integers
from edgegenre.targets.verdict import Verdict, verdict
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.registry import MODELS


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Seconds from the end of a sound to the decision about it.

    waiting: in the audio buffer. lookahead: rows after its own that a row's result depends on; none in clip mode, which
    pads its end. computing: everything that the last frame sets free, at the board's clock.
    """

    waiting: float
    lookahead: float
    computing: float

    @property
    def seconds(self) -> float:
        """The sum."""
        return self.waiting + self.lookahead + self.computing


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One model of the zoo on one board, all figures computed.

    verdict, latency: None where the model has no form for the C runtime; latency also where the board is too slow.
    complaints: what keeps the model out, each with a figure; nothing when it fits.
    """

    entry: ZooEntry
    verdict: Verdict | None
    latency: Latency | None
    complaints: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether nothing keeps the model out."""
        return not self.complaints


def given_board(core: str, *, ram: int, flash: int, clock: int) -> Board:
    """A board of which a user knows the core ("Cortex-M4F"), bytes of memory and Hz.

    Raises ExportError as `bare_core` does.
    """
    processor = bare_core(core)
    return Board(
        name="this board", core=processor.core, target=processor.name, ram=ram, flash=flash, clock=clock, source="given"
    )


def candidates(
    on: Board,
    *,
    models: Iterable[ZooEntry] = MODELS.values(),
    classes: int | None = None,
    mode: Mode = "continuous",
    max_latency: float | None = None,
    cycles_per_instruction: float | None = None,
) -> list[Candidate]:
    """Every model on the board `on`: those that fit, the least load first, then the others, fewest complaints first.

    classes: default as many as in each model's paper. max_latency: seconds. cycles_per_instruction: default what is
    assumed of the board's core. Raises ExportError when the core was not measured.
    """
    core_costs(on.target)  # no model's fault
    found = [
        _candidate(entry, on, classes or entry.paper_classes, mode, max_latency, cycles_per_instruction)
        for entry in models
    ]
    return sorted(found, key=_order)


def check_board(model: str, judged: Verdict, *, classes: int) -> None:
    """Raise ExportError when `model` does not run on the verdict's board: by how much, the boards whose memories take
    it, and the largest model of the zoo with as many classes that would run there."""
    if not judged.complaints:
        return
    on, mode = judged.board, judged.budget.mode
    taking = [board.name for board in boards().values() if judged.size.fits(board)]
    running = [
        item.entry
        for item in candidates(on, classes=classes, mode=mode, cycles_per_instruction=judged.cycles_per_instruction)
        if item.fits
    ]
    where = f"It fits: {', '.join(taking)}." if taking else "It fits no board that is known."
    largest = max(running, key=lambda entry: entry.costs(classes).parameters, default=None)
    what = f"The largest model for {on.name}: {largest.name}." if largest else f"No model of the zoo runs on {on.name}."
    raise ExportError(f"{model} does not run on {on.name}: {'; '.join(judged.complaints)}. {where} {what}")


def _candidate(
    entry: ZooEntry, on: Board, classes: int, mode: Mode, max_latency: float | None, cycles: float | None
) -> Candidate:
    try:
        integers, frontend = any_integers(entry.build(classes)), firmware_frontend(unfitted_inputs(entry.frontends))
        judged = estimated_verdict(integers, frontend, on, mode, cycles_per_instruction=cycles)
    except (ExportError, NetworkError, QuantizationError) as error:
        return Candidate(entry=entry, verdict=None, latency=None, complaints=(str(error).rstrip("."),))
    latency = _latency(judged, entry.costs(classes).latency_seconds if judged.budget.mode == "continuous" else 0.0)
    late = []
    if latency and max_latency is not None and latency.seconds > max_latency:
        late.append(f"a decision comes {latency.seconds:.2f} s after its sound, {max_latency:g} s are allowed")
    return Candidate(entry=entry, verdict=judged, latency=latency, complaints=(*judged.complaints, *late))


def estimated_verdict(
    network: IntegerNetwork,
    frontend: Extractor,
    on: Board,
    mode: Mode,
    *,
    cycles_per_instruction: float | None = None,
) -> Verdict:
    """The verdict on `network` without building and emulating it. Raises ExportError when it has no form in C."""
    layers, core = stack(network), find_processor(on.target)
    mode = mode_of(layers, mode)
    work = priced_budget(layers, frontend, core, mode, estimated_prices(layers, frontend, core, mode))
    size = estimated_size(layers, frontend, core, mode)
    return verdict(on, size, work, cycles_per_instruction=cycles_per_instruction)


def _latency(judged: Verdict, lookahead: float) -> Latency | None:
    if judged.half_samples is None:
        return None
    work = judged.budget
    hop = work.hop / work.sample_rate
    computing = work.burst * hop * judged.cycles_per_instruction / judged.board.clock
    return Latency(waiting=judged.half_samples / work.sample_rate, lookahead=lookahead, computing=computing)


def _order(item: Candidate) -> tuple[int, float]:
    return len(item.complaints), item.verdict.load if item.verdict else float("inf")
