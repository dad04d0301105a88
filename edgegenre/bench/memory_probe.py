"""Run as a process of its own: how much memory one engine needs to open a bundle's model and classify clips.

    python -m edgegenre.bench.memory_probe ENGINE ARITHMETIC BUNDLE RUNS

Prints one JSON object, the fields of `edgegenre.bench.record.Memory`.
"""

import contextlib
import dataclasses
import importlib
import json
import subprocess
import sys
from pathlib import Path

from edgegenre.bench.peak_memory import peak_memory, restart_peak
from edgegenre.bench.record import Memory
from edgegenre.errors import BenchError

_LIBRARIES = {
    "onnxruntime": ("onnxruntime",),
    "litert": ("ai_edge_litert.interpreter", "tflite_runtime.interpreter"),
    "torch": ("torch",),
}
_CLIPS = 3


def probe(engine: str, arithmetic: str, bundle: Path, runs: Path) -> Memory:
    """Measure in a new process. Raises BenchError when that process fails."""
    command = [sys.executable, "-m", "edgegenre.bench.memory_probe", engine, arithmetic, str(bundle), str(runs)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return Memory(**json.loads(finished.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError) as error:
        reason = (finished.stderr.strip().splitlines() or ["no output"])[-1]
        raise BenchError(f"peak memory of {engine} could not be measured ({reason}).") from error


def _measure(engine: str, arithmetic: str, folder: Path, runs: Path) -> Memory:
    from edgegenre.bench.runners import clip_runner
    from edgegenre.bundle import load_bundle

    bundle = load_bundle(folder)
    for library in _LIBRARIES.get(engine, ()):
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    restart_peak()
    before, counter = peak_memory()
    runner = clip_runner(engine, arithmetic, bundle, runs)
    for _ in range(_CLIPS):
        runner.run()
    peak, _ = peak_memory()
    how = f"{counter} of a process of its own, less the same before the model was opened, libraries imported"
    return Memory(peak_bytes=peak - before, baseline_bytes=before, how=how)


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(_measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4])))))
