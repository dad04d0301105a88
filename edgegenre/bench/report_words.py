"""How the report writes numbers and names."""

from edgegenre.bench.record import Accuracy, Record

ENGINES = {"litert": "LiteRT", "onnxruntime": "ONNX Runtime", "torch": "PyTorch", "reference": "numpy reference"}


def engine_words(record: Record) -> str:
    """Engine and numbers: "LiteRT int8"; the arithmetic is named where it is not the default one."""
    numbers = {"float": "float32", "float32": "int8"}.get(record.arithmetic, f"int8 {record.arithmetic}")
    return f"{ENGINES.get(record.engine, record.engine)} {numbers}"


def data_words(accuracy: Accuracy) -> str:
    """What an accuracy was scored on; synthetic data is called synthetic."""
    clips = f", {accuracy.clips} clips" if accuracy.clips is not None else ""
    synthetic = " (synthetic)" if accuracy.synthetic and "synthetic" not in accuracy.data else ""
    return f"{accuracy.data}{synthetic}, {accuracy.split}{clips}"


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
