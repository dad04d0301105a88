"""One surface in a process of its own: python -m tests.fuzz.worker SURFACE INPUTS SEED FOLDER.

Any exception but a refusal ends it with the input that caused it left in FOLDER/input; so does an input that takes
more than ten seconds, or kills the process. Figures are printed as JSON.
"""

import faulthandler
import json
import random
import sys
import time
from pathlib import Path

from tests.fuzz.surfaces import REFUSALS, SURFACES
from tests.memory import peak_mb

LONGEST_SECONDS = 10


def main(name: str, inputs: int, seed: int, folder: Path) -> None:
    """Feed the surface and print what came of it."""
    surface = SURFACES[name][0](folder)
    chance = random.Random(f"{name} {seed}")
    kept, refused, slowest, begun = folder / "input", 0, 0.0, time.process_time()
    for _ in range(inputs):
        content = surface.make(chance)
        kept.write_bytes(content)
        faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
        started = time.perf_counter()
        try:
            surface.read(content)
        except REFUSALS as error:
            refused += 1
            if not str(error):
                raise RuntimeError("a refusal without a word") from error
        slowest = max(slowest, time.perf_counter() - started)
        faulthandler.cancel_dump_traceback_later()
    figures = {
        "inputs": inputs,
        "refused": refused,
        "slowest_ms": round(1000 * slowest),
        "peak_mb": peak_mb(),
        "processor_s": round(time.process_time() - begun),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
