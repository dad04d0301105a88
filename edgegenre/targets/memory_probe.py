"""Run as a process of its own: how much memory one engine needs to open a bundle's model and classify clips.

    python -m edgegenre.targets.memory_probe ENGINE ARITHMETIC BUNDLE RUNS

RUNS is empty where there are none. Prints one JSON object, the fields of `edgegenre.records.record.Memory`.
"""

import contextlib
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

from edgegenre.errors import BenchError
from edgegenre.records.reading import to_json
from edgegenre.records.record import Memory

_STATUS = Path("/proc/self/status")
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
    with contextlib.suppress(OSError):  # "5" resets the peak to what is resident now (proc(5)); it may be forbidden.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before, counter = _peak()
    runner = clip_runner(subject, engine, arithmetic)
    for _ in range(_CLIPS):
        runner.run()
    peak, _ = _peak()
    how = f"{counter} of a process of its own, less the same before the model was opened, libraries imported"
    return Memory(peak_bytes=peak - before, baseline_bytes=before, how=how)


def _peak() -> tuple[int, str]:
    """The largest resident size of this process so far, in bytes, and the counter that says so."""
    if _STATUS.exists():
        match = re.search(r"^VmHWM:\s+(\d+) kB", _STATUS.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
        if match:
            return 1024 * int(match.group(1)), "VmHWM"
    import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "ru_maxrss"


if __name__ == "__main__":
    engine, arithmetic, bundle, runs = sys.argv[1:]
    print(json.dumps(to_json(_measure(engine, arithmetic, Path(bundle), Path(runs) if runs else None))))
