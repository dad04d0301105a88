"""Small data sets made on the fly, in the layouts that are published."""

from pathlib import Path

import numpy as np
import soundfile

from edgegenre.datasets.track import Dataset, Track

RATE = 16_000


def write_tone(path: Path, *, pitch: float = 440.0, seconds: float = 0.2, rate: int = RATE) -> Path:
    """A sine at half of full scale, in the format that the file name asks for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = 0.5 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)
    soundfile.write(path, tone, rate)
    return path


def write_folder(root: Path, counts: dict[str, int]) -> Path:
    """One directory a class with that many different WAV files."""
    for row, (label, count) in enumerate(counts.items()):
        for number in range(count):
            write_tone(root / label / f"{number:03d}.wav", pitch=200 + 10 * number + row)
    return root


def imagined(tracks: list[tuple[str, str, str | None]]) -> Dataset:
    """A data set without files from (identifier, label, group)."""
    root = Path("/music")
    return Dataset(
        name="imagined",
        root=root,
        labels=tuple(sorted({label for _, label, _ in tracks})),
        tracks=tuple(
            Track(path=root / identifier, label=label, identifier=identifier, group=group)
            for identifier, label, group in sorted(tracks)
        ),
    )


def plain(counts: dict[str, int]) -> Dataset:
    """A data set without files and without groups, that many tracks a class."""
    return imagined([(f"{label}/{n:04d}", label, None) for label, count in counts.items() for n in range(count)])
