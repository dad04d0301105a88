"""Runs that differ in what their split goes by alone: what a network's own figures gain by track over by artist."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgegenre.errors import TrainingError
from edgegenre.runs.run_folder import COMPLETED, Run, load_run


@dataclass(frozen=True, kw_only=True)
class NetworkLeak:
    """Test accuracy, 0 to 1, over the test tracks of all runs by track, and of all by artist; how many these are."""

    by_track: float
    by_artist: float
    runs_by_track: int
    runs_by_artist: int

    @property
    def words(self) -> str:
        """For people."""
        return (
            f"This network's own runs: {100 * self.by_track:.1f} % by track ({_counted(self.runs_by_track)}), "
            f"{100 * self.by_artist:.1f} % by artist ({_counted(self.runs_by_artist)}): "
            f"{100 * (self.by_track - self.by_artist):+.1f} points."
        )


def network_leak(run: Run, runs: Path) -> NetworkLeak | None:
    """Of the completed runs in `runs` that differ from `run` in fold, seed and what the split goes by alone.

    None where there are none by track, or none by artist. A run that cannot be read is passed over.
    """
    alike = [other for other in _completed(runs) if _asked(other) == _asked(run)]
    by_track, by_artist = ([other for other in alike if other.split_by == by] for by in ("track", "artist"))
    if not by_track or not by_artist:
        return None
    return NetworkLeak(
        by_track=_accuracy(by_track),
        by_artist=_accuracy(by_artist),
        runs_by_track=len(by_track),
        runs_by_artist=len(by_artist),
    )


def _counted(runs: int) -> str:
    return f"{runs} run{'' if runs == 1 else 's'}"


def _asked(run: Run) -> tuple[object, ...]:
    folds = None if run.fold is None else run.fold[1]
    return run.model, run.protocol, run.teacher, run.dataset.name, run.labels, folds


def _accuracy(runs: list[Run]) -> float:
    counts = [run.metrics["split"]["tracks"]["test"] for run in runs]
    hits = [run.metrics["test"]["accuracy"] * count for run, count in zip(runs, counts, strict=True)]
    return float(sum(hits) / sum(counts))


def _completed(runs: Path) -> Iterator[Run]:
    for mark in sorted(Path(runs).glob(f"*/{COMPLETED}")):
        try:
            yield load_run(mark.parent)
        except TrainingError:
            continue
