"""Where a model of the zoo runs, known before it is trained: which engines, how it streams, which boards take it."""

from dataclasses import dataclass

from edgegenre.export.c.chain import chain_refusal
from edgegenre.export.c.frontend import frontend_refusal
from edgegenre.export.steps import step_refusal
from edgegenre.frontend.inputs import unfitted_inputs
from edgegenre.targets.boards import boards
from edgegenre.targets.random_weights import any_integers
from edgegenre.zoo.entry import ZooEntry

_ENGINES = ("reference", "onnxruntime", "litert")


@dataclass(frozen=True, kw_only=True)
class RunsOn:
    """engines: those of a PC or Raspberry Pi that compute the int8 model, by the names of `open_engine`.

    streaming_refusal, firmware_refusal: why no engine but numpy streams it row by row, and why the C runtime cannot
    compute it, in a sentence; None where they can. boards: whose memories hold its weights and its rows (computed).
    """

    engines: tuple[str, ...]
    streaming_refusal: str | None
    firmware_refusal: str | None
    boards: tuple[str, ...]


def runs_on(entry: ZooEntry) -> RunsOn:
    """Where `entry` runs with as many classes as in its paper."""
    network, costs = entry.build(entry.paper_classes), entry.costs()
    integers = any_integers(network)
    in_c = chain_refusal(integers) is None
    refusals = [frontend_refusal(unfitted_inputs(entry.frontends)), chain_refusal(integers)]
    refusal = " ".join(sentence for sentence in refusals if sentence) or None
    fitting = [
        board.name
        for board in boards().values()
        if refusal is None and costs.parameters <= board.flash and costs.ram_stream_bytes <= board.ram
    ]
    return RunsOn(
        engines=(*_ENGINES, "native") if in_c else _ENGINES,
        streaming_refusal=step_refusal(integers),
        firmware_refusal=refusal,
        boards=tuple(fitting),
    )
