"""How fast the three front ends are against librosa, on one thread.

    OMP_NUM_THREADS=1 python bench/frontend_speed.py [--pairs 30] [--audio song.wav]

Prints one JSON object. Every contender is timed right after librosa, over and over, and the ratio of the two is what
counts: other work on the machine slows both. Without --audio the clip is 30 s of noise; none of them minds. The first
measurement is told twice, at the start and at the end: how fast librosa is depends on whether the C library has learned
to keep large blocks of memory, which the other contenders teach it.
"""

import argparse
import functools
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import scipy

from edgegenre.audio.decode import load_pcm
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization


def librosa_mfcc(pcm: np.ndarray) -> np.ndarray:
    """librosa's own pipeline in the float32 it prefers: [frames, 12]."""
    mel = librosa.feature.melspectrogram(
        y=pcm.astype(np.float32) / np.float32(32768), sr=16_000, n_fft=1600, hop_length=800, center=False, n_mels=40
    )
    return librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=12).T


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(contender: Callable[[np.ndarray], np.ndarray], pcm: np.ndarray, pairs: int) -> dict[str, object]:
    """Interleaved timing of librosa and one contender; speedup = librosa's time / the contender's."""
    librosa_mfcc(pcm), contender(pcm)
    times = [(seconds(lambda: librosa_mfcc(pcm)), seconds(lambda: contender(pcm))) for _ in range(pairs)]
    ratios = statistics.quantiles([reference / own for reference, own in times], n=4)
    return {
        "milliseconds": round(1e3 * statistics.median(own for _, own in times), 3),
        "librosa_milliseconds": round(1e3 * statistics.median(reference for reference, _ in times), 3),
        "speedup_quartiles": [round(ratio, 2) for ratio in ratios],
    }


def main() -> None:
    if os.environ.get("OMP_NUM_THREADS") != "1":
        sys.exit("frontend_speed: start it with OMP_NUM_THREADS=1, so that nobody uses more than one thread.")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=30)
    parser.add_argument("--audio", type=Path)
    options = parser.parse_args()
    if options.audio:
        pcm = load_pcm(options.audio)
    else:
        pcm = (np.random.default_rng(0).normal(size=480_000) * 5000).clip(-32768, 32767).astype(np.int16)
    integer = IntegerFrontend(LIANG_MFCC, Normalization(mean=(0.0,) * 12, deviation=(10.0,) * 12))
    float32 = functools.partial(LIANG_MFCC.float32, workers=1)
    contenders: list[tuple[str, Callable[[np.ndarray], np.ndarray]]] = [
        ("float32", float32),
        ("float64", LIANG_MFCC.float64),
        ("integer", integer.features),
        ("float32", float32),
    ]
    results = [{"contender": name, **compare(work, pcm, options.pairs)} for name, work in contenders]
    record = {
        "benchmark": "front end, one thread, interleaved with librosa",
        "provenance": "measured",
        "machine": platform.machine(),
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "librosa": librosa.__version__},
        "clip_seconds": len(pcm) / 16_000,
        "pairs": options.pairs,
        "results": results,
    }
    print(json.dumps(record, indent=2))


if __name__ == "__main__":
    main()
