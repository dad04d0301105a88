"""How results are written for people."""

from collections.abc import Sequence

from edgegenre.records.record import Accuracy, Ratio, Record

ENGINES = {
    "litert": "LiteRT",
    "tflite-micro": "TFLite Micro",
    "onnxruntime": "ONNX Runtime",
    "torch": "PyTorch",
    "native": "our C",
    "reference": "numpy reference",
}


_NUMBERS = {"float": "float32", "float32": "int8", "int16x8": "int16x8", "bfloat16": "bfloat16"}


def engine_words(engine: str, arithmetic: str) -> str:
    """Engine and numbers: "LiteRT int8"; the arithmetic is named where it is not the default one."""
    numbers = _NUMBERS.get(arithmetic, f"int8 {arithmetic}")
    return f"{ENGINES.get(engine, engine)} {numbers}"


def subject_words(record: Record, among: Sequence[Record]) -> str:
    """What was measured: the model, or the bundle where several share the model, and the machine where several are."""
    alike = {item.bundle for item in among if item.model == record.model}
    name = record.bundle if len(alike) > 1 else record.model
    return f"{name}, {record.machine.name}" if len({item.machine for item in among}) > 1 else name


def data_words(accuracy: Accuracy) -> str:
    """What an accuracy was scored on; synthetic data is called synthetic."""
    clips = f", {accuracy.clips} clips" if accuracy.clips is not None else ""
    synthetic = " (synthetic)" if accuracy.synthetic and "synthetic" not in accuracy.data else ""
    return f"{accuracy.data}{synthetic}, {accuracy.split}{clips}"


def accuracy_words(accuracy: Accuracy) -> str:
    """ "61.0 % (52.4 to 69.0)": the 95 % interval where it is known."""
    interval = ""
    if accuracy.low is not None and accuracy.high is not None:
        interval = f" ({100 * accuracy.low:.1f} to {100 * accuracy.high:.1f})"
    return f"{100 * accuracy.value:.1f} %{interval}"


def ratio_words(ratio: Ratio | None) -> str:
    """ "0.93 (0.88 to 0.96)"; "1.02 (0.97 to 1.05), equal" where the spread contains 1; "" without a spread."""
    if ratio is None or ratio.low == ratio.high:
        return ""
    return f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f}){', equal' if ratio.equal else ''}"


def milliseconds(value: float) -> str:
    """Three digits: "0.951 ms", "1.10 ms", "24.3 ms"; microseconds below a tenth."""
    if value < 0.1:
        return f"{1000 * value:.3g} µs"
    return f"{value:.{2 if value < 10 else 1}f} ms"


def millions(count: float | None) -> str:
    """ "315.9 M", "2.11 M", or "k" below a hundred thousand; a dash for None."""
    if count is None:
        return "–"
    if count < 1e5:
        return f"{count / 1e3:,.1f} k"
    return f"{count / 1e6:,.{1 if count >= 1e7 else 2}f} M"


def mebibytes(count: int) -> str:
    """ "9.4 MiB"."""
    return f"{count / 2**20:.1f} MiB"


def shortened(text: str, length: int) -> str:
    """At most `length` characters, with an ellipsis where some were left off."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
