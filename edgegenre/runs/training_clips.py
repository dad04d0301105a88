"""Which training clips calibration sees."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from edgegenre.datasets.track import Track
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.inputs import frontends_of
from edgegenre.frontend.windows import input_windows, joined, one_window, window_count
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.run_folder import Run

T = TypeVar("T")


def calibration_windows(run: Run, clips: int, *, progress: Progress = SILENT) -> dict[str, np.ndarray]:
    """Normalized windows [clips, time, frequency] of every input, of at most `clips` training tracks' windows, spread
    over the classes."""
    return windows_of(run, run.split.train, clips, progress=progress)


def windows_of(run: Run, tracks: Sequence[Track], clips: int, *, progress: Progress = SILENT) -> dict[str, np.ndarray]:
    """Normalized windows [clips, time, frequency] of every input, of `tracks` as training sees them, at most `clips`.

    As many tracks as possible, and of each an equal share as far as it is long enough: no class is left out.
    """
    cache = FeatureCache()
    frontends = frontends_of(run.inputs)
    parts: list[list[dict[str, np.ndarray]]] = []
    chosen = spread(tracks, clips)
    with progress.task("reading training tracks", len(chosen)) as task:
        for track in chosen:
            features = {name: cache.features(track.path, frontend) for name, frontend in frontends.items()}
            windows = input_windows(features, frontends)
            parts.append([one_window(windows, number) for number in range(window_count(windows))])
            task.advance(note=track.path.name)
    chosen_windows = joined(in_rounds(parts, clips))
    return {name: item.normalization.normalize(chosen_windows[name]) for name, item in run.inputs.items()}


def in_rounds(parts: Sequence[Sequence[T]], count: int) -> list[T]:
    """At most `count` of the items of several lists: the first of every list, then the second of every list, and so on.

    Of the round that is too many for what is left, those at even distances.
    """
    taken: list[T] = []
    for place in range(max(map(len, parts))):
        taken += evenly([part[place] for part in parts if place < len(part)], count - len(taken))
    return taken


def spread(tracks: Sequence[Track], count: int) -> list[Track]:
    """At most `count` tracks at even distances in the order of their labels."""
    return evenly(sorted(tracks, key=lambda track: (track.label, track.identifier)), count)


def evenly(items: Sequence[T], count: int) -> list[T]:
    """At most `count` of the items at even distances, the first and the last among them."""
    places = np.linspace(0, len(items) - 1, min(count, len(items))).round().astype(int)
    return [items[place] for place in places]
