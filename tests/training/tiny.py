"""A tiny separable data set of noise and chords, and a protocol of a few iterations."""

import wave
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.track import Dataset
from edgegenre.runs.augmentation import ZeroedStretch
from edgegenre.runs.description import Experiment
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.run_folder import Run
from edgegenre.training.train import Workplace, train

RATE = 16_000

TINY = Protocol(
    name="tiny",
    phases=(
        Phase(iterations=12, learning_rate=3e-3, batch=7, crop_frames=33),
        Phase(iterations=8, learning_rate=1e-3, batch=5, crop_frames=33),
    ),
    dropout={"dense": 0.3},
    augmentation=(ZeroedStretch(seconds=0.1),),
    batch_norm_momentum=0.1,
    settle_batch_norm=True,
)


def tiny_dataset(root: Path, *, tracks: int = 10, seconds: float = 4.0) -> Dataset:
    """A folder a class, told apart easily: "hiss" (white noise), "hum" (low chords), "chirp" (high tones)."""
    generator = np.random.default_rng(0)
    time = np.arange(int(seconds * RATE)) / RATE
    for number in range(tracks):
        noises = generator.standard_normal((3, len(time)))
        pitch = generator.uniform(80, 160)
        sounds = {
            "hiss": 0.1 * noises[0],
            "hum": 0.1 * sum(np.sin(2 * np.pi * pitch * partial * time) for partial in (1, 1.5, 2)) + 1e-3 * noises[1],
            "chirp": 0.2 * np.sin(2 * np.pi * (2000 + 10 * pitch) * time) + 1e-2 * noises[2],
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


def trained(
    model: str,
    dataset: Dataset,
    protocol: Protocol = TINY,
    *,
    runs_folder: Path,
    seed: int = 0,
    fold: tuple[int, int] | None = None,
    repeats: int | None = None,
    resume: Path | None = None,
    skip_broken: bool = False,
    **workplace: Any,
) -> Run:
    """`train` in one line."""
    return train(
        Experiment(model=model, protocol=protocol, seed=seed, fold=fold, repeats=repeats),
        dataset,
        workplace=Workplace(runs_folder=runs_folder, **workplace),
        resume=resume,
        skip_broken=skip_broken,
    )
