"""Do the integer operations, those inside the GRU and LSTM too, give numpy's integers under older interpreters?

    .venv/bin/python -m tests.export.recurrent_operators OPERATORS       # writes them: one .npz each
    .venv/bin/python -m tests.export.graph_operators OPERATORS
    python -m venv old && old/bin/pip install tflite-runtime==2.14.0 'numpy<2'
    old/bin/python tests/operators_check.py OPERATORS

Nothing else is needed. Under the default and the reference kernels, over the same inputs that the tests give to LiteRT.
Exits 1 on a mismatch.
"""

import importlib.util
import sys
from pathlib import Path

import numpy as np

if importlib.util.find_spec("tflite_runtime"):
    from tflite_runtime.interpreter import Interpreter, OpResolverType
else:
    from tensorflow.lite.python.interpreter import Interpreter, OpResolverType


RESOLVERS = (OpResolverType.BUILTIN, OpResolverType.BUILTIN_REF)


def main(folder: Path) -> int:
    """Print how many values differ; returns the exit status."""
    compared = mismatches = 0
    files = sorted(folder.glob("*.npz"))
    for path in files:
        with np.load(path, allow_pickle=False) as operator:
            kernels = operator.get("kernels", (0, 1))
            for resolver in (RESOLVERS[number] for number in kernels):
                found = _run(operator, resolver)
                differ = int((found != operator["expected"]).sum())
                if differ:
                    print(f"{path.stem}, {resolver.name}: {differ} of {found.size} values differ")
                compared, mismatches = compared + found.size, mismatches + differ
    print(f"{Interpreter.__module__}: {len(files)} operators, {mismatches} of {compared} values differ")
    return int(mismatches > 0 or compared == 0)


def _run(operator: np.lib.npyio.NpzFile, resolver: OpResolverType) -> np.ndarray:
    interpreter = Interpreter(
        model_content=operator["model"].tobytes(), num_threads=1, experimental_op_resolver_type=resolver
    )
    interpreter.allocate_tensors()
    for number, entry in enumerate(interpreter.get_input_details()):
        interpreter.set_tensor(entry["index"], operator[f"input{number}"])
    interpreter.invoke()
    (made,) = interpreter.get_output_details()
    found: np.ndarray = interpreter.get_tensor(made["index"])
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: operators_check.py OPERATORS")
    sys.exit(main(Path(sys.argv[1])))
