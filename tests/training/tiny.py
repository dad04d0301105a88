"""A tiny separable data set of noise and chords, and a recipe of a few iterations."""

import wave
from pathlib import Path

import numpy as np

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.track import Dataset
from edgegenre.runs.protocol import Phase, Recipe

RATE = 16_000

TINY = Recipe(
    name="tiny",
    phases=(
        Phase(iterations=12, learning_rate=3e-3, batch=7, crop_frames=33),
        Phase(iterations=8, learning_rate=1e-3, batch=5, crop_frames=33),
    ),
    dropout=0.3,
    zeroed_seconds=0.1,
    batch_norm_momentum=0.1,
    settle_batch_norm=True,
)


def tiny_dataset(root: Path, *, tracks: int = 10, seconds: float = 4.0) -> Dataset:
    """A folder a class, told apart easily: "hiss" (white noise), "hum" (low chords), "chirp" (high tones)."""
    generator = np.random.default_rng(0)
    time = np.arange(int(seconds * RATE)) / RATE
    for number in range(tracks):
        noise = generator.standard_normal(len(time))
        pitch = generator.uniform(80, 160)
        sounds = {
            "hiss": 0.1 * noise,
            "hum": 0.1 * sum(np.sin(2 * np.pi * pitch * partial * time) for partial in (1, 1.5, 2)) + 1e-3 * noise,
            "chirp": 0.2 * np.sin(2 * np.pi * (2000 + 10 * pitch) * time) + 1e-2 * noise,
        }
        for label, sound in sounds.items():
            path = root / label / f"{number:02}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return open_folder(root)
