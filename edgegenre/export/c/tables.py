"""eg_model.h and eg_model.c: the tables of one model. Everything else on the device is hand-written and shared."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from edgegenre.decisions.rules import Rules
from edgegenre.errors import ExportError
from edgegenre.export.c import text as c_text
from edgegenre.export.c.decisions import decision_tables, default_rules
from edgegenre.export.c.frontend import check_frontend, frontend_bytes, frontend_sizes, frontend_tables
from edgegenre.export.c.layer_tables import dense_entry, flat_tables, layer_arrays, row_entry
from edgegenre.export.c.plan import (
    LAYOUTS,
    VECTOR,
    Layout,
    MemoryPlan,
    Stack,
    memory_plan,
    packed_offsets,
    padded,
    stack,
)
from edgegenre.export.c.recurrent import recurrent_sizes, recurrent_tables
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Mean, Product, WeightedOperation
from edgegenre.integer.quantization import WIDENING
from edgegenre.integer.requantize import q31_multiplier
from edgegenre.integer.stream_heads import block_rows
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True)
class ModelTexts:
    """The texts of eg_model.h and eg_model.c, and where everything lies in memory, by the layout of the rows."""

    header: str
    source: str
    memory: Mapping[Layout, MemoryPlan]


def model_texts(
    network: IntegerNetwork, frontend: Extractor | None, labels: tuple[str, ...], rules: Rules | None = None
) -> ModelTexts:
    """The generated files of a model. A hash of both, in each, tells the runtime that they belong together.

    rules: how logits become answers; None for the default ones. Raises ExportError when the runtime cannot compute
    `network`, or the labels do not fit the logits.
    """
    layers, size = stack(network), frontend_bytes(frontend)
    if frontend:
        check_frontend(frontend, network.input_shape.frequency)
    both = {layout: memory_plan(layers, layout, frontend_bytes=size) for layout in LAYOUTS}
    header = _header(network, frontend, layers, both)
    if len(labels) != network.classes:
        raise ExportError(f"{len(labels)} labels for {network.classes} logits: give one label a class.")
    decisions = decision_tables(rules or default_rules(network, frontend, labels))
    source = _source(network, frontend, labels, layers, both) + decisions
    number = f"0x{hashlib.sha256((header + source).encode()).hexdigest()[:8]}u"
    header = header.replace("\n#endif\n", f"#define EG_MODEL_HASH {number}\n\n#endif\n")
    return ModelTexts(header=header, source=f"{source}const uint32_t eg_model_hash = {number};\n", memory=both)


def _header(
    network: IntegerNetwork, frontend: Extractor | None, layers: Stack, both: Mapping[Layout, MemoryPlan]
) -> str:
    """The text of eg_model.h: sizes known to the compiler."""
    narrow, widened = both["narrow"], both["widened"]
    shape = layers.head_shape
    sizes = {
        "EG_WIDE": int(network.wide),
        "EG_WIDENING": WIDENING if network.wide else 0,
        "EG_LAYERS": len(layers.rows),
        "EG_DENSE_LAYERS": len(layers.dense),
        "EG_FEATURES": network.input_shape.frequency * network.input_shape.channels,
        "EG_WINDOW_FRAMES": network.input_shape.time,
        "EG_CLASSES": network.classes,
        "EG_RECURRENT": int(isinstance(layers.head, Cell)),
        "EG_FLAT": int(isinstance(layers.head, Product)),
        "EG_HEAD_ROWS": shape.time,
        "EG_BLOCK_ROWS": block_rows(shape.time),
        **_head_sizes(layers),
        "EG_PACKED_BYTES": max(packed_offsets(layers)[-1], VECTOR),
        "EG_VECTOR_VALUES": padded(layers.widest_vector),
        "EG_MEMORY_WORDS": f"EG_BY_LAYOUT({narrow.total // 4}, {widened.total // 4})",
        "EG_WORKSPACE_OFFSET": f"EG_BY_LAYOUT({narrow.workspace}, {widened.workspace})",
        "EG_COLUMNS_OFFSET": f"EG_BY_LAYOUT({narrow.columns}, {widened.columns})",
        "EG_SCRATCH_OFFSET": f"EG_BY_LAYOUT({narrow.scratch}, {widened.scratch})",
        "EG_LOGIT_SCALE": c_text.decimal(network.output.scale),
        "EG_LOGIT_ZERO": f"({network.output.zero_point})",
        **frontend_sizes(frontend),
    }
    defines = "".join(f"#define {name} {value}\n" for name, value in sizes.items())
    return f'{_banner(network)}#ifndef EG_MODEL_H\n#define EG_MODEL_H\n\n#include "eg_config.h"\n\n{defines}\n#endif\n'


def _source(
    network: IntegerNetwork,
    frontend: Extractor | None,
    labels: tuple[str, ...],
    layers: Stack,
    both: Mapping[Layout, MemoryPlan],
) -> str:
    """The text of eg_model.c: weights, biases, multipliers of both arithmetics, labels, front end tables."""
    arrays, rows = [], []
    packed = packed_offsets(layers)
    for index, item in enumerate(layers.rows):
        offsets = (both["narrow"].inputs[index], both["widened"].inputs[index])
        if isinstance(item.layer, WeightedOperation):
            arrays.append(layer_arrays(f"row{index}", item.layer))
        rows.append(row_entry(f"row{index}", item, offsets, packed[index]))
    dense = []
    for index, (layer, shape) in enumerate(layers.dense):
        arrays.append(layer_arrays(f"dense{index}", layer))
        dense.append(dense_entry(f"dense{index}", layer, shape, packed[len(layers.rows) + index]))
    names = "".join(f"    {c_text.text(label)},\n" for label in labels)
    return "\n".join(
        [
            _banner(network) + '#include "eg_decision.h"\n#include "eg_layers.h"',
            *(['#include "eg_frontend_tables.h"'] if frontend else []),
            "",
            *arrays,
            f"const eg_layer_t eg_row_layers[{len(rows)}] = {{\n{''.join(rows)}}};\n",
            _head_tables(layers, f"EG_BY_LAYOUT({both['narrow'].inputs[-1]}, {both['widened'].inputs[-1]})"),
            *([f"const eg_layer_t eg_dense_layers[{len(dense)}] = {{\n{''.join(dense)}}};\n"] if dense else []),
            f"const char *const eg_labels[{len(labels)}] = {{\n{names}}};\n",
            *([frontend_tables(frontend)] if frontend else []),
        ]
    )


def _head_sizes(layers: Stack) -> Mapping[str, int | str]:
    """What eg_model.h defines of the head alone."""
    if isinstance(layers.head, Cell):
        return recurrent_sizes(layers.head, layers.head_shape)
    if isinstance(layers.head, Product):
        return {"EG_FLAT_OUTPUTS": layers.head.channels}
    return {"EG_POOL_CHANNELS": layers.head_shape.channels}


def _head_tables(layers: Stack, offset: str) -> str:
    if isinstance(layers.head, Cell):
        return recurrent_tables(layers.head, layers.head_shape, offset)
    if isinstance(layers.head, Product):
        return flat_tables(layers.head, layers.head_shape, offset)
    return _average_entry(layers.head, layers.head_shape, offset)


def _average_entry(layer: Mean, shape: Shape, offset: str) -> str:
    multiplier, shift = q31_multiplier(np.float64(layer.input.scale) / np.float64(layer.output.scale))
    scale_in, scale_out = (c_text.number(float(np.float32(item.scale))) for item in (layer.input, layer.output))
    fields = {
        "input": offset,
        "rows": shape.time,
        "frequency": shape.frequency,
        "channels": shape.channels,
        "block_rows": block_rows(shape.time),
        "zero_in": layer.input.zero_point,
        "zero_out": layer.output.zero_point,
    }
    in_q31 = f"        .multiplier = {int(multiplier)},\n        .shift = {int(shift)},\n"
    in_float32 = f"        .scale_in = {scale_in},\n        .scale_out = {scale_out},\n"
    factors = in_q31 if layer.output.bits == 16 else f"#ifdef EG_ARITHMETIC_Q31\n{in_q31}#else\n{in_float32}#endif\n"
    return f"const eg_average_t eg_average = {{\n{factors}{c_text.fields(fields)}}};\n"


def _banner(network: IntegerNetwork) -> str:
    what = f"Generated by edgegenre from the integers of {network.name}. Tables only - do not edit."
    return f"{c_text.comment(what)}\n"
