"""Run as a process of its own: how much memory one engine needs to open a bundle's model and classify clips.

    python -m edgegenre.targets.memory_probe ENGINE ARITHMETIC BUNDLE RUNS

RUNS is empty where there are none. Prints one JSON object, the fields of `edgegenre.records.record.Memory`.
"""

import contextlib
import importlib
import json
import subprocess
import sys
from pathlib import Path

from edgegenre.errors import BenchError
from edgegenre.records.reading import to_json
from edgegenre.records.record import Memory
from edgegenre.targets.peak_memory import peak_memory, restart_peak

_LIBRARIES = {
    "onnxruntime": ("onnxruntime",),
    "litert": ("ai_edge_litert.interpreter", "tflite_runtime.interpreter"),
    "torch": ("torch",),
}
_CLIPS = 3


def probe(engine: str, arithmetic: str, bundle: Path, runs: Path | None) -> Memory:
    """Measure in a new process. Raises BenchError when that process fails."""
    command = [sys.executable, "-m", "edgegenre.targets.memory_probe", engine, arithmetic, str(bundle), str(runs or "")]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return Memory(**json.loads(finished.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError) as error:
        reason = (finished.stderr.strip().splitlines() or ["no output"])[-1]
        raise BenchError(f"peak memory of {engine} could not be measured ({reason}).") from error


def _measure(engine: str, arithmetic: str, folder: Path, runs: Path | None) -> Memory:
    from edgegenre.bundle import load_bundle
    from edgegenre.targets.runners import clip_runner
    from edgegenre.targets.subject import bundle_subject

    subject = bundle_subject(load_bundle(folder), runs)
    for library in _LIBRARIES.get(engine, ()):
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    restart_peak()
    before, counter = peak_memory()
    runner = clip_runner(subject, engine, arithmetic)
    for _ in range(_CLIPS):
        runner.run()
    peak, _ = peak_memory()
    how = f"{counter} of a process of its own, less the same before the model was opened, libraries imported"
    return Memory(peak_bytes=peak - before, baseline_bytes=before, how=how)


if __name__ == "__main__":
    engine, arithmetic, bundle, runs = sys.argv[1:]
    print(json.dumps(to_json(_measure(engine, arithmetic, Path(bundle), Path(runs) if runs else None))))
