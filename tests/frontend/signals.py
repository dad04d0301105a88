"""PCM that several front end tests share: real music at three levels, and signals chosen to be hard."""

from pathlib import Path

import numpy as np
import soundfile
import soxr

from tests.support import real_data

LEVELS_DB = (0, -20, -40)


def tracks(every: int = 10) -> list[Path]:
    """Every n-th track of the real music; 10 gives one a genre."""
    return sorted(real_data("gtzan_mini", "genres").glob("*/*.wav"))[::every]


def music(path: Path, level_db: float = 0, seconds: float | None = None) -> np.ndarray:
    """int16 PCM of a real track at 16 kHz, its peak at full scale or `level_db` below."""
    audio, rate = soundfile.read(path, dtype="float32")
    audio = soxr.resample(audio, rate, 16_000)
    if seconds is not None:
        audio = audio[: round(seconds * 16_000)]
    return scaled(audio, level_db)


def noise(samples: int, level_db: float = 0, seed: int = 0) -> np.ndarray:
    """White noise as int16 PCM, peak at full scale or `level_db` below."""
    return scaled(np.random.default_rng(seed).normal(size=samples), level_db)


def scaled(audio: np.ndarray, level_db: float = 0) -> np.ndarray:
    """Float audio as int16 PCM with its peak at full scale or `level_db` below."""
    return np.rint(audio / np.abs(audio).max() * 32767 * 10 ** (level_db / 20)).astype(np.int16)


def hard_signals() -> dict[str, np.ndarray]:
    """3200 samples (3 frames) each of signals at the edge of what int16 can hold."""
    time = np.arange(3200)
    impulse, late_impulse = np.zeros(3200, np.int16), np.zeros(3200, np.int16)
    impulse[1000], late_impulse[1590] = 32767, -32768
    tone = np.rint(32767 * np.sin(2 * np.pi * 0.02713 * time)).astype(np.int16)
    signals = {
        "digital silence": np.zeros(3200, np.int16),
        "constant full scale": np.full(3200, 32767, np.int16),
        "constant most negative": np.full(3200, -32768, np.int16),
        "constant one": np.ones(3200, np.int16),
        "constant minus one": -np.ones(3200, np.int16),
        "impulse": impulse,
        "impulse at a frame's edge": late_impulse,
        "full-scale tone": tone,
        "fastest alternation": np.where(time % 2, 32767, -32768).astype(np.int16),
        "one-bit noise": np.random.default_rng(1).integers(-1, 2, 3200).astype(np.int16),
        "full-scale sign noise": np.where(np.random.default_rng(2).random(3200) < 0.5, 32767, -32768).astype(np.int16),
    }
    for period in (4, 10, 16, 50, 160, 1600):
        signals[f"square wave of {period} samples"] = np.where(time % period < period // 2, 32767, -32768).astype(
            np.int16
        )
    return signals
