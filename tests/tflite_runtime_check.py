"""Does model.tflite give the stored logits under tflite-runtime? For an environment of its own, without edgegenre.

    python -m venv old && old/bin/pip install tflite-runtime==2.14.0 'numpy<2'
    old/bin/python tests/tflite_runtime_check.py BUNDLE

Held to arithmetic `q31`, under the reference kernels: on x86-64 the default ones round in a way of their own.
Exits 1 on a mismatch.
"""

import sys
from pathlib import Path

import numpy as np
from tflite_runtime.interpreter import Interpreter, OpResolverType


def main(folder: Path) -> int:
    """Print how many logits differ, and by how much; returns the exit status."""
    with np.load(folder / "samples.npz", allow_pickle=False) as samples:
        features, expected = samples["features"], samples["logits_q31"]
    interpreter = Interpreter(
        str(folder / "model.tflite"), experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1
    )
    interpreter.allocate_tensors()
    given, made = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    logits = []
    for clip in features:
        interpreter.set_tensor(given["index"], clip.reshape(given["shape"]))
        interpreter.invoke()
        logits.append(interpreter.get_tensor(made["index"])[0].copy())
    difference = np.abs(np.array(logits, np.int64) - expected)
    mismatches = int((difference > 0).sum())
    print(f"tflite-runtime, q31: {mismatches} of {difference.size} logits differ, by at most {difference.max()}")
    return int(mismatches > 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tflite_runtime_check.py BUNDLE")
    sys.exit(main(Path(sys.argv[1])))
