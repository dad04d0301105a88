"""Which training clips calibration sees."""

from collections.abc import Sequence

import numpy as np

from edgegenre.datasets.track import Track
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.windows import windows
from edgegenre.progress import SILENT, Progress
from edgegenre.training.run_folder import Run


def calibration_windows(run: Run, clips: int, *, progress: Progress = SILENT) -> np.ndarray:
    """Normalized windows [clips, time, frequency] of training tracks, at most `clips`, spread over the classes."""
    return windows_of(run, run.split.train, clips, progress=progress)


def windows_of(run: Run, tracks: Sequence[Track], clips: int, *, progress: Progress = SILENT) -> np.ndarray:
    """Normalized windows [clips, time, frequency] of `tracks` as training sees them, at most `clips` of them."""
    chosen = spread(tracks, clips)
    each = -(-clips // len(chosen))
    cache = FeatureCache()
    parts: list[np.ndarray] = []
    with progress.task("reading training tracks", len(chosen)) as task:
        for track in chosen:
            parts += windows(cache.features(track.path, run.frontend), run.frontend.window_frames, run.frontend)[:each]
            task.advance(note=track.path.name)
    return run.normalization.normalize(np.stack(parts[:clips]))


def spread(tracks: Sequence[Track], count: int) -> list[Track]:
    """At most `count` tracks at even distances in the order of their labels."""
    ordered = sorted(tracks, key=lambda track: (track.label, track.identifier))
    places = np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(int)
    return [ordered[place] for place in places]
