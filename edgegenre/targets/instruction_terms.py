"""What a slice of the C runtime's work is made of: counts, known from shapes alone, that its instructions grow with.

Times the instructions that one of each takes on a core (`core_costs`), they are the price of the slice.
"""

from typing import Literal

from edgegenre.export.c.frontend import HeardFrames
from edgegenre.export.c.plan import PRODUCT_SUMS, RowLayer, Stack, cell_units, padded, weight_stride
from edgegenre.export.c.recurrent import recurrent_sizes
from edgegenre.integer.operations import Cell, Mean, Product
from edgegenre.integer.operations.unweighted import MEAN_BLOCKS
from edgegenre.integer.stream_heads import staggered_starts
from edgegenre.integer.streaming import Mode
from edgegenre.network.shape import Shape

Work = Literal[
    "convolution",
    "pointwise",
    "depthwise",
    "depthwise 3x3",
    "max pool",
    "row sums",
    "row products",
    "gru",
    "lstm",
    "answer",
    "frame",
]

TERMS: dict[Work, tuple[str, ...]] = {
    "convolution": ("row", "gathered value", "output", "product", "weight", "lone product", "gathered piece"),
    "pointwise": ("row", "widened value", "output", "product", "weight", "lone output", "lone product"),
    "depthwise": ("row", "channel", "output", "product"),
    "depthwise 3x3": ("row", "channel", "output"),
    "max pool": ("row", "output", "value"),
    "row sums": ("row", "value"),
    "row products": ("row", "output", "product"),
    "gru": ("slice", "block", "product"),
    "lstm": ("slice", "block", "product"),
    "answer": ("answer", "pooled sum", "output", "product"),
    "frame": ("frame", "butterfly", "sample", "band", "product"),
}
"""What is counted of each kind of work, in the order of `core_costs`. Products: of padded depth, as kernels do them.

A lone product is one of fewer positions than kernels take together. "frame" is one of a power of two; that of 1600
samples is always the same work."""

_POSITIONS, _FEWEST_POSITIONS = 6, 3
_WORK_OF_KIND: dict[str, Work] = {
    "EG_CONVOLUTION": "convolution",
    "EG_POINTWISE": "pointwise",
    "EG_DEPTHWISE": "depthwise",
    "EG_DEPTHWISE_3X3": "depthwise 3x3",
    "EG_MAX_POOL": "max pool",
}


def row_work(item: RowLayer) -> tuple[Work, tuple[int, ...]]:
    """The kind of work, and its counts, of one output row of `item`; a weight is one that six positions share."""
    layer, work = item.layer, _WORK_OF_KIND[item.kind]
    out = layer.output_shape(item.shape)
    outputs = out.frequency * out.channels
    if isinstance(layer, Product):
        depth = weight_stride(layer)
        if out.frequency < _FEWEST_POSITIONS and work == "pointwise":
            return work, (0, 0, 0, 0, 0, outputs, outputs * depth)
        if out.frequency < _FEWEST_POSITIONS:
            counts = (1, out.frequency * depth, outputs, 0, 0, outputs * depth)
        else:
            weights = -(-out.frequency // _POSITIONS) * out.channels * depth
            counts = (1, out.frequency * depth, outputs, outputs * depth, weights, 0)
        if work == "pointwise":
            return work, (*counts, 0)
        return work, (*counts, out.frequency * item.window.kernel[0])
    if work == "depthwise 3x3":
        return work, (1, out.channels, outputs)
    taps = item.window.kernel[0] * item.window.kernel[1]
    if work == "max pool":
        return work, (1, outputs, outputs * taps)
    return work, (1, out.channels, outputs, outputs * taps)


def row_sums(shape: Shape) -> tuple[int, ...]:
    """Counts of adding a row of `shape` to the sums of a pooled head."""
    return (1, shape.frequency * shape.channels)


def row_products(layer: Product, shape: Shape) -> tuple[int, ...]:
    """Counts of adding a row of `shape` to the sums of a dense layer on the flattened rows."""
    return (1, layer.channels, layer.channels * shape.frequency * shape.channels)


def head_work(layers: Stack) -> tuple[Work, tuple[int, ...]] | None:
    """The kind of work and its counts of giving a row to the head; None of a recurrent one: it has slices."""
    if isinstance(layers.head, Cell):
        return None
    if isinstance(layers.head, Product):
        return "row products", row_products(layers.head, layers.head_shape)
    return "row sums", row_sums(layers.head_shape)


def frame_work(heard: HeardFrames) -> tuple[int, ...]:
    """Counts of one frame of a power of two: samples in it and in its spectrum, steps of radix 4, bands, cosines."""
    points, bands = heard.each.frame_length // 2, heard.each.mel_bands
    steps = (points.bit_length() - 1) / 2
    return (1, round(points / 4 * steps), heard.each.frame_length, bands, heard.coefficients * bands // 2)


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
    """Counts of one decision: the mean of a pooled head, what a dense head has summed up, and the dense layers."""
    sums = outputs = 0
    if isinstance(layers.head, Product):
        outputs = layers.head.channels
    elif isinstance(layers.head, Mean):
        sums = layers.head_shape.channels * (MEAN_BLOCKS if mode == "continuous" else 1)
    outputs += sum(layer.bias.size for layer, _ in layers.dense)
    products = sum(layer.bias.size * weight_stride(layer) for layer, _ in layers.dense)
    return (1, sums, outputs, products)
