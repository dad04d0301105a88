"""A bundle with another manifest, its decisions or test figures: what says them is written anew, the model stays."""

import shutil
from pathlib import Path

from edgegenre.bundle import (
    FIRMWARE,
    FLOAT_ONNX,
    METADATA_KEY,
    MODEL_CARD,
    ONNX,
    TFLITE,
    Bundle,
    Manifest,
    manifest_text,
    write_manifest,
)
from edgegenre.deploy.model_card import model_card
from edgegenre.deploy.model_files import write_model_files
from edgegenre.export.onnx.graph import onnx_module
from edgegenre.files import replacing_folder


def retune(bundle: Bundle, manifest: Manifest) -> None:
    """Put a bundle with `manifest` in the place of `bundle`, whose model and labels it has to describe.

    The manifest inside the .onnx and .tflite files and the tables in C are written anew, the files that hold numbers
    alone are copied. The folder is replaced when all is there.
    Raises BundleError when the manifest's decisions cannot be used, MissingDependencyError without the packages that
    write the bundle's formats.
    """
    formats = [name for name, file in (("tflite", TFLITE), ("onnx", ONNX)) if file in bundle.files]
    if any(name.startswith(f"{FIRMWARE}/") for name in bundle.files):
        formats.append("c")
    with replacing_folder(bundle.folder) as temporary:
        for name in bundle.files:
            (temporary / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(bundle.folder / name, temporary / name)
        if bundle.integers is not None:
            write_model_files(temporary, manifest, bundle.integers, formats)
        elif FLOAT_ONNX in bundle.files:
            _replace_metadata(temporary / FLOAT_ONNX, manifest)
        files = sorted(path.name for path in temporary.iterdir() if path.name != MODEL_CARD)
        (temporary / MODEL_CARD).write_text(model_card(manifest, files), encoding="utf-8")
        write_manifest(temporary, manifest)


def _replace_metadata(path: Path, manifest: Manifest) -> None:
    """A float bundle has its numbers in this file alone, so it is edited."""
    onnx = onnx_module()
    model = onnx.load_model_from_string(path.read_bytes())
    for item in model.metadata_props:
        if item.key == METADATA_KEY:
            item.value = manifest_text(manifest)
    path.write_bytes(model.SerializeToString(deterministic=True))
