"""The streaming .tflite: the numpy stream's logits to the bit after every row, on either kernels, in integers."""

import collections

import pytest
from ai_edge_litert import schema_py_generated as schema

from edgegenre.errors import RuntimeEngineError
from edgegenre.export.steps import step_plan
from edgegenre.export.stream_layout import LAYOUT_KEY, StreamLayout
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes, tflite_layout
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.tflite_metadata import tflite_metadata
from tests.networks import (
    random_integer_network,
)


def test_only_the_widening_to_int16_passes_through_float() -> None:
    """DEQUANTIZE and QUANTIZE in pairs, twice in a GRU, never elsewhere."""
    for name, pairs in (("odd", 0), ("recurrent", 2)):
        model = schema.ModelT.InitFromPackedBuf(stream_tflite_bytes(random_integer_network(name), "{}"), 0)
        names = {value: key for key, value in vars(schema.BuiltinOperator).items()}
        counts: collections.Counter[str] = collections.Counter()
        for graph in model.subgraphs:
            for operator in graph.operators:
                counts[names[model.operatorCodes[operator.opcodeIndex].builtinCode]] += 1
                touched = [graph.tensors[index].type for index in [*operator.inputs, *operator.outputs]]
                if schema.TensorType.FLOAT32 in touched:
                    counts["float"] += 1
        assert counts["DEQUANTIZE"] == pairs
        assert counts["float"] == 2 * pairs


def test_layout_and_manifest_are_read_from_the_file_without_the_schema() -> None:
    network = random_integer_network("ds-cnn1")
    model = stream_tflite_bytes(network, '{"labels": ["été"]}')
    assert tflite_metadata(model, "edgegenre").decode() == '{"labels": ["été"]}'
    layout = LiteRTStream(model).layout
    assert layout == tflite_layout(step_plan(network))
    assert StreamLayout.from_dict(layout.to_dict()) == layout
    with pytest.raises(KeyError):
        tflite_metadata(model, "other")


@pytest.mark.parametrize("model", [b"", b"not a flatbuffer", bytes(64)])
def test_what_is_no_step_is_refused(model: bytes) -> None:
    with pytest.raises(RuntimeEngineError, match="no streaming step"):
        LiteRTStream(model)
    with pytest.raises(RuntimeEngineError, match=LAYOUT_KEY):
        LiteRTStream(tflite_bytes(random_integer_network("plain"), "{}"))
