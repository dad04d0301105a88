"""Do the .tflite files of a bundle give the stored logits under tflite-runtime? For an environment of its own.

    python -m venv old && old/bin/pip install tflite-runtime==2.14.0 'numpy<2'
    old/bin/python tests/tflite_runtime_check.py BUNDLE

Nothing else is needed: the streaming step is driven by edgegenre's own driver, out of this checkout. Held to arithmetic
`q31`, under the reference kernels: on x86-64 the default ones round in a way of their own. Exits 1 on a mismatch.
"""

import sys
from pathlib import Path

import numpy as np
from tflite_runtime.interpreter import Interpreter, OpResolverType

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edgegenre.integer.archive import load_integers
from edgegenre.integer.streaming import IntegerStream
from edgegenre.runtime.engines.litert_stream import LiteRTStream

MODULE = "tflite_runtime.interpreter"
CLIPS_BY_ROW = 2
"""Clips of whose stream every row is compared, not the last alone: the numpy stream is slow."""


def main(folder: Path) -> int:
    """Print how many logits differ, and by how much; returns the exit status."""
    with np.load(folder / "samples.npz", allow_pickle=False) as samples:
        name = "logits_q31" if "logits_q31" in samples else "logits_int16x8"
        features, stored = samples["input_features"], samples[name]
    found = {
        "model.tflite": (_whole(folder / "model.tflite", features), stored),
        "stream.tflite, last row": (_last_rows(folder / "stream.tflite", features), stored),
        "stream.tflite, every row": _every_row(folder, features[:CLIPS_BY_ROW]),
    }
    mismatches = 0
    for name, (logits, expected) in found.items():
        difference = np.abs(logits.astype(np.int64) - expected)
        mismatches += int((difference > 0).sum())
        differ = f"{(difference > 0).sum()} of {difference.size} logits differ, by at most {difference.max()}"
        print(f"tflite-runtime, q31, {name}: {differ}")
    return int(mismatches > 0)


def _whole(path: Path, features: np.ndarray) -> np.ndarray:
    interpreter = Interpreter(str(path), experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1)
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    logits = []
    for clip in features:
        interpreter.set_tensor(given["index"], clip.reshape(given["shape"]))
        interpreter.invoke()
        logits.append(interpreter.get_tensor(made["index"])[0].copy())
    return np.array(logits)


def _last_rows(path: Path, features: np.ndarray) -> np.ndarray:
    stream = LiteRTStream(path.read_bytes(), arithmetic="q31", module=MODULE)
    logits = []
    for clip in features:
        stream.reset()
        logits.append(stream.push(clip)[-1].logits)
    return np.array(logits)


def _every_row(folder: Path, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The step's logits and the numpy stream's, over all rows from which numpy answers."""
    step = LiteRTStream((folder / "stream.tflite").read_bytes(), arithmetic="q31", module=MODULE)
    stream = IntegerStream(load_integers(folder / "integers.npz"), arithmetic="q31")
    found, expected = [], []
    for clip in features:
        step.reset()
        stream.reset()
        by_rows = {item.rows: item.logits for item in step.push(clip)}
        for item in stream.push(clip):
            found.append(by_rows[item.rows])
            expected.append(item.logits)
    return np.array(found), np.array(expected)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tflite_runtime_check.py BUNDLE")
    sys.exit(main(Path(sys.argv[1])))
