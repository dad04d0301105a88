"""Sound files of every kind made in tests, and ffmpeg as somebody else's opinion of them."""

import subprocess
from pathlib import Path

import numpy as np
import soundfile

from tests.support import program

RATE = 44_100


def melody(seconds: float, rate: int = RATE, channels: int = 2) -> np.ndarray:
    """[samples, channels]: tones that wander, so that no two seconds are alike; the bit rate it needs varies."""
    chance = np.random.default_rng(7)
    steps = chance.normal(0.1, 0.05, (int(seconds * rate), channels))
    sound = 0.3 * np.sin(np.cumsum(steps, axis=0))
    sound[len(sound) // 3 : len(sound) // 2] *= 0.02
    return sound


def ffmpeg(*arguments: str | Path) -> bytes:
    """What ffmpeg writes to standard output; the test is skipped where ffmpeg is not installed."""
    command = [program("ffmpeg", "ffmpeg"), "-loglevel", "quiet", "-y", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=60).stdout


def encoded(folder: Path, name: str, *options: str, seconds: float = 4, rate: int = RATE, channels: int = 2) -> bytes:
    """The melody in the kind of file that `name` and ffmpeg's `options` ask for."""
    source, target = folder / "source.wav", folder / f"encoded-{name}"
    soundfile.write(source, melody(seconds, rate, channels), rate)
    ffmpeg("-i", source, *options, target)
    content = target.read_bytes()
    source.unlink()
    target.unlink()
    return content


def heard_by_ffmpeg(path: Path, *options: str) -> np.ndarray:
    """int16 [samples] at 16 kHz, mono."""
    return np.frombuffer(ffmpeg(*options, "-i", path, "-f", "s16le", "-ac", "1", "-ar", "16000", "-"), np.int16)


def seconds_unheard(ours: np.ndarray, theirs: np.ndarray, rate: int = 16_000) -> float:
    """Of two readings of one sound: the share that does not agree, counted in tenths of a second, in seconds.

    A tenth agrees when it is found in the other at a delay of up to 80 ms, which is what decoders trim differently.
    """
    tenth, reach = rate // 10, rate * 8 // 100
    padded = np.concatenate([np.zeros(reach), theirs, np.zeros(reach + tenth)]).astype(np.float64)
    missed = 0
    for start in range(0, max(len(ours), len(theirs)) - tenth, tenth):
        part = ours[start : start + tenth].astype(np.float64)
        around = padded[start : start + tenth + 2 * reach]
        if len(part) < tenth or len(around) < tenth + 2 * reach:
            missed += 1
            continue
        power = np.convolve(around**2, np.ones(tenth), "valid")
        likeness = np.correlate(around, part, "valid") / np.sqrt(np.maximum(power * (part @ part), 1))
        missed += part @ part > 1e4 * tenth and likeness.max() < 0.8
    return missed / 10
