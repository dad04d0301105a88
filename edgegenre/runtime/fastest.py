"""Which engine a model runs on where none is named: the fastest that is installed. All give the same bytes."""

from edgegenre.bundle import ONNX, STREAM_ONNX, STREAM_TFLITE, TFLITE
from edgegenre.export.steps import step_refusal
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.runtime.model import Model

REFERENCE = "reference"

_FILES = {"onnxruntime": {ONNX, STREAM_ONNX}, "litert": {TFLITE, STREAM_TFLITE}}
"""What an engine needs of a bundle to answer at every row as well as once a window."""

_STEPS = {STREAM_ONNX, STREAM_TFLITE}
"""Files that do not exist for a network whose head needs a whole window at once."""


def fastest_first(model: Model, arithmetic: Arithmetic, mode: Mode) -> tuple[str, ...]:
    """The engines that can compute `model`, fastest first; the last is always there.

    A clip of DS-CRNN1 takes onnxruntime half the time of LiteRT and numpy seven times as long; the native engine is
    the fastest once its C is compiled, which takes seconds for each model. Continuous mode is known to it and to numpy.
    A float run is computed by numpy: another engine would change its last digits.
    """
    if model.bundle is None:
        return (REFERENCE,)
    if not model.quantized:
        return ("onnxruntime",)
    if mode == "continuous":
        return ("native", REFERENCE)
    integers = model.bundle.integers
    assert integers is not None
    impossible = _STEPS if step_refusal(integers) is not None else set()
    known = [name for name, needed in _FILES.items() if needed - impossible <= set(model.bundle.files)]
    if arithmetic != "float32" and "onnxruntime" in known:
        known.remove("onnxruntime")
    return (*known, "native", REFERENCE)
