"""How fast the synthetic data set is rendered, against real time, on one core.

    OMP_NUM_THREADS=1 python bench/synthetic_speed.py [--tracks 20]

Prints one JSON object: processor seconds a track of 30 s (which other work on the machine does not lengthen), and how
many times faster than real time that is.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time

import numpy as np

from edgegenre.datasets.synthetic_patterns import RHYTHMS
from edgegenre.datasets.synthetic_render import SECONDS, render_track


def processor_seconds(label: str, index: int) -> float:
    start = time.process_time()
    render_track(label, index, 0)
    return time.process_time() - start


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("Set OMP_NUM_THREADS=1: the figure is for one core.")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, default=20, help="tracks a class")
    tracks = parser.parse_args().tracks
    render_track("Waltz", 0, 0)
    medians = {
        label: statistics.median(processor_seconds(label, index) for index in range(tracks)) for label in RHYTHMS
    }
    slowest = max(medians, key=lambda label: medians[label])
    print(
        json.dumps(
            {
                "machine": platform.machine(),
                "numpy": np.__version__,
                "tracks_per_class": tracks,
                "milliseconds_per_track": {label: round(1e3 * seconds, 1) for label, seconds in medians.items()},
                "times_real_time": round(SECONDS / statistics.mean(medians.values())),
                "times_real_time_slowest_class": {slowest: round(SECONDS / medians[slowest])},
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
