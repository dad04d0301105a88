"""A model that a board is too small or too slow for: by how much, where it would run, and what would run there."""

import numpy as np

from edgegenre.errors import ExportError, QuantizationError
from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.normalization import Normalization
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.streaming import Mode
from edgegenre.network.float_layers import array_shapes
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.targets.boards import Board, boards
from edgegenre.targets.verdict import Verdict, verdicts
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.registry import MODELS

# Of any core that a board has: the vectors of an M55 multiply less than four pairs of int8 an instruction.
_MOST_MULTIPLIES_A_CYCLE = 4


def check_board(model: str, verdict: Verdict, *, classes: int) -> None:
    """Raise ExportError when `model` does not run on the verdict's board: by how much, the boards whose memories take
    it, and the largest model of the zoo with as many classes that runs there."""
    if not verdict.complaints:
        return
    on, mode = verdict.board, verdict.budget.mode
    taking = [board.name for board in boards().values() if verdict.size.fits(board)]
    smaller = None
    if verdict.budget.frontend_average < on.clock / verdict.cycles_per_instruction:
        smaller = largest_running(on, classes, mode, cycles_per_instruction=verdict.cycles_per_instruction)
    where = f"It fits: {', '.join(taking)}." if taking else "It fits no board that is known."
    what = f"The largest model for {on.name}: {smaller}." if smaller else f"No model of the zoo runs on {on.name}."
    raise ExportError(f"{model} does not run on {on.name}: {'; '.join(verdict.complaints)}. {where} {what}")


def largest_running(on: Board, classes: int, mode: Mode, *, cycles_per_instruction: float | None = None) -> str | None:
    """The model of the zoo with the most parameters whose firmware, really built and emulated, runs on `on`; None when
    none does.

    Sizes and instructions depend on shapes alone, so the weights may be anything.
    """
    for entry in sorted(MODELS.values(), key=lambda entry: entry.costs(classes).parameters, reverse=True):
        cost = entry.costs(classes)
        if cost.parameters > on.flash or cost.ram_stream_bytes > on.ram:
            continue  # weights are a byte a parameter: too large without building it
        if cost.multiplies_per_second > _MOST_MULTIPLIES_A_CYCLE * on.clock:
            continue  # too slow without emulating it
        try:
            frontend = _frontend(entry)
            (verdict,) = verdicts(
                *(_integers(entry.build(classes)), frontend, [on], mode),
                cycles_per_instruction=cycles_per_instruction,
            )
        except (ExportError, QuantizationError):
            continue  # no form for the C runtime
        if not verdict.complaints:
            return entry.name
    return None


def _integers(network: Network) -> IntegerNetwork:
    arrays = {
        node.name: {name: np.full(size, 0.01, np.float32) for name, size in array_shapes(node.layer, shape).items()}
        for node, (shape, *_) in network.with_shapes()
    }
    features = {item.name: np.ones((1, *item.shape), np.float32) for item in network.inputs}
    return quantize(FloatNetwork(network=network, arrays=arrays), features, quantization_recipe("min-max"))


def _frontend(entry: ZooEntry) -> IntegerFrontend:
    inputs = {}
    for name, frontend in entry.frontends.items():
        normalization = Normalization(mean=(0.0,) * frontend.statistics, deviation=(10.0,) * frontend.statistics)
        inputs[name] = FeatureInput(frontend=frontend, normalization=normalization)
    return firmware_frontend(inputs)
