"""Where an emulated run's instructions went, by kind of layer, beside the multiplies they were spent on."""

from dataclasses import dataclass

from edgegenre.export.c.plan import RowLayer, stack
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, PerChannel, WeightedOperation
from edgegenre.integer.stream_heads import staggered_starts
from edgegenre.network.shape import Shape
from edgegenre.targets.emulator import Emulated

FRONT_END = "front end"


@dataclass(frozen=True, kw_only=True)
class Share:
    """One kind's instructions and multiplies over the whole run.

    kind: "convolution", "pointwise", "depthwise", "pool", ..., then "head" (row sums and means), "dense" and
    "front end". multiplies: as `network.costs` counts them; 0 where it counts none.
    """

    kind: str
    instructions: int
    multiplies: int

    @property
    def instructions_per_multiply(self) -> float | None:
        """None without multiplies."""
        return round(self.instructions / self.multiplies, 3) if self.multiplies else None


def shares(network: IntegerNetwork, found: Emulated) -> tuple[Share, ...]:
    """`found`'s instructions by kind, in the order of the network. A row's sums belong to the head, not to the layer
    whose step adds them."""
    layers = stack(network)
    instructions: dict[str, int] = {}
    multiplies: dict[str, int] = {}
    for item in layers.rows:
        kind, name = _kind(item), item.layer.name
        a_row = _row_multiplies(item.layer, item.shape)
        instructions[kind] = instructions.get(kind, 0) + found.instructions[name]
        multiplies[kind] = multiplies.get(kind, 0) + a_row * found.slices[name]
    instructions[_kind(layers.rows[-1])] -= found.head.row_sums
    if isinstance(layers.head, Cell):
        cell = layers.head.kind
        instructions[cell] = found.instructions[layers.head.name]
        multiplies[cell] = _recurrent_multiplies(layers.head, layers.head_shape, found)
    instructions["head"] = found.head.row_sums + found.head.mean
    instructions["dense"] = found.head.dense
    a_decision = sum(_row_multiplies(layer, shape) for layer, shape in layers.dense)
    multiplies["dense"] = a_decision * found.head.answers
    if FRONT_END in found.instructions:
        instructions[FRONT_END] = found.instructions[FRONT_END]
    return tuple(
        Share(kind=kind, instructions=count, multiplies=multiplies.get(kind, 0)) for kind, count in instructions.items()
    )


def _recurrent_multiplies(layer: Cell, shape: Shape, found: Emulated) -> int:
    """The states of the continuous mode share one product with the input."""
    starts = staggered_starts(shape.time)[: found.head.sum_bytes // (2 * layer.states * layer.units)]
    steps = sum(max(0, found.head.rows - start) for start in starts)
    return found.head.rows * layer.weights_input.size + steps * layer.weights_hidden.size


def _kind(item: RowLayer) -> str:
    if _averages(item.layer):
        return "pool"
    return item.kind.removeprefix("EG_").removesuffix("_3X3").lower()


def _row_multiplies(layer: WeightedOperation, shape: Shape) -> int:
    """Of one output row; an average pool has none, as the papers count."""
    return 0 if _averages(layer) else layer.weights.size * layer.output_shape(shape).frequency


def _averages(layer: WeightedOperation) -> bool:
    return isinstance(layer, PerChannel) and layer.averages
