"""What a bundle can be exported to, by the names that `edgegenre export --to` takes."""

from collections.abc import Iterable, Sequence

from edgegenre.errors import ExportError, did_you_mean

FORMATS = ("onnx", "tflite", "c")
FLOAT_FORMATS = ("onnx",)
WIDE_FORMATS = ("tflite", "c")

# The lower ends of pyproject's ranges, and the last release of tflite-runtime.
_MINIMUM_VERSIONS = {
    "onnx": {"onnxruntime": "1.20"},
    "tflite": {"ai-edge-litert": "2.0", "tflite-runtime": "2.14"},
    "c": {},
}


def chosen_formats(names: Sequence[str], *, quantized: bool, wide: bool = False) -> tuple[str, ...]:
    """The formats `names`, each once and in the order of FORMATS; all that the bundle can hold when there are none.

    wide: int16 activations, which onnxruntime has no convolution for. Raises ExportError for a name that is not known,
    and for a format that float or wide models do not have.
    """
    known = (WIDE_FORMATS if wide else FORMATS) if quantized else FLOAT_FORMATS
    for name in names:
        if name not in FORMATS:
            raise ExportError(
                f"format '{name}' is not known.{did_you_mean(name, FORMATS)} Known: {', '.join(FORMATS)}."
            )
        if name not in known and wide:
            raise ExportError(
                f"--to {name}: onnxruntime has no int16 convolution, so int16 activations have no .onnx. "
                "Leave --to out, or choose a recipe with 8 bits."
            )
        if name not in known:
            raise ExportError(
                f"--to {name} needs integers: a float bundle is ONNX alone. Export with --int8 instead of --float."
            )
    return tuple(name for name in known if name in names) if names else known


def without_firmware(formats: Sequence[str], names: Sequence[str], refusal: str | None) -> tuple[str, ...]:
    """`formats` without C where the C runtime cannot run the model. refusal: why; None where it can.

    Raises ExportError when C is among the `names` that were asked for.
    """
    if refusal is None or "c" not in formats:
        return tuple(formats)
    if "c" in names:
        raise ExportError(f"--to c: {refusal} Leave it out.")
    return tuple(name for name in formats if name != "c")


def minimum_versions(formats: Iterable[str]) -> dict[str, str]:
    """The oldest releases of the engines that run `formats`."""
    return dict(sorted(item for name in formats for item in _MINIMUM_VERSIONS[name].items()))
