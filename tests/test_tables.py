"""Every lowering is one table: each kind of layer and operation is handled in it, or refused by name."""

import ast
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from edgegenre.errors import ExportError, QuantizationError
from edgegenre.export.c.chain import chain_of
from edgegenre.export.onnx import float_clip, quantized
from edgegenre.export.tflite import float_clip as float_tflite
from edgegenre.export.tflite import operations as tflite_operations
from edgegenre.integer import archive, rows
from edgegenre.integer.network import IntegerInput, IntegerNetwork
from edgegenre.integer.operations import OPERATION_KINDS, Operation
from edgegenre.integer.quantization import Quantization
from edgegenre.network import description, float_layers
from edgegenre.network.layers import LAYER_KINDS, AnyLayer
from edgegenre.quantize import lowering
from edgegenre.training import fake_quantized, layers
from tests.export.graph_operators import cases

OF_LAYERS = {
    "float numpy": float_layers.FLOAT_LAYERS,
    "torch": layers.MODULES,
    "integers": lowering.LOWERINGS,
    "float .onnx": float_clip.WRITERS,
    "float .tflite": float_tflite.WRITERS,
}
OF_OPERATIONS = {
    "numpy": rows.NUMPY,
    ".onnx": quantized.WRITERS,
    ".tflite": tflite_operations.WRITERS,
    "quantization-aware training": fake_quantized.FAKES,
}
PACKAGE = Path(__file__).resolve().parents[1] / "edgegenre"


def test_every_kind_has_a_name() -> None:
    assert set(LAYER_KINDS.values()) == set(get_args(AnyLayer))
    assert set(OPERATION_KINDS.values()) == set(get_args(Operation))


@pytest.mark.parametrize("table", OF_LAYERS)
def test_a_table_handles_every_layer(table: str) -> None:
    assert set(OF_LAYERS[table]) == set(LAYER_KINDS.values())


@pytest.mark.parametrize("table", OF_OPERATIONS)
def test_a_table_handles_every_operation(table: str) -> None:
    assert set(OF_OPERATIONS[table]) == set(OPERATION_KINDS.values())


@pytest.mark.parametrize(("kinds", "fields"), [(LAYER_KINDS, description.FIELDS), (OPERATION_KINDS, archive.FIELDS)])
def test_a_file_reads_every_field_of_every_kind(kinds: Mapping[str, type], fields: Mapping[str, object]) -> None:
    arrays = {"weights", "bias", "weight_scales", "table", "weights_input", "weights_hidden"}
    arrays |= {"scales_input", "scales_hidden"}
    for kind in kinds.values():
        assert {field.name for field in dataclasses.fields(kind)} <= set(fields) | arrays


def test_c_refuses_what_it_has_no_kernel_for_by_name() -> None:
    refused = {type(case.operation) for case in cases()}
    assert len(refused) >= 5
    for case in cases():
        operation = case.operation
        inputs = tuple(
            IntegerInput(name=name, shape=shape, quantization=operation.input)
            for name, shape in zip(operation.inputs, case.shapes, strict=True)
        )
        if operation.output_shape(*case.shapes).time == 1:
            with pytest.raises(ExportError, match=r"has no C form: .*The C runtime computes a chain"):
                chain_of(IntegerNetwork(name="single", inputs=inputs, operations=(operation,)))


def test_a_kind_that_is_missing_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    case = next(cases())
    monkeypatch.delitem(quantized.WRITERS, type(case.operation))
    with pytest.raises(ExportError, match=r"operation 'sum' \(sum\) has no exact \.onnx form"):
        case.onnx(np.uint8)
    monkeypatch.delitem(tflite_operations.WRITERS, type(case.operation))
    with pytest.raises(ExportError, match=r"operation 'sum' \(sum\) has no exact \.tflite form"):
        case.tflite()


def test_an_operation_that_cannot_prove_its_ranges_is_never_made() -> None:
    case = next(cases())
    fields = {name: getattr(case.operation, name) for name in ("name", "inputs", "input")}
    with pytest.raises(QuantizationError, match="one quantization"):
        type(case.operation)(**fields, output=Quantization(scale=1.0, zero_point=0))


def test_no_export_asks_for_the_class_of_a_layer() -> None:
    """An export knows operations: only the float .onnx, which has no integers, knows layers."""
    for path in (PACKAGE / "export").rglob("*.py"):
        if path.name == "float_clip.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module != "edgegenre.network.layers", path
