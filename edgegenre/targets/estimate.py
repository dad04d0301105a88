"""A firmware's memories and the price of its work, from shapes alone: nothing is trained, built or emulated.

Instructions come from what was counted of the core's kernels (`core_costs`), bytes from the layout of the C tables and
of `eg_context`. What is estimated has the types of what is measured: `Size`, `Prices`.
"""

from edgegenre.export.c.frontend import frontend_bytes, heard_frames
from edgegenre.export.c.frontend_integer import power_of_two_bytes
from edgegenre.export.c.plan import (
    PRODUCT_SUMS,
    WORD,
    Layout,
    Stack,
    cell_units,
    memory_plan,
    padded,
)
from edgegenre.export.c.recurrent import recurrent_sizes
from edgegenre.export.c.weights import deployed_weights
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.operations import Cell, Product, WeightedOperation
from edgegenre.integer.operations.unweighted import MEAN_BLOCKS
from edgegenre.integer.recurrent import first_state
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.stream_heads import staggered_starts
from edgegenre.integer.streaming import Mode
from edgegenre.network.shape import Shape
from edgegenre.targets.core_costs import core_costs
from edgegenre.targets.cores import Processor
from edgegenre.targets.instruction_terms import answer, cell_slice, cell_slices, frame_work, head_work, row_work
from edgegenre.targets.schedule import Prices
from edgegenre.targets.size import HALVES, SAMPLE_BYTES, Size

# eg_stage_t, the fields of eg_layer_t that are no pointers, and what else a context holds of either head.
_STAGE_BYTES = 12
_LAYER_FIELDS = 43
_POOLED_BYTES, _RECURRENT_BYTES, _FLAT_BYTES = 24, 24, 20
_PCM_BYTES = 4
# Of a summary: the frames, and a sum and a sum of squares for each coefficient.
_SUMMARY_BYTES, _SUMMED_BYTES = 4, 12
# A bias and, in q31, a multiplier and a shift; in float32 a bias and a scale.
_FACTOR_BYTES = {"q31": 4 + 4 + 1, "float32": 4 + 4}


def estimated_size(layers: Stack, frontend: Extractor, target: Processor, mode: Mode) -> Size:
    """`firmware_size` without building. Raises ExportError for a core that was not measured."""
    cost = core_costs(target.name)
    context = context_bytes(layers, frontend, target, mode)
    audio = HALVES * SAMPLE_BYTES * heard_frames(frontend.spec).each.hop_length
    tables = table_bytes(layers, pointer_bytes=cost.pointer_bytes, arithmetic=target.arithmetic)
    code = cost.code_bytes[head_name(layers)]
    if not hears_1600(frontend):
        code += cost.power_of_two_bytes
        tables += frontend_table_bytes(frontend)
    return Size(
        target=target,
        ram_bytes=context + audio + cost.program_bytes,
        context_bytes=context,
        audio_bytes=audio,
        flash_bytes=tables + code,
        table_bytes=tables,
    )


def head_name(layers: Stack) -> str:
    """ "pooled", "flat", or the kind of recurrent layer."""
    if isinstance(layers.head, Cell):
        return layers.head.kind
    return "flat" if isinstance(layers.head, Product) else "pooled"


def hears_1600(frontend: Extractor) -> bool:
    """Whether the frames have 1600 samples, whose work and tables are always the same."""
    return isinstance(frontend, IntegerFrontend)


def frontend_table_bytes(frontend: Extractor) -> int:
    """Bytes of the tables of a front end whose frames have a power of two samples."""
    return power_of_two_bytes(heard_frames(frontend.spec).each, features=frontend.spec.frequency)


def context_bytes(layers: Stack, frontend: Extractor, target: Processor, mode: Mode) -> int:
    """sizeof(eg_context): memory, head, stages, two vectors, the samples of a frame."""
    layout: Layout = "widened" if core_costs(target.name).widens_rows else "narrow"
    memory = memory_plan(layers, layout, frontend_bytes=frontend_bytes(frontend)).total
    head = layers.head
    vector = layers.widest_vector
    value = 2 if isinstance(head, Cell) and head.input.bits == 16 else 1
    heard = heard_frames(frontend.spec)
    pcm = SAMPLE_BYTES * heard.each.frame_length + _PCM_BYTES
    if heard.count > 1:
        pcm += _SUMMARY_BYTES + _SUMMED_BYTES * heard.coefficients
    stages = _STAGE_BYTES * len(layers.rows)
    return memory + _head_bytes(layers, mode) + stages + 2 * value * padded(vector) + pcm


def _head_bytes(layers: Stack, mode: Mode) -> int:
    head = layers.head
    if isinstance(head, Product):
        return WORD * head.channels + _FLAT_BYTES
    if not isinstance(head, Cell):
        blocks = MEAN_BLOCKS if mode == "continuous" else 1
        return blocks * (WORD * layers.head_shape.channels + 2) + _POOLED_BYTES
    states = len(staggered_starts(layers.head_shape.time)) if mode == "continuous" else 1
    return states * (2 * first_state(head, 1).size + head.units + WORD) + _RECURRENT_BYTES


def table_bytes(layers: Stack, *, pointer_bytes: int, arithmetic: Arithmetic) -> int:
    """Bytes of the model's own tables in flash: weights in the kernels' order, biases, factors, one entry a layer."""
    entry = padded((4 if arithmetic == "q31" else 3) * pointer_bytes + _LAYER_FIELDS, pointer_bytes)
    weighted = [item.layer for item in layers.rows if isinstance(item.layer, WeightedOperation)]
    weighted += [layer for layer, _ in layers.dense]
    entries = len(layers.rows) + len(layers.dense)
    if isinstance(layers.head, Product):
        weighted.append(layers.head)
        entries += 1
    total = sum(_weight_bytes(layer) + layer.bias.size * _FACTOR_BYTES[arithmetic] for layer in weighted)
    total += entries * entry
    if isinstance(layers.head, Cell):
        total += _cell_bytes(layers.head, layers.head_shape)
    return total


def _weight_bytes(layer: WeightedOperation) -> int:
    return int(deployed_weights(layer).size)


def _cell_bytes(layer: Cell, shape: Shape) -> int:
    block = cell_units(layer)
    blocks = -(-layer.units // block)
    sums = int(recurrent_sizes(layer, shape)["EG_CELL_PRODUCTS"]) * PRODUCT_SUMS
    return blocks * sums * (padded(shape.channels) + padded(layer.units) + WORD)


def estimated_prices(layers: Stack, frontend: Extractor, target: Processor, mode: Mode) -> Prices:
    """The price of each slice of work on `target`, as `emulate` would count the longest of it."""
    cost = core_costs(target.name)
    rows = [cost.of(*row_work(item)) for item in layers.rows]
    head, slices = 0.0, 0
    if isinstance(layers.head, Cell):
        head = cost.of(*cell_slice(layers.head, layers.head_shape))
        slices = cell_slices(layers.head, layers.head_shape, mode)
    given = head_work(layers)
    if given is not None:
        rows[-1] += cost.of(*given)
    frame = cost.frontend if hears_1600(frontend) else cost.of("frame", frame_work(heard_frames(frontend.spec)))
    return Prices(
        sample=cost.sample,
        frontend=round(frame),
        layers=tuple(map(round, rows)),
        head=round(head),
        head_slices=slices,
        decision=round(cost.of("answer", answer(layers, mode))),
    )
