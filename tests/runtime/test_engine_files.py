"""A stranger's model files, their hashes recomputed: an engine gets what edgegenre writes, or nothing."""

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from ai_edge_litert import schema_py_generated as schema
from hypothesis import HealthCheck, given, settings
from onnx import TensorProto, helper, numpy_helper

from edgegenre.bundle import FLOAT_ONNX, ONNX, STREAM_ONNX, STREAM_TFLITE, TFLITE, Bundle, load_bundle, write_manifest
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import ExportError, RuntimeEngineError
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.export.onnx.stream import stream_onnx_bytes
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.graph import packed
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.network import Network
from edgegenre.runtime.engine_files import as_written, engine_file, safe_file
from edgegenre.runtime.engines.onnxruntime import OnnxRuntimeEngine
from edgegenre.runtime.file_structure import Interface, TensorSpec
from edgegenre.runtime.onnx_structure import check_onnx
from edgegenre.runtime.registry import open_engine
from edgegenre.runtime.tflite_structure import check_tflite
from edgegenre.untrusted import UnreadableError
from tests.bundles import LABELS, SPEC, tiny_bundle, tiny_run
from tests.graphs import graphs
from tests.memory import grows_less_than
from tests.networks import (
    odd_network,
    plain_network,
    random_float_network,
    random_integer_network,
    random_integers,
    recurrent_network,
)

CLASSES = len(LABELS)
ENGINES = {ONNX: "onnxruntime", TFLITE: "litert"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One bundle; every test changes a file of it and puts it back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGENRE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return tiny_bundle(tmp_path_factory.mktemp("int8"))


@pytest.fixture
def bundle(made: Path) -> Any:
    files = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    yield load_bundle(made)
    for path, content in files.items():
        path.write_bytes(content)


@pytest.fixture(scope="module")
def float_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder = tmp_path_factory.mktemp("float")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGENRE_CACHE", str(folder / "cache"))
        return load_bundle(export_bundle(tiny_run(folder), quantized=False, out_folder=folder / "bundle"))


@pytest.fixture
def no_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device: engines, and no package that writes their files."""
    import ai_edge_litert

    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.schema_py_generated", None)
    monkeypatch.delattr(ai_edge_litert, "schema_py_generated")


def replaced(bundle: Bundle, name: str, content: bytes) -> Bundle:
    """The bundle with another file and hashes that agree."""
    (bundle.folder / name).write_bytes(content)
    write_manifest(bundle.folder, bundle.manifest)
    return load_bundle(bundle.folder)


@pytest.mark.parametrize("name", [ONNX, STREAM_ONNX, TFLITE, STREAM_TFLITE])
def test_what_edgegenre_writes_is_given_to_its_engine(bundle: Bundle, name: str) -> None:
    assert engine_file(bundle, name).content == (bundle.folder / name).read_bytes()
    assert as_written(bundle, name)


@pytest.mark.usefixtures("no_writers")
@pytest.mark.parametrize("name", [ONNX, STREAM_ONNX, TFLITE, STREAM_TFLITE])
def test_a_device_without_writers_runs_it_too(bundle: Bundle, name: str) -> None:
    assert engine_file(bundle, name).content == (bundle.folder / name).read_bytes()
    engine = open_engine("onnxruntime" if name in (ONNX, STREAM_ONNX) else "litert", bundle)
    assert engine.logits(np.zeros((2, SPEC.window_frames, 12), np.int8)).shape == (2, CLASSES)


class _Anything(Interface):
    def check(self, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
        assert inputs


def check_all(integers: IntegerNetwork, network: Network) -> None:
    """Every file of a network passes, as far as it has one."""
    anything = _Anything(inputs=(TensorSpec(name="", dtype="", shape=()),), outputs=())
    writers: list[tuple[Callable[..., bytes], Callable[[bytes, Interface], None]]] = [
        (tflite_bytes, check_tflite),
        (stream_tflite_bytes, check_tflite),
        *([] if integers.wide else [(onnx_bytes, check_onnx), (stream_onnx_bytes, check_onnx)]),
    ]
    for write, check in writers:
        try:
            content = write(integers, "{}")
        except ExportError:  # some graphs have no streaming step
            continue
        check(content, anything)
    check_onnx(float_onnx_bytes(random_float_network(network), "{}"), anything)


@pytest.mark.parametrize("name", ["odd", "plain", "recurrent", "lstm", "ds-cnn1", "wide-odd", "wide-lstm"])
def test_every_operator_of_known_models_is_known(name: str) -> None:
    networks = {"odd": odd_network, "plain": plain_network}
    check_all(random_integer_network(name), networks.get(name, recurrent_network)())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(graphs())
def test_every_operator_of_any_graph_is_known(network: Network) -> None:
    check_all(random_integers(network), network)


@pytest.mark.parametrize("name", [ONNX, STREAM_ONNX, TFLITE, STREAM_TFLITE])
def test_one_other_weight_is_refused_and_named_by_verify(bundle: Bundle, name: str) -> None:
    """Hashes are recomputed, the structure is the same: only the bytes tell."""
    content = bytearray((bundle.folder / name).read_bytes())
    network = bundle.integers
    assert network is not None
    weights = network.operations[0].weights.reshape(8, -1)[:4].tobytes()  # type: ignore[union-attr]
    content[content.index(weights)] ^= 1
    changed = replaced(bundle, name, bytes(content))
    assert safe_file(changed, name).content == content
    assert not as_written(changed, name)
    with pytest.raises(RuntimeEngineError, match=rf"{name}: is not what edgegenre writes.*'native'"):
        engine_file(changed, name)


# --- .onnx ------------------------------------------------------------------------------------------------------------


def graph(*nodes: Any, constants: Any = (), inputs: Any = None, outputs: Any = None) -> bytes:
    """A model that takes what the bundle's takes and gives what it gives, as far as nothing else is said."""
    shape = ["clips", SPEC.window_frames, SPEC.coefficients]
    inputs = inputs or [helper.make_tensor_value_info("features", TensorProto.FLOAT, shape)]
    outputs = outputs or [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["clips", CLASSES])]
    made = helper.make_graph(list(nodes), "g", inputs, outputs, list(constants))
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(made, opset_imports=opsets, ir_version=8).SerializeToString()


def node(operator: str, inputs: list[str], output: str = "logits", **attributes: Any) -> Any:
    return helper.make_node(operator, inputs, [output], **attributes)


def constant(values: Any, name: str = "c") -> Any:
    return numpy_helper.from_array(np.asarray(values), name)


def endless_constant() -> Any:
    tensor = constant(np.zeros(4, np.float32))
    tensor.dims[:] = [1 << 34]
    return tensor


def constant_elsewhere() -> Any:
    tensor = constant(np.zeros(4, np.float32))
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="MODEL_CARD.md")
    return tensor


def listed_constant() -> Any:
    return helper.make_tensor("c", TensorProto.FLOAT, [4], [0.0] * 4)


def outputs(*shapes: Any) -> list[Any]:
    names = ["logits", "more"]
    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in zip(names, shapes, strict=False)
    ]


FLAT = node("Flatten", ["features"])
TWO_INPUTS = [
    helper.make_tensor_value_info(name, TensorProto.FLOAT, ["clips", SPEC.window_frames, SPEC.coefficients])
    for name in ("features", "more")
]

WRONG_ONNX = {
    "a scalar": (graph(FLAT, outputs=outputs([])), "outputs"),
    "nothing": (graph(FLAT, outputs=outputs(["clips", 0])), "outputs"),
    "one class": (graph(FLAT, outputs=outputs(["clips", 1])), "outputs"),
    "four classes": (graph(FLAT, outputs=outputs(["clips", 4])), "outputs"),
    "two outputs": (graph(FLAT, outputs=outputs(["clips", 3], ["clips", 3])), "outputs"),
    "two inputs": (graph(FLAT, inputs=TWO_INPUTS), "inputs"),
    "another input": (graph(FLAT, inputs=TWO_INPUTS[1:]), "inputs"),
    "a constant of 64 GB": (graph(FLAT, constants=[endless_constant()]), "claims"),
    "a constant in another file": (graph(FLAT, constants=[constant_elsewhere()]), "edgegenre writes nowhere"),
    "a constant in a list": (graph(FLAT, constants=[listed_constant()]), "edgegenre writes nowhere"),
    "texts": (graph(FLAT, constants=[constant(np.array(["a"], object))]), "writes nowhere|the type 8"),
    "an operator that makes constants": (graph(node("ConstantOfShape", ["features"])), "the operator 'Const"),
    "a loop": (graph(node("Loop", ["features"])), "the operator 'Loop'"),
    "an operator of its own": (graph(node("Conv", ["features"], domain="evil")), "the operator 'evil.Conv'"),
    "a constant under the input's name": (
        graph(FLAT, constants=[constant(np.zeros(3, np.float32), "features")]),
        "the name of an input",
    ),
    "empty": (b"", "0 times a graph"),
    "text": (b"not an onnx file", "no .onnx file"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), WRONG_ONNX.values(), ids=WRONG_ONNX)
def test_an_onnx_file_of_another_structure_reaches_no_engine(bundle: Bundle, content: bytes, message: str) -> None:
    changed = replaced(bundle, ONNX, content)
    for opened in (engine_file, safe_file):
        with pytest.raises(RuntimeEngineError, match=rf"(?s)model\.onnx: .*({message}).*No engine is given this file"):
            opened(changed, ONNX)


def nested(depth: int) -> Any:
    inner = helper.make_graph([node("Relu", ["x"], "y")], "g", [], outputs([]))
    for _ in range(depth):
        inner = helper.make_graph([node("Scan", ["x"], "y", body=inner, num_scan_inputs=1)], "g", [], outputs([]))
    return graph(node("Scan", ["features"], body=inner, num_scan_inputs=1))


def test_graphs_inside_graphs_are_refused(bundle: Bundle) -> None:
    with pytest.raises(RuntimeEngineError, match="graphs inside graphs"):
        safe_file(replaced(bundle, ONNX, nested(5)), ONNX)


def test_a_file_of_gigabytes_is_refused_by_its_size(bundle: Bundle) -> None:
    with (bundle.folder / ONNX).open("r+b") as stream:
        stream.truncate(200 << 20)
    with pytest.raises(RuntimeEngineError, match=r"\d+ bytes, more than \d+"):
        safe_file(bundle, ONNX)


@pytest.mark.usefixtures("no_writers")
def test_a_lying_onnx_file_is_found_out_by_its_answer(bundle: Bundle) -> None:
    """It declares three logits and gives all features."""
    engine = open_engine("onnxruntime", replaced(bundle, ONNX, graph(FLAT)))
    with pytest.raises(RuntimeEngineError, match=r"model\.onnx: (it gave float32 \[1, 468\]|onnxruntime cannot)"):
        engine.logits(np.zeros((1, SPEC.window_frames, 12), np.int8))


@pytest.mark.usefixtures("no_writers")
def test_a_bomb_is_stopped_by_the_memory_limit(bundle: Bundle) -> None:
    """Thirty doublings of what it reads: 480 GB."""
    names = ["features", *(f"x{number}" for number in range(30))]
    doublings = [node("Concat", [a, a], b, axis=1) for a, b in itertools.pairwise(names)]
    content = graph(*doublings, node("Flatten", [names[-1]]))
    engine = open_engine("onnxruntime", replaced(bundle, ONNX, content))
    with grows_less_than(2000), pytest.raises(RuntimeEngineError, match="onnxruntime cannot compute it"):
        engine.logits(np.zeros((1, SPEC.window_frames, 12), np.int8))


def test_logits_that_are_no_numbers_are_not_believed(float_bundle: Bundle) -> None:
    model = onnx.load_from_string((float_bundle.folder / FLOAT_ONNX).read_bytes())
    (bias,) = [item for item in model.graph.initializer if item.name == "logits/bias"]
    bias.raw_data = np.full(CLASSES, math.nan, np.float32).tobytes()
    changed = replaced(float_bundle, FLOAT_ONNX, model.SerializeToString())
    with pytest.raises(RuntimeEngineError, match=r"model_float\.onnx: it gave logits that are no numbers"):
        open_engine(None, changed).logits(np.zeros((1, SPEC.window_frames, 12), np.int8))


# --- .tflite ----------------------------------------------------------------------------------------------------------


def rewritten(bundle: Bundle, change: Callable[[Any], None]) -> bytes:
    model = schema.ModelT.InitFromPackedBuf((bundle.folder / TFLITE).read_bytes(), 0)
    change(model)
    return packed(model)


def endless_tensor(model: Any) -> None:
    model.subgraphs[0].tensors[-1].shape = [1 << 30, 16]


def growing_reshape(model: Any) -> None:
    model.subgraphs[0].tensors[-1].shape = [1, 1 << 20]


def hollow_constant(model: Any) -> None:
    weights = next(item for item in model.subgraphs[0].tensors if item.name == b"conv1/weights")
    weights.shape = [64, *weights.shape[1:]]


def own_operator(model: Any) -> None:
    model.operatorCodes[0].customCode = "evil"


def other_operator(model: Any) -> None:
    model.operatorCodes[0].builtinCode = schema.BuiltinOperator.WHILE


def four_classes(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.outputs = [next(index for index, item in enumerate(graph.tensors) if item.name == b"average")]


def another_input(model: Any) -> None:
    model.subgraphs[0].tensors[model.subgraphs[0].inputs[0]].shape = [1, 39, 11, 1]


def two_inputs(model: Any) -> None:
    model.subgraphs[0].inputs = [*model.subgraphs[0].inputs, model.subgraphs[0].outputs[0]]


def no_input(model: Any) -> None:
    model.subgraphs[0].inputs = []


def read_before_it_is_made(model: Any) -> None:
    model.subgraphs[0].operators.reverse()


def no_such_tensor(model: Any) -> None:
    model.subgraphs[0].operators[0].inputs = [0, 1, 1 << 20]


def data_behind_the_file(model: Any) -> None:
    model.buffers[1].offset, model.buffers[1].size = 1 << 20, 1 << 30


def texts(model: Any) -> None:
    model.subgraphs[0].tensors[1].type = schema.TensorType.STRING


WRONG_TFLITE = [
    endless_tensor, growing_reshape, hollow_constant, own_operator, other_operator, four_classes, another_input,
    two_inputs, no_input, read_before_it_is_made, no_such_tensor, data_behind_the_file, texts,
]  # fmt: skip


@pytest.mark.parametrize("change", WRONG_TFLITE)
def test_a_tflite_file_of_another_structure_reaches_no_engine(bundle: Bundle, change: Callable[[Any], None]) -> None:
    changed = replaced(bundle, TFLITE, rewritten(bundle, change))
    for opened in (engine_file, safe_file):
        with pytest.raises(RuntimeEngineError, match=r"(?s)model\.tflite: .*No engine is given this file"):
            opened(changed, TFLITE)


def test_a_tflite_file_that_is_cut_anywhere_is_refused(bundle: Bundle) -> None:
    content = (bundle.folder / TFLITE).read_bytes()
    interface = Interface(inputs=(), outputs=())
    for length in [*range(400), *range(400, len(content) - 4000, 97)]:
        with pytest.raises(UnreadableError):
            check_tflite(content[:length], interface)


def test_an_engine_names_the_file_that_it_could_not_load(bundle: Bundle) -> None:
    changed = replaced(bundle, ONNX, graph(node("Conv", ["features"])))
    with pytest.raises(RuntimeEngineError, match=r"model\.onnx: onnxruntime cannot load it"):
        OnnxRuntimeEngine(safe_file(changed, ONNX), changed.manifest.network, None)
