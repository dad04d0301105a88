"""The files of a bundle that hold its manifest inside, or what it says: written here, and nowhere else."""

from collections.abc import Collection
from pathlib import Path

from edgegenre.bundle import (
    FIRMWARE,
    ONNX,
    STREAM_ONNX,
    STREAM_TFLITE,
    TFLITE,
    Manifest,
    manifest_text,
)
from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.export.c.project import write_firmware
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import stream_onnx_bytes
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes
from edgegenre.integer.network import IntegerNetwork


def write_model_files(folder: Path, manifest: Manifest, integers: IntegerNetwork, formats: Collection[str]) -> None:
    """Write what `formats` (of `formats.FORMATS`) stand for into `folder`; older ones there are replaced.

    Raises ExportError when a format cannot hold the integers, MissingDependencyError without onnx or ai-edge-litert
    where needed.
    """
    text = manifest_text(manifest)
    if "tflite" in formats:
        (folder / TFLITE).write_bytes(tflite_bytes(integers, text))
        (folder / STREAM_TFLITE).write_bytes(stream_tflite_bytes(integers, text))
    if "onnx" in formats:
        (folder / ONNX).write_bytes(onnx_bytes(integers, text))
        (folder / STREAM_ONNX).write_bytes(stream_onnx_bytes(integers, text))
    if "c" in formats:
        frontend, rules = firmware_frontend(manifest.inputs), manifest.rules(integers.output)
        write_firmware(integers, frontend, manifest.labels, folder / FIRMWARE, rules)
