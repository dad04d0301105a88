"""The synthetic data set: thirteen ballroom rhythms rendered by this package, where there is no music at hand.

It stands in for recordings in demonstrations and tests. Its figures say that the road works, never how well a model
knows music, and are called synthetic wherever they appear.
"""

from pathlib import Path

import soundfile

from edgegenre.datasets.folder import DESCRIPTION, open_folder
from edgegenre.datasets.synthetic_patterns import RHYTHMS
from edgegenre.datasets.synthetic_render import SECONDS, render_track
from edgegenre.datasets.synthetic_sounds import SAMPLE_RATE
from edgegenre.datasets.track import Dataset, absolute
from edgegenre.errors import DatasetError
from edgegenre.files import cache_folder, replacing_folder, write_json
from edgegenre.progress import SILENT, Progress

# Raise this when the rendering changes: the cached copies of the older version are then left alone.
VERSION = 2
TRACKS_PER_CLASS = 40


def write_dataset(
    folder: Path, tracks_per_class: int = TRACKS_PER_CLASS, seed: int = 0, progress: Progress = SILENT
) -> Dataset:
    """Render the data set into `folder`: a directory a class of 30 s WAV files (16 kHz, mono), and dataset.json.

    Nothing is left behind when it is interrupted. Takes about a megabyte a track. Raises DatasetError when
    `folder` already holds something or there is nothing to render, EdgegenreError when it cannot be written.
    """
    folder = absolute(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DatasetError(f"{folder}: is there already and not empty. Name a new folder, or remove this one.")
    return _render_into(folder, tracks_per_class, seed, progress)


def synthetic_dataset(tracks_per_class: int = TRACKS_PER_CLASS, seed: int = 0, progress: Progress = SILENT) -> Dataset:
    """The same data set, rendered once and kept in the cache folder ($EDGEGENRE_CACHE, or ~/.cache/edgegenre)."""
    folder = cache_folder() / f"synthetic-{VERSION}-{seed}-{tracks_per_class}"
    if (folder / DESCRIPTION).is_file():
        dataset = open_folder(folder)
        if len(dataset.tracks) == tracks_per_class * len(RHYTHMS):
            return dataset
    return _render_into(folder, tracks_per_class, seed, progress)


def _render_into(folder: Path, tracks_per_class: int, seed: int, progress: Progress) -> Dataset:
    if tracks_per_class < 1:
        raise DatasetError(f"{tracks_per_class} tracks a class: at least 1 is needed.")
    if seed < 0:
        raise DatasetError(f"seed {seed}: must not be negative.")
    with replacing_folder(folder) as temporary:
        with progress.task("rendering synthetic tracks", tracks_per_class * len(RHYTHMS)) as task:
            for label in RHYTHMS:
                (temporary / label).mkdir()
                for index in range(tracks_per_class):
                    path = temporary / label / f"{label}.{index:05d}.wav"
                    soundfile.write(path, render_track(label, index, seed), SAMPLE_RATE, subtype="PCM_16")
                    task.advance(note=label)
        write_json(
            temporary / DESCRIPTION,
            {
                "name": "synthetic",
                "synthetic": True,
                "what": "Rhythms rendered by edgegenre, not music: figures from this data set are synthetic.",
                "version": VERSION,
                "seed": seed,
                "tracks_per_class": tracks_per_class,
                "sample_rate": SAMPLE_RATE,
                "seconds": SECONDS,
            },
        )
    return open_folder(folder)
