"""Everything that is measured on a GPU, in one go, for a machine that is lent for minutes.

    python bench/gpu.py --out gpu-results                       # at most eight minutes, all twelve models
    python bench/gpu.py --out trial --device cpu --models ds-cnn1 --seconds 30 --tracks 100 --iterations 10 --no-compile

Random weights: time does not depend on them. Inference at a batch of one and at the batch that saturates, float32 and
bfloat16, eager, in CUDA graphs and compiled; training at the paper's protocol on features of noise, as many as Extended
Ballroom's training part has. One file of records, written anew whenever a model is done, so that nothing is lost when
the machine is taken away; what there was no time for is named in a record's note.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from edgegenre.errors import EdgegenreError
from edgegenre.records.files import write_records
from edgegenre.targets.gpu import ITERATIONS, TRAINING_TRACKS, pieces
from edgegenre.targets.job import Job
from edgegenre.targets.machine import source_commit
from edgegenre.zoo.registry import MODELS

MINUTES = 8
STARTING = 40
"""Seconds set aside for starting up and for the piece of work that is under way when the time is over."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="the folder for the records")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda", help="cpu is for a trial")
    parser.add_argument("--models", default=",".join(MODELS), help="separated by commas")
    parser.add_argument("--seconds", type=float, default=60 * MINUTES - STARTING, help="for all of it")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--tracks", type=int, default=TRAINING_TRACKS)
    parser.add_argument("--iterations", type=int, default=ITERATIONS, help="of training, a multiple of 10")
    parser.add_argument("--no-compile", dest="compiled", action="store_false")
    options = parser.parse_args()
    names = ("device", "seconds", "tracks", "iterations", "compiled")
    job = Job(
        target="gpu",
        kind="gpu",
        models=tuple(options.models.split(",")),
        rounds=options.rounds,
        commit=source_commit(),
        settings={name: getattr(options, name) for name in names},
    )
    path, records = options.out / f"gpu-{datetime.now(UTC):%Y-%m-%d-%H%M}.json", []
    begun = time.monotonic()
    try:
        for piece in pieces(job):
            records += piece.records
            write_records(path, records)
            print(f"{time.monotonic() - begun:5.0f} s  {piece.title}", flush=True)
    except EdgegenreError as error:
        sys.exit(f"gpu: {error}")
    print(f"{path}: {len(records)} records")


if __name__ == "__main__":
    main()
