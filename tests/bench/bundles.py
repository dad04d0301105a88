"""A complete int8 bundle from random weights: real files, no training."""

from pathlib import Path

from edgegenre.bundle import FLOAT_ONNX, INTEGERS, ONNX, STREAM_ONNX, TFLITE, Manifest, manifest_text, write_manifest
from edgegenre.export.onnx_clip import onnx_bytes
from edgegenre.export.onnx_float import float_onnx_bytes
from edgegenre.export.onnx_stream import stream_onnx_bytes
from edgegenre.export.tflite import tflite_bytes
from edgegenre.frontend.spec import FrontendSpec, Normalization
from edgegenre.integer.archive import save_integers
from tests.networks import random_float_network, random_integer_network


def random_bundle(folder: Path, name: str) -> Path:
    """Write the bundle of `random_integer_network(name)`, with accuracies that the manifest claims."""
    integers = random_integer_network(name)
    network = integers.network
    time, coefficients, _ = network.input_shape
    manifest = Manifest(
        model=name,
        labels=tuple(f"genre {number}" for number in range(network.classes)),
        frontend=FrontendSpec(coefficients=coefficients, window_frames=time),
        normalization=Normalization(mean=(0.0,) * coefficients, deviation=(1.0,) * coefficients),
        quantized=True,
        network=network,
        costs={},
        training={"dataset": "built-in", "synthetic": True, "run": "gone"},
        metrics={"float32": {"accuracy": 0.5, "split": "test", "clips": 40, "accuracy_interval": [0.35, 0.65]}},
    )
    text = manifest_text(manifest)
    folder.mkdir(parents=True)
    save_integers(integers, folder / INTEGERS)
    (folder / TFLITE).write_bytes(tflite_bytes(integers, text))
    (folder / ONNX).write_bytes(onnx_bytes(integers, text))
    (folder / STREAM_ONNX).write_bytes(stream_onnx_bytes(integers, text))
    (folder / FLOAT_ONNX).write_bytes(float_onnx_bytes(random_float_network(network), text))
    write_manifest(folder, manifest)
    return folder
