"""The model files of a bundle, checked before an engine sees them.

What such a file must look like is known from the bundle's integers. Where the package that writes it is installed, it
is written anew and compared byte for byte; elsewhere, and for float files, its inputs, outputs, operators and sizes
are checked. No file may point to another one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgegenre.bundle import (
    FLOAT_ONNX,
    LARGEST_FILE,
    ONNX,
    STREAM_ONNX,
    STREAM_TFLITE,
    TFLITE,
    Bundle,
    manifest_text,
)
from edgegenre.errors import EdgegenreError, MissingDependencyError, RuntimeEngineError
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import onnx_layout, stream_onnx_bytes
from edgegenre.export.steps import step_plan
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.shape import Shape
from edgegenre.runtime.file_structure import Interface, TensorSpec
from edgegenre.runtime.onnx_structure import check_onnx
from edgegenre.runtime.tflite_structure import check_tflite
from edgegenre.untrusted import UnreadableError, read_bytes

_WRITERS: dict[str, Callable[[IntegerNetwork, str], bytes]] = {
    ONNX: onnx_bytes,
    STREAM_ONNX: stream_onnx_bytes,
    TFLITE: tflite_bytes,
    STREAM_TFLITE: stream_tflite_bytes,
}

_BYTES_A_PARAMETER = 8
_BYTES_BESIDE = 16 << 20
"""Of operators, names and metadata: the longest of the zoo has some hundred thousand."""


@dataclass(frozen=True, kw_only=True)
class EngineFile:
    """A checked model file: its content, and where it lies, for messages."""

    path: Path
    content: bytes


def engine_file(bundle: Bundle, name: str) -> EngineFile:
    """The bundle's file `name`, one of the names of `edgegenre.bundle`, fit to be given to its engine.

    Raises BundleError when there is none, RuntimeEngineError when it is not what is written from the integers, or
    is not of a structure that is.
    """
    file = safe_file(bundle, name)
    written = _written(bundle, name)
    if written not in (None, file.content):
        raise RuntimeEngineError(
            f"{file.path}: is not what edgegenre writes from the bundle's integers: changed, or of another version. "
            "Export the bundle again, or use the engine 'native' or 'reference', which compute the integers themselves."
        )
    return file


def safe_file(bundle: Bundle, name: str) -> EngineFile:
    """The same for a file that may hold other numbers than the integers, as `verify` compares them.

    Its structure alone is checked. Raises what `engine_file` raises.
    """
    path = bundle.path(name)
    try:
        content = read_bytes(path, largest=_largest(bundle))
        check = check_tflite if name in (TFLITE, STREAM_TFLITE) else check_onnx
        check(content, _interface(bundle, name))
    except (OSError, UnreadableError) as error:
        raise RuntimeEngineError(f"{path}: {error}. No engine is given this file: export the bundle again.") from error
    return EngineFile(path=path, content=content)


def as_written(bundle: Bundle, name: str) -> bool:
    """Whether the file is, byte for byte, what is written from the integers now; True where that cannot be told."""
    try:
        content = read_bytes(bundle.path(name), largest=LARGEST_FILE)
        return _written(bundle, name) in (None, content)
    except (OSError, UnreadableError, RuntimeEngineError):
        return False


def _written(bundle: Bundle, name: str) -> bytes | None:
    """What the writer of this installation makes of the integers; None without one, and for a float file."""
    if name not in _WRITERS or bundle.integers is None:
        return None
    try:
        return _WRITERS[name](bundle.integers, manifest_text(bundle.manifest))
    except MissingDependencyError:
        return None
    except EdgegenreError as error:
        raise RuntimeEngineError(f"{bundle.folder / name}: the integers have no such form ({error})") from error


def _largest(bundle: Bundle) -> int:
    network = bundle.manifest.network
    parameters = sum(node.layer.parameters(*shapes) for node, shapes in network.with_shapes())
    return min(LARGEST_FILE, _BYTES_A_PARAMETER * parameters + _BYTES_BESIDE)


def _interface(bundle: Bundle, name: str) -> Interface:
    network, integers = bundle.manifest.network, bundle.integers
    if name in (ONNX, FLOAT_ONNX):
        inputs = [
            TensorSpec(name=item.name, dtype="float32", shape=(None, *_onnx_axes(item.shape)))
            for item in network.inputs
        ]
        logits = TensorSpec(name=network.output.name, dtype="float32", shape=(None, network.classes))
        return Interface(inputs=tuple(inputs), outputs=(logits,))
    assert integers is not None
    if name == TFLITE:
        inputs = [TensorSpec(name=item.name, dtype="int8", shape=(1, *item.shape)) for item in network.inputs]
        logits = TensorSpec(name="output", dtype=integers.output.dtype.__name__, shape=(1, network.classes))
        return Interface(inputs=tuple(inputs), outputs=(logits,))
    if name == STREAM_ONNX:
        return _step_interface(onnx_layout(step_plan(integers)), network.classes)
    return Interface(inputs=(), outputs=())  # a .tflite step is driven by its signatures, which `LiteRTStream` checks


def _onnx_axes(shape: Shape) -> tuple[int, ...]:
    """Channels have an axis where there are several."""
    return tuple(shape) if shape.channels > 1 else shape[:2]


def _step_interface(layout: StreamLayout, classes: int) -> Interface:
    inputs = [
        TensorSpec(
            name=item.name,
            dtype="float32",
            shape=_onnx_axes(Shape(layout.frames_per_step, item.frequency, item.channels)),
        )
        for item in layout.inputs
    ]
    logits = TensorSpec(name=layout.output_name, dtype="float32", shape=(1, classes))
    states = [(state, TensorSpec(name=state.name, dtype=state.dtype, shape=state.shape)) for state in layout.states]
    following = [TensorSpec(name=state.next_name, dtype=spec.dtype, shape=spec.shape) for state, spec in states]
    return Interface(inputs=(*inputs, *(spec for _, spec in states)), outputs=(logits, *following))
