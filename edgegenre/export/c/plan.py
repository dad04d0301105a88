"""Where everything lies in the context's memory on a device: input rings, rows in passing, work space.

The order is: rings that keep rows between frames, then a work space whose contents last no longer than one row. The
front end works there too, when no row is on its way.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from edgegenre.errors import ExportError
from edgegenre.export.c.chain import HeadOperation, RowOperation, chain_of
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Product, WeightedOperation, Window
from edgegenre.integer.streaming import Mode
from edgegenre.network.shape import Padding, Shape

Layout = Literal["narrow", "widened"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

WORD = 4
# Kernels may read whole vectors of a row; what lies beyond its end meets weights of zero.
VECTOR = 16
# Channels that the vectors of PCs compute together.
PACKED_BLOCK = 64
# Rows of a recurrent layer's weights that a kernel multiplies together.
PRODUCT_SUMS = 6
# int16 layers within these have sums of 32 bits, and take the high word of their products (eg_requantize_wide.h).
SUMS_LIMIT = 1 << 31
HIGH_WORD_SHIFT = 32
# No counter, dimension, kernel, stride or padding of the C tables is wider, and no offset.
LARGEST_DIMENSION = 0xFFFF
LARGEST_OFFSET = 0xFFFFFFFF


@dataclass(frozen=True, kw_only=True)
class RowLayer:
    """A layer that turns rows into rows, with its kind in the C tables; shape: of its input in a window."""

    layer: RowOperation
    shape: Shape
    kind: str

    @property
    def window(self) -> Window:
        """What slides over its input; that of a max pool in steps of its own size."""
        if isinstance(self.layer, WeightedOperation):
            return self.layer.window
        assert self.layer.window is not None  # the chain has refused it
        return Window(kernel=self.layer.window, stride=self.layer.window)


@dataclass(frozen=True, kw_only=True)
class Part:
    """`bytes` of the context's memory from `offset` on, for one purpose."""

    name: str
    offset: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class MemoryPlan:
    """inputs: offset of every row layer's input and, last, of the head's. parts: for people to read.

    workspace: where rows in passing begin. columns: where gathered windows go. scratch: of the matrix product.
    total: whole words.
    """

    inputs: tuple[int, ...]
    workspace: int
    columns: int
    scratch: int
    total: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A network as the device's runtime walks it: row layers, one head, dense layers.

    The head is a global average, a recurrent layer or a dense layer on the flattened rows, which have `head_shape`.
    """

    rows: tuple[RowLayer, ...]
    head: HeadOperation
    head_shape: Shape
    dense: tuple[tuple[Product, Shape], ...]

    @property
    def head_channels(self) -> int:
        """Values that the head makes."""
        return (
            self.head.channels if isinstance(self.head, Product) else self.head.output_shape(self.head_shape).channels
        )

    @property
    def widest_vector(self) -> int:
        """Values of the widest vector behind the rows."""
        return max(self.head_channels, *(layer.bias.size for layer, _ in self.dense), 0)


def stack(network: IntegerNetwork) -> Stack:
    """Sort the layers of `network`.

    Raises ExportError when it is no chain that the runtime computes, or a number does not fit its field.
    """
    chain = chain_of(network)
    read: list[tuple[RowOperation | HeadOperation, dict[str, tuple[int, ...]]]]
    read = [(layer, _dimensions(layer, shape)) for layer, shape in (*chain.rows, *chain.dense)]
    if isinstance(chain.head, Product):
        read.append((chain.head, {"input shape": chain.head_shape, "output shape": (chain.head.channels,)}))
    else:
        read.append((chain.head, _dimensions(chain.head, chain.head_shape)))
    for layer, dimensions in read:
        for what, numbers in dimensions.items():
            if max(numbers) > LARGEST_DIMENSION:
                raise ExportError(
                    f"'{network.name}', layer '{layer.name}': its {what} has {max(numbers)}, and the C "
                    f"runtime holds at most {LARGEST_DIMENSION} of anything."
                )
    rows = tuple(RowLayer(layer=layer, shape=shape, kind=_kind(layer)) for layer, shape in chain.rows)
    return Stack(rows=rows, head=chain.head, head_shape=chain.head_shape, dense=chain.dense)


def mode_of(layers: Stack, wanted: Mode) -> Mode:
    """`wanted`, or clip where the head needs a whole window and there is no other mode."""
    return "clip" if isinstance(layers.head, Product) else wanted


def long_sums(layer: WeightedOperation) -> bool:
    """Whether it has int16 activations and a sum can reach 2**31, or a shift is too large for the high word."""
    if not layer.wide:
        return False
    _, shifts = layer.wide_multipliers
    return bool(layer.largest_accumulator().max() >= SUMS_LIMIT or shifts.max() > HIGH_WORD_SHIFT)


def weight_stride(layer: WeightedOperation) -> int:
    """Bytes from one output's weights to the next one's: the depth, rounded up to whole vectors."""
    return -(-layer.weights[0].size // VECTOR) * VECTOR


def packed_offsets(layers: Stack) -> tuple[int, ...]:
    """Where each layer's repacked weights begin, row layers then dense layers, and where the last ones end.

    Raises ExportError when these are beyond what the C tables can address, as `memory_plan` does.
    """
    offsets = [0]
    for item in layers.rows:
        offsets.append(offsets[-1] + packed_bytes(item.layer, item.kind))
    for layer, _ in layers.dense:
        offsets.append(offsets[-1] + packed_bytes(layer, "EG_DENSE"))
    _check_offset(offsets[-1])
    return tuple(offsets)


def packed_bytes(layer: RowOperation, kind: str) -> int:
    """Bytes of the repacked weights of a layer of `kind`, as eg_avx.h describes them.

    An output takes its weights and three words; depthwise kernels work on whole blocks of channels; pools have none.
    """
    if not isinstance(layer, WeightedOperation) or kind == "EG_DEPTHWISE" or layer.wide:
        return 0
    if kind == "EG_DEPTHWISE_3X3":
        return -(-layer.bias.size // PACKED_BLOCK) * PACKED_BLOCK * 6 * WORD
    return -(-layer.bias.size // VECTOR) * VECTOR * (weight_stride(layer) + 3 * WORD)


def memory_plan(layers: Stack, layout: Layout, *, frontend_bytes: int) -> MemoryPlan:
    """Place every ring and buffer. frontend_bytes: the front end's share of the work space (0 without one).

    Raises ExportError when they are beyond what the C tables can address.
    """
    parts: list[Part] = []
    offset = 0
    for item in layers.rows:
        rows = ring_rows(item)
        if rows > 1:
            size = _words(rows * _row_bytes(item.layer, item.shape))
            parts.append(Part(name=f"ring of {rows} rows before {item.layer.name}", offset=offset, bytes=size))
            offset += size
    workspace = offset
    rings = iter(parts)
    passing = [0, 0]
    places: list[int | None] = []
    readers = [*((item.layer, item.shape) for item in layers.rows), (layers.head, layers.head_shape)]
    for index, (layer, shape) in enumerate(readers):
        if index < len(layers.rows) and ring_rows(layers.rows[index]) > 1:
            places.append(next(rings).offset)
        else:
            places.append(None)
            passing[index % 2] = max(passing[index % 2], _words(_row_bytes(layer, shape)))
    inputs = tuple(workspace + passing[0] * (index % 2) if at is None else at for index, at in enumerate(places))
    columns = workspace + sum(passing)
    scratch = columns + max(_gathered_bytes(item) for item in layers.rows) + VECTOR * _value_bytes(layers.rows[0].layer)
    widened = max(_widened_bytes(item) for item in layers.rows) if layout == "widened" else 0
    stepping = columns + (recurrent_scratch_bytes(layers.head, layout) if isinstance(layers.head, Cell) else 0)
    size = max(scratch + widened - workspace, stepping - workspace, _words(frontend_bytes))
    purposes = "rows in passing, gathered windows, recurrent step, front end"
    parts.append(Part(name=f"work space: {purposes}", offset=workspace, bytes=size))
    _check_offset(workspace + size)
    return MemoryPlan(
        inputs=inputs,
        workspace=workspace,
        columns=columns,
        scratch=scratch,
        total=workspace + size,
        parts=tuple(parts),
    )


def cell_units(layer: Cell) -> int:
    """Hidden units that a device computes together: two, with one product; or three of an LSTM, with two."""
    return 3 if layer.kind == "lstm" else 2


def recurrent_scratch_bytes(layer: Cell, layout: Layout) -> int:
    """What a recurrent layer holds between the slices of a step: the gates' int16 sums of the input, one operand."""
    operand = max(padded(layer.weights_input.shape[1]), padded(layer.units))
    wide = layout == "widened" or layer.input.bits == 16
    return len(layer.scales_input) * 2 * padded(layer.units, cell_units(layer)) + operand * (2 if wide else 1)


def padded(count: int, to: int = VECTOR) -> int:
    """`count` rounded up to a multiple of `to`."""
    return -(-count // to) * to


def ring_rows(item: RowLayer) -> int:
    """Input rows that `item` keeps: those of its kernel."""
    return item.window.kernel[0]


def _kind(layer: RowOperation) -> str:
    if not isinstance(layer, WeightedOperation):
        return "EG_MAX_POOL"
    window = layer.window
    if isinstance(layer, Product):
        return "EG_POINTWISE" if window.kernel == window.stride == (1, 1) else "EG_CONVOLUTION"
    surrounded = Padding(top=1, bottom=1, left=1, right=1)
    narrow = window.kernel == (3, 3) and window.stride == (1, 1) and window.padding == surrounded
    return "EG_DEPTHWISE_3X3" if narrow and not long_sums(layer) else "EG_DEPTHWISE"


def _gathered_bytes(item: RowLayer) -> int:
    if item.kind != "EG_CONVOLUTION" or not isinstance(item.layer, WeightedOperation):
        return 0
    values = item.layer.output_shape(item.shape).frequency * weight_stride(item.layer)
    return values * _value_bytes(item.layer)


def _widened_bytes(item: RowLayer) -> int:
    """Six positions of int16: what the DSP kernel's matrix product works on."""
    return 6 * 2 * weight_stride(item.layer) if isinstance(item.layer, Product) else 0


def _value_bytes(layer: RowOperation | HeadOperation) -> int:
    """Bytes of a value that `layer` reads."""
    return layer.input.bits // 8


def _row_bytes(layer: RowOperation | HeadOperation, shape: Shape) -> int:
    return shape.frequency * shape.channels * _value_bytes(layer)


def _dimensions(layer: RowOperation | HeadOperation, shape: Shape) -> dict[str, tuple[int, ...]]:
    """What the C tables hold of `layer` in fields of 16 bits, by what people call it.

    Padding is less than its kernel, and a pool's window is within its input.
    """
    found: dict[str, tuple[int, ...]] = {"input shape": shape, "output shape": layer.output_shape(shape)}
    if isinstance(layer, WeightedOperation):
        found |= {"kernel": layer.window.kernel, "stride": layer.window.stride}
    return found


def _check_offset(size: int) -> None:
    if size > LARGEST_OFFSET:
        raise ExportError(f"a network that needs {size} bytes of one kind of memory is too large for the C runtime.")


def _words(size: int) -> int:
    return -(-size // WORD) * WORD
