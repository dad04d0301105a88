"""A run of our own as a teacher: a bigger model, trained on the same training tracks."""

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edgegenre.datasets.same_sound import same_sound
from edgegenre.datasets.split import Split
from edgegenre.datasets.track import Track, some
from edgegenre.errors import TrainingError
from edgegenre.files import sha256
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.inputs import check_one_sound, frontends_of, inputs_to_dict, sample_rate
from edgegenre.frontend.windows import input_windows
from edgegenre.progress import Progress
from edgegenre.runs.run_folder import FLOAT_NETWORK, Run

if TYPE_CHECKING:
    from edgegenre.training.module import NetworkModule


class RunTeacher:
    """The trained network of `run`: the mean of its logits over the windows of a track."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def check(self, labels: tuple[str, ...]) -> None:
        if set(self.run.labels) != set(labels):
            raise TrainingError(
                f"{self.run.path}: is no teacher for these labels: it knows {some(self.run.labels)}, the data have "
                f"{some(labels)}. Train the teacher on the same data set."
            )

    def logits(
        self,
        split: Split,
        unlabeled: Sequence[Track],
        labels: tuple[str, ...],
        *,
        cache: FeatureCache,
        progress: Progress,
    ) -> np.ndarray:
        self._refuse_held_out((*split.validation, *split.test), progress)
        answers, tracks = RunLogits(self.run), (*split.train, *unlabeled)
        rows = []
        with progress.task(f"asking {self.run.model}", len(tracks)) as task:
            for track in tracks:
                rows.append(cache.features(track.path, answers).mean(axis=0, dtype=np.float64))
                task.advance(note=track.path.name)
        return np.stack(rows)[:, [self.run.labels.index(label) for label in labels]]

    def _refuse_held_out(self, held_out: Sequence[Track], progress: Progress) -> None:
        """A teacher that was told the answers would tell them. Within one folder a path says which track it is."""
        known, root = self.run.split.train, self.run.dataset.root
        if all(track.path.is_relative_to(root) for track in held_out):
            judging = {track.path for track in held_out}
            common = next((track.path for track in known if track.path in judging), None)
        else:
            found = same_sound(known, held_out, progress)
            common = None if found is None else found[0]
        if common is not None:
            raise TrainingError(
                f"{self.run.path}: was trained on {common}, which is a validation or test track here. Train the "
                "teacher with the same --seed and --fold."
            )


class RunLogits:
    """float32 [windows, classes] of a track: the run's logits, in the order of its own labels.

    The weights are read when the first track asks for them.
    """

    heard = "mix"

    def __init__(self, run: Run) -> None:
        self.run = run
        check_one_sound(frontends_of(run.inputs), "what a teacher hears")
        self.sample_rate = sample_rate(frontends_of(run.inputs))
        self._weights = sha256(run.path / FLOAT_NETWORK)

    def float32(self, pcm: np.ndarray) -> np.ndarray:
        """The logits of int16 PCM [samples] at the run's sample rate."""
        import torch

        features = {name: fed.frontend.float32(pcm) for name, fed in self.run.inputs.items()}
        windows = input_windows(features, frontends_of(self.run.inputs))
        normalized = {
            name: torch.from_numpy(fed.normalization.normalize(windows[name])) for name, fed in self.run.inputs.items()
        }
        with torch.no_grad():
            logits: np.ndarray = self._network(normalized).numpy()
        return logits

    def to_dict(self) -> dict[str, Any]:
        """What the values depend on, for the cache."""
        return {"kind": "run-logits", "weights": self._weights, "inputs": inputs_to_dict(self.run.inputs)}

    @functools.cached_property
    def _network(self) -> "NetworkModule":
        from edgegenre.training.unfold import unfold

        return unfold(self.run.float_network())
