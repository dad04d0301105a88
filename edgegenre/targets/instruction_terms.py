"""What a slice of the C runtime's work is made of: counts, known from shapes alone, that its instructions grow with.

Times the instructions that one of each takes on a core (`core_costs`), they are the price of the slice.
"""

from typing import Literal

from edgegenre.export.c.plan import PRODUCT_SUMS, RowLayer, Stack, cell_units, padded, weight_stride
from edgegenre.export.c.recurrent import recurrent_sizes
from edgegenre.integer.operations import Cell, Product
from edgegenre.integer.operations.unweighted import MEAN_BLOCKS
from edgegenre.integer.stream_heads import staggered_starts
from edgegenre.integer.streaming import Mode
from edgegenre.network.shape import Shape

Work = Literal["convolution", "pointwise", "depthwise", "depthwise 3x3", "row sums", "gru", "lstm", "answer"]

TERMS: dict[Work, tuple[str, ...]] = {
    "convolution": ("row", "gathered value", "output", "product", "weight"),
    "pointwise": ("row", "widened value", "output", "product", "weight"),
    "depthwise": ("row", "channel", "output", "product"),
    "depthwise 3x3": ("row", "channel", "output"),
    "row sums": ("row", "value"),
    "gru": ("slice", "block", "product"),
    "lstm": ("slice", "block", "product"),
    "answer": ("answer", "pooled sum", "output", "product"),
}
"""What is counted of each kind of work, in the order of `core_costs`. Products: of padded depth, as kernels do them."""

_POSITIONS = 6
_WORK_OF_KIND: dict[str, Work] = {
    "EG_CONVOLUTION": "convolution",
    "EG_POINTWISE": "pointwise",
    "EG_DEPTHWISE": "depthwise",
    "EG_DEPTHWISE_3X3": "depthwise 3x3",
}


def row_work(item: RowLayer) -> tuple[Work, tuple[int, ...]]:
    """The kind of work, and its counts, of one output row of `item`; a weight is one that six positions share."""
    layer, work = item.layer, _WORK_OF_KIND[item.kind]
    out = layer.output_shape(item.shape)
    outputs = out.frequency * out.channels
    if isinstance(layer, Product):
        depth = weight_stride(layer)
        weights = -(-out.frequency // _POSITIONS) * out.channels * depth
        return work, (1, out.frequency * depth, outputs, outputs * depth, weights)
    if work == "depthwise 3x3":
        return work, (1, out.channels, outputs)
    taps = layer.window.kernel[0] * layer.window.kernel[1]
    return work, (1, out.channels, outputs, outputs * taps)


def row_sums(shape: Shape) -> tuple[int, ...]:
    """Counts of adding a row of `shape` to the sums of a pooled head."""
    return (1, shape.frequency * shape.channels)


def cell_slice(layer: Cell, shape: Shape) -> tuple[Work, tuple[int, ...]]:
    """The kind of work and its counts of the longest slice of a recurrent head that reads `shape`."""
    sizes = recurrent_sizes(layer, shape)
    sums = int(sizes["EG_CELL_PRODUCTS"]) * PRODUCT_SUMS
    blocks = -(-layer.units // cell_units(layer))
    slices = [
        (min(blocks, int(sizes["EG_INPUT_SLICE"])), padded(shape.channels)),
        (min(blocks, int(sizes["EG_STATE_SLICE"])), padded(layer.units)),
    ]
    work: Work = "lstm" if layer.kind == "lstm" else "gru"
    return work, (1, slices[1][0], max(count * sums * depth for count, depth in slices))


def cell_slices(layer: Cell, shape: Shape, mode: Mode) -> int:
    """How many slices a recurrent head takes for a row."""
    sizes = recurrent_sizes(layer, shape)
    blocks = -(-layer.units // cell_units(layer))
    states = len(staggered_starts(shape.time)) if mode == "continuous" else 1
    return -(-blocks // int(sizes["EG_INPUT_SLICE"])) + states * -(-blocks // int(sizes["EG_STATE_SLICE"]))


def answer(layers: Stack, mode: Mode) -> tuple[int, ...]:
    """Counts of one decision: the mean of a pooled head, or nothing of a recurrent one, and the dense layers."""
    sums = 0
    if not isinstance(layers.head, Cell):
        sums = layers.head_shape.channels * (MEAN_BLOCKS if mode == "continuous" else 1)
    outputs = sum(layer.bias.size for layer, _ in layers.dense)
    products = sum(layer.bias.size * weight_stride(layer) for layer, _ in layers.dense)
    return (1, sums, outputs, products)
