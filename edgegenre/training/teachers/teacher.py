"""Who may teach a network, and by what name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from edgegenre.datasets.split import Split
from edgegenre.datasets.track import Track
from edgegenre.errors import TrainingError, did_you_mean
from edgegenre.frontend.cache import FeatureCache
from edgegenre.progress import Progress
from edgegenre.runs.run_folder import load_run
from edgegenre.training.teachers.musicnn_teacher import MusicnnTeacher
from edgegenre.training.teachers.run_teacher import RunTeacher

MUSICNN = "musicnn"


class Teacher(Protocol):
    """Something that has an opinion on the class of a track."""

    def check(self, labels: tuple[str, ...]) -> None:
        """Raise TrainingError when it cannot teach these classes; nothing is decoded for it."""

    def logits(
        self,
        split: Split,
        unlabeled: Sequence[Track],
        labels: tuple[str, ...],
        *,
        cache: FeatureCache,
        progress: Progress,
    ) -> np.ndarray:
        """float64 [tracks, classes]: of the training tracks, then of the unlabeled ones.

        cache: keeps what it found in each track. Raises TrainingError when it has learnt from tracks that the network
        is to be judged by.
        """


def teacher_named(name: str) -> Teacher:
    """The teacher "musicnn", or the completed run in the folder `name`.

    Raises TrainingError when it is neither, MissingDependencyError when what it needs is not installed.
    """
    if name == MUSICNN:
        return MusicnnTeacher()
    if not Path(name).is_dir():
        raise TrainingError(
            f"teacher '{name}' is not known.{did_you_mean(name, [MUSICNN])} There is '{MUSICNN}'; a run of your own is "
            "given as its folder."
        )
    return RunTeacher(load_run(Path(name)))
