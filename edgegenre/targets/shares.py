"""Where an emulated run's instructions went, layer by layer and by kind, beside the multiplies they were spent on."""

from dataclasses import dataclass

from edgegenre.export.c.chain import RowOperation
from edgegenre.export.c.plan import RowLayer, stack
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Largest, PerChannel, Product, WeightedOperation
from edgegenre.integer.stream_heads import staggered_starts
from edgegenre.network.shape import Shape
from edgegenre.targets.emulator import FRONT_END, Emulated


@dataclass(frozen=True, kw_only=True)
class Share:
    """One layer's, or one kind's, instructions and multiplies over the whole run.

    kind: "convolution", "pointwise", "depthwise", "pool", ..., then "head" (row sums and means, or a dense layer on
    flattened rows), "dense" and "front end". name: the layer's, or the kind. multiplies: as `network.costs` counts
    them; 0 where it counts none.
    """

    name: str
    kind: str
    instructions: int
    multiplies: int


def shares(network: IntegerNetwork, found: Emulated) -> tuple[Share, ...]:
    """`found`'s instructions by layer, in the order of the network; the dense layers are one. A row's sums belong to
    the head, not to the layer whose step adds them."""
    layers = stack(network)
    parts = []
    for item in layers.rows:
        name = item.layer.name
        row_sums = found.head.row_sums if item is layers.rows[-1] else 0
        parts.append(
            Share(
                name=name,
                kind=kind_of(item),
                instructions=found.instructions[name] - row_sums,
                multiplies=_row_multiplies(item) * found.slices[name],
            )
        )
    if isinstance(layers.head, Cell):
        name = layers.head.name
        parts.append(
            Share(
                name=name,
                kind=layers.head.kind,
                instructions=found.instructions[name],
                multiplies=_recurrent_multiplies(layers.head, layers.head_shape, found),
            )
        )
    in_head = layers.head.weights.size * found.head.answers if isinstance(layers.head, Product) else 0
    instructions = found.head.row_sums + found.head.mean
    parts.append(Share(name="head", kind="head", instructions=instructions, multiplies=in_head))
    a_decision = sum(layer.weights.size for layer, _ in layers.dense)
    parts.append(
        Share(
            name="dense",
            kind="dense",
            instructions=found.head.dense,
            multiplies=a_decision * found.head.answers,
        )
    )
    if FRONT_END in found.instructions:
        parts.append(Share(name=FRONT_END, kind=FRONT_END, instructions=found.instructions[FRONT_END], multiplies=0))
    return tuple(parts)


def _recurrent_multiplies(layer: Cell, shape: Shape, found: Emulated) -> int:
    """The states of the continuous mode share one product with the input."""
    starts = staggered_starts(shape.time)[: found.head.sum_bytes // (2 * layer.states * layer.units)]
    steps = sum(max(0, found.head.rows - start) for start in starts)
    return found.head.rows * layer.weights_input.size + steps * layer.weights_hidden.size


def kind_of(item: RowLayer) -> str:
    """What the layer is called in a profile: "convolution", "pointwise", "depthwise" or "pool"."""
    if _pools(item.layer):
        return "pool"
    return item.kind.removeprefix("EG_").removesuffix("_3X3").lower()


def _row_multiplies(item: RowLayer) -> int:
    """Of one output row; a pool has none, as the papers count."""
    if _pools(item.layer) or not isinstance(item.layer, WeightedOperation):
        return 0
    return item.layer.weights.size * item.layer.output_shape(item.shape).frequency


def _pools(layer: RowOperation) -> bool:
    return isinstance(layer, Largest) or (isinstance(layer, PerChannel) and layer.averages)
