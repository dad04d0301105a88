"""Wu's perceptron on the features that are published with GTZAN, which are what the paper trained it on."""

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre import __version__
from edgegenre.datasets.degenerate import faults, refuse
from edgegenre.datasets.groups import SplitBy
from edgegenre.datasets.gtzan_features import FEATURES, PublishedFeatures
from edgegenre.errors import DatasetError
from edgegenre.network.costs import costs
from edgegenre.network.network import Network
from edgegenre.progress import SILENT, Progress
from edgegenre.report.tables import Table, make_table
from edgegenre.reproduce.results import Spread, spread
from edgegenre.reproduce.words import WAYS, spread_words
from edgegenre.runs.protocol import Protocol
from edgegenre.training.published import PublishedTraining
from edgegenre.zoo.wu import CLASSES, ENTRIES, perceptron

SCHEMA = "edgegenre published features 1"
_MLP = next(entry for entry in ENTRIES if entry.name == "mlp")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One training. scores: 0 to 1, of test rows ("rows"), of test tracks ("tracks"), their macro F1 ("macro_f1"), and
    of the classical yardstick on test rows ("baseline"). train, test: rows."""

    by: SplitBy
    seed: int
    scores: dict[str, float]
    train: int
    test: int
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedPlan:
    """ways: what the splits go by. repeats: of each, with seeds seed, seed + 1, …; each draws a split of its own."""

    published: PublishedFeatures
    protocol: Protocol
    ways: tuple[SplitBy, ...]
    repeats: int
    seed: int

    @property
    def network(self) -> Network:
        """Of as many outputs as the file has genres."""
        return perceptron(len(self.published.dataset.labels), features=len(FEATURES))

    def folder(self, out: Path, by: SplitBy, seed: int) -> Path:
        """Where a training lies: another name for other rows or another protocol."""
        digest = hashlib.sha256(repr(self.protocol.to_dict()).encode())
        for identifier, values in sorted(self.published.values.items()):
            digest.update(identifier.encode() + values.tobytes())
        return out / "runs" / digest.hexdigest()[:16] / f"{by}-seed-{seed}"


def published_plan(
    published: PublishedFeatures,
    *,
    recipe: str = "paper",
    split_by: SplitBy | None = None,
    repeats: int | None = None,
    seed: int = 0,
) -> PublishedPlan:
    """split_by: None for by track, by artist and, where a track has several rows, by piece. repeats: None for as many
    as the recipe asks for.

    Raises TrainingError for a recipe that is not known, DatasetError when the rows cannot be divided so.
    """
    protocol = _MLP.recipe(recipe)
    ways: tuple[SplitBy, ...] = ("track", "artist", "piece") if published.has_pieces else ("track", "artist")
    if split_by is not None:
        ways = (split_by,)
    if "piece" in ways and not published.has_pieces:
        raise DatasetError(
            f"{published.dataset.tracks[0].path}: has one row a track, so a split by piece is one by track. Give "
            "features_3_sec.csv, or another --split."
        )
    for by in ways:
        refuse(faults(published.dataset, by))
    asked = protocol.repeats if repeats is None else repeats
    return PublishedPlan(published=published, protocol=protocol, ways=ways, repeats=asked, seed=seed)


def train_published(plan: PublishedPlan, out: Path, *, device: str, progress: Progress = SILENT) -> list[Trial]:
    """Do what has not been done in `out`, inside a training too, and return all trials. Raises what training raises."""
    trials = []
    with progress.task("training on published features", plan.repeats * len(plan.ways)) as task:
        for seed in range(plan.seed, plan.seed + plan.repeats):
            for by in plan.ways:
                training = PublishedTraining(
                    network=plan.network, protocol=plan.protocol, published=plan.published, by=by
                )
                metrics = training.run(seed, plan.folder(out, by, seed), device=device, progress=progress)
                trials.append(_trial(by, seed, metrics))
                task.advance(note=f"{WAYS[by]}, seed {seed}")
    return trials


def _trial(by: SplitBy, seed: int, metrics: dict[str, Any]) -> Trial:
    test = metrics["test"]
    rows = test["windows"]["accuracy"] if "windows" in test else test["accuracy"]
    scores = {"rows": rows, "baseline": metrics["baseline"]}
    if by != "piece":
        scores |= {"tracks": test["accuracy"], "macro_f1": test["macro_f1"]}
    counts = metrics["rows"]
    return Trial(
        by=by, seed=seed, scores=scores, train=counts["train"], test=counts["test"], seconds=metrics["seconds"]
    )


TITLE = "Wu's perceptron on the features published with GTZAN: theirs and ours"


def published_table(plan: PublishedPlan, trials: Sequence[Trial]) -> Table:
    """A row for each kind of split."""
    rows = []
    for by in plan.ways:
        found = [trial for trial in trials if trial.by == by]
        scores = [_spread(found, name) for name in ("rows", "tracks", "macro_f1", "baseline")]
        rows.append([WAYS[by], f"{_MLP.paper_accuracy:.2f}", *map(spread_words, scores), str(len(found))])
    count = costs(perceptron(CLASSES, features=len(FEATURES)), frames_per_second=1)
    return make_table(
        caption=f"Wu, section 4.1: {len(FEATURES)} features, {count.parameters:,} parameters, {count.multiplies:,} "
        "multiplies. Accuracy in percent, mean ± standard deviation: of test rows, and of test tracks by the sum of "
        "their rows' probabilities; baseline: of a support vector machine on the same rows.",
        columns=[
            ("split", "text"),
            ("printed", "number"),
            ("ours, rows", "number"),
            ("ours, tracks", "number"),
            ("macro F1, tracks", "number"),
            ("baseline, rows", "number"),
            ("runs", "number"),
        ],
        rows=rows,
    )


def _spread(trials: Sequence[Trial], name: str) -> Spread | None:
    values = [trial.scores[name] for trial in trials if name in trial.scores]
    return spread(values) if values else None


def published_sentences(plan: PublishedPlan) -> list[str]:
    """What the figures are of."""
    dataset = plan.published.dataset
    tracks = len({track.recording for track in dataset.tracks})
    known = len({track.recording for track in dataset.tracks if track.group is not None})
    row = "a piece of 3 s" if plan.published.has_pieces else "a track, in the paper it was a piece of 3 s"
    drawn = "all runs on one split" if plan.ways == ("published",) else "each run on a split of its own"
    found = [
        f"{len(dataset.tracks):,} rows of {tracks:,} tracks in {len(dataset.labels)} genres; a row is {row}.",
        f"The paper deals out rows without regard to tracks. Of {known:,} tracks the artist is known; each other one "
        "is taken for an artist of its own.",
        f"Ours by the recipe {plan.protocol.name}, {drawn}; the features are z-scores of the "
        "training rows. No front end makes these features, so that no device can: nothing is exported.",
    ]
    if "piece" in plan.ways:
        found.append(
            "By piece, leaking: rows of one track are trained on and tested on. Such figures say nothing about new "
            "music."
        )
    return found


def published_json(plan: PublishedPlan, trials: Sequence[Trial]) -> dict[str, Any]:
    """The content of results.json."""
    return {
        "schema": SCHEMA,
        "edgegenre": __version__,
        "paper_accuracy": _MLP.paper_accuracy,
        "rows": len(plan.published.dataset.tracks),
        "protocol": plan.protocol.to_dict(),
        "splits": list(plan.ways),
        "trials": [dataclasses.asdict(trial) for trial in trials],
    }
