"""Training on features that somebody published, of which there is no sound: a network over one row of numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edgegenre.datasets.groups import SplitBy
from edgegenre.datasets.gtzan_features import PublishedFeatures
from edgegenre.datasets.split import Split, published_split, stratified_split
from edgegenre.datasets.track import Track
from edgegenre.metrics import accuracy
from edgegenre.network.network import Network
from edgegenre.progress import Progress
from edgegenre.runs.protocol import Protocol
from edgegenre.training.baseline import classical
from edgegenre.training.device import Placement, place
from edgegenre.training.repeat import Repeats, TrainingData
from edgegenre.training.source import InMemory
from edgegenre.training.windows import Windows

_INPUT = "features"


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedTraining:
    """A network over rows of `published`, trained by `protocol` on splits by `by`; the seed decides the split, too.

    by: "piece" scores each row for itself, anything else the tracks, by the sum of their rows' probabilities.
    """

    network: Network
    protocol: Protocol
    published: PublishedFeatures
    by: SplitBy

    def split(self, seed: int) -> Split:
        """Of the rows. Raises DatasetError when a class cannot be in all three parts."""
        if self.by == "published":
            return published_split(self.published.dataset)
        shares = self.protocol.split
        fractions = [part / sum(shares) for part in shares]
        return stratified_split(self.published.dataset, seed, fractions, by=self.by)

    def run(self, seed: int, folder: Path, *, device: str, progress: Progress) -> dict[str, Any]:
        """Train and score in `folder`, or take up or read what it holds: the metrics of a repeat, the accuracy of the
        baseline's answers for each row of the test part, and how many rows each part has."""
        split = self.split(seed)
        mean, deviation = self._spread(split.train)
        placement = place(device)

        def rows(tracks: Sequence[Track]) -> np.ndarray:
            return (np.stack([self.published.values[track.identifier] for track in tracks]) - mean) / deviation

        data = TrainingData(
            training=self._source(split.train, rows(split.train), placement),
            validation=self._source(split.validation, rows(split.validation), placement),
            test=self._source(split.test, rows(split.test), placement),
            labels=self.published.dataset.labels,
            transforms=(),
            heard=(),
            soft_targets=None,
        )
        repeats = Repeats(
            network=self.network, protocol=self.protocol, data=data, placement=placement, checkpoint_seconds=20.0
        )
        metrics = repeats.run(seed, folder, progress)
        machine = classical().fit(rows(split.train), self._numbers(split.train))
        answers = machine.predict(rows(split.test))
        return metrics | {
            "baseline": accuracy(self._numbers(split.test), answers),
            "rows": {"train": len(split.train), "validation": len(split.validation), "test": len(split.test)},
        }

    def _spread(self, tracks: Sequence[Track]) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation of each feature over the training rows; 1 for one that does not spread."""
        values = np.stack([self.published.values[track.identifier] for track in tracks])
        deviation = values.std(axis=0)
        return values.mean(axis=0), np.where(deviation > 0, deviation, 1.0)

    def _numbers(self, tracks: Sequence[Track]) -> np.ndarray:
        return np.array([self.published.dataset.labels.index(track.label) for track in tracks])

    def _source(self, tracks: Sequence[Track], rows: np.ndarray, placement: Placement) -> InMemory:
        names = [track.identifier if self.by == "piece" else str(track.recording) for track in tracks]
        first = {name: number for number, name in enumerate(dict.fromkeys(names))}
        nothing = torch.zeros(len(tracks), dtype=torch.int64)
        windows = Windows(
            labels=torch.from_numpy(self._numbers(tracks)),
            track=torch.tensor([first[name] for name in names]),
            first_frame={_INPUT: nothing},
            frames={_INPUT: nothing + 1},
            lengths={_INPUT: 1},
            hops={_INPUT: 1},
            vote="sum",
        )
        features = torch.from_numpy(rows.astype(np.float32))[:, None].to(placement.device)
        return InMemory(windows=windows, device=placement.device, features={_INPUT: features})
