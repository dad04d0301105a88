"""How to tell what is no music: reject scores compared on sound that neither the model nor the choice has heard.

    python bench/reject.py --plain plain/runs --other other/runs --out reject-ds-crnn1.json

Takes the folds of one model, trained twice: on music alone (--plain), and on the same music with a folder `other` of
sound that is no music (--other), one sub-folder a source whose name begins with a kind: `speech 1688`, `esc10 rain`.
The fold's test part is music and other sound that the training did not have; its validation part sets the threshold and
makes the choice. All scores are of the int8 network's logits, on float32 features rounded to int8.

A track's score is the mean over its windows. Sound of the kinds in --mixed that has a steady pitch may be music; it is
counted apart.
"""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from edgegenre.audio.decode import load_pcm
from edgegenre.datasets.track import Track
from edgegenre.deploy.calibration import calibrate
from edgegenre.deploy.from_run import integers_of
from edgegenre.files import write_json
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.inputs import frontends_of
from edgegenre.frontend.windows import input_windows, one_window, window_count
from edgegenre.metrics import area_under_roc, mean_interval, probabilities, share_interval, wilson_interval
from edgegenre.quantize.recipe import DEFAULT_RECIPE, quantization_recipe
from edgegenre.runs.run_folder import Run, completed_runs
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.targets.machine import this_machine, versions

SCHEMA = "edgegenre reject 1"
OTHER = "other"
LOST = 0.05
"""The share of validation music that a threshold gives up."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Real logits [windows, classes] of each track. kinds: "music", or what it is instead."""

    logits: list[np.ndarray]
    labels: list[str]
    kinds: list[str]


def scores(logits: np.ndarray, labels: Sequence[str], temperature: float) -> dict[str, float]:
    """Every score of one track from its windows [windows, classes]: the higher, the more of a genre is heard."""
    genres = [number for number, label in enumerate(labels) if label != OTHER]
    shares = probabilities(logits, temperature)
    scaled = logits[:, genres] / temperature
    largest = scaled.max(axis=1)
    found = {
        "probability": shares[:, genres].max(axis=1),
        "logit": logits[:, genres].max(axis=1),
        "energy": temperature * (largest + np.log(np.exp(scaled - largest[:, None]).sum(axis=1))),
    }
    if OTHER in labels:
        found["other"] = 1 - shares[:, labels.index(OTHER)]
    return {name: float(values.mean()) for name, values in found.items()}


def windows_of(run: Run, track: Track, cache: FeatureCache) -> dict[str, np.ndarray]:
    """int8 windows of every input."""
    frontends = frontends_of(run.inputs)
    features = {name: cache.features(track.path, frontend) for name, frontend in frontends.items()}
    return input_windows(
        {name: item.normalization.quantize(features[name]) for name, item in run.inputs.items()}, frontends
    )


def steady_pitch(pcm: np.ndarray, rate: int) -> bool:
    """Whether most loud frames of 64 ms repeat themselves within 1 to 12 ms with a correlation of 0.9."""
    frame = rate * 64 // 1000
    frames = pcm[: len(pcm) // frame * frame].reshape(-1, frame).astype(np.float64)
    power = np.mean(frames**2, axis=1)
    frames = frames[power > 0.1 * power.mean()] if len(frames) else frames
    if not len(frames):
        return False
    best = np.zeros(len(frames))
    for lag in range(rate // 1000, rate * 12 // 1000):
        one, other = frames[:, lag:], frames[:, :-lag]
        norm = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1)) + 1e-9
        best = np.maximum(best, (one * other).sum(axis=1) / norm)
    return bool(np.mean(best > 0.9) > 0.5)


def kind_of(track: Track, mixed: Sequence[str], rate: int) -> str:
    """ "music", or the first word of the folder of a track that is none; with "pitched" where it may be music."""
    if track.label != OTHER:
        return "music"
    kind = track.path.parent.name.split()[0]
    pitched = kind in mixed and steady_pitch(load_pcm(track.path, rate), rate)
    return f"{kind}, pitched" if pitched else kind


def part(
    run: Run, tracks: Sequence[Track], logits: Callable[[dict[str, np.ndarray]], np.ndarray], kinds: dict[str, str]
) -> Part:
    """The logits of `tracks` by the run's integers. kinds: by path."""
    cache = FeatureCache()
    found = []
    for track in tracks:
        windows = windows_of(run, track, cache)
        found.append(np.concatenate([logits(one_window(windows, n)) for n in range(window_count(windows))]))
    return Part(
        logits=found,
        labels=[track.label for track in tracks],
        kinds=[kinds[str(track.path)] for track in tracks],
    )


def judged(run: Run, other: Run, mixed: Sequence[str]) -> dict[str, Any]:
    """One run's scores on its own music and on the other sound in the same parts of the run `other`."""
    integers, _ = integers_of(run, run.float_network(), quantization_recipe(DEFAULT_RECIPE))
    engine = NativeEngine(integers, "float32")
    parts = {}
    for name in ("validation", "test"):
        music = [track for track in getattr(run.split, name) if track.label != OTHER]
        tracks = [*music, *(track for track in getattr(other.split, name) if track.label == OTHER)]
        kinds = {str(track.path): kind_of(track, mixed, 16_000) for track in tracks}
        parts[name] = part(run, tracks, lambda window: integers.output.real(engine.logits(window)), kinds)
    labels = list(run.labels)
    validation, test = parts["validation"], parts["test"]
    music = [number for number, kind in enumerate(validation.kinds) if kind == "music"]
    temperature = calibrate(
        [validation.logits[number] for number in music],
        np.array([labels.index(validation.labels[number]) for number in music]),
        vote=run.vote,
        split="validation",
        arithmetic="float32",
    ).temperature
    return {
        "model": run.model,
        "trained_by": run.protocol.name,
        "with_other": OTHER in labels,
        "fold": run.fold,
        "temperature": temperature,
        "music": _music(test, labels, temperature),
        "scores": _scores(validation, test, labels, temperature),
    }


def _music(test: Part, labels: Sequence[str], temperature: float) -> dict[str, int]:
    """How many music tracks are right when nothing is rejected by a score."""
    rows = [number for number, kind in enumerate(test.kinds) if kind == "music"]
    right = sum(
        labels[int(probabilities(test.logits[number], temperature).mean(axis=0).argmax())] == test.labels[number]
        for number in rows
    )
    return {"right": int(right), "tracks": len(rows)}


def _scores(validation: Part, test: Part, labels: Sequence[str], temperature: float) -> dict[str, Any]:
    tables = {
        name: [scores(logits, labels, temperature) for logits in each.logits]
        for name, each in (("validation", validation), ("test", test))
    }
    kinds = {"validation": np.array(validation.kinds), "test": np.array(test.kinds)}
    found = {}
    for score in tables["test"][0]:
        values = {name: np.array([row[score] for row in table]) for name, table in tables.items()}
        known = values["validation"][kinds["validation"] == "music"]
        threshold = float(np.quantile(known, LOST, method="lower"))
        rejected = values["test"] < threshold
        plain = {name: ~np.char.endswith(item, "pitched") & (item != "music") for name, item in kinds.items()}
        found[score] = {
            "threshold": threshold,
            "auroc_validation": area_under_roc(known, values["validation"][plain["validation"]]),
            "auroc": area_under_roc(values["test"][kinds["test"] == "music"], values["test"][plain["test"]]),
            "rejected": {
                str(kind): [int(rejected[kinds["test"] == kind].sum()), int((kinds["test"] == kind).sum())]
                for kind in np.unique(kinds["test"])
            },
        }
    return found


def summed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A line for each way of training and score, over all folds."""
    lines = []
    for with_other in (False, True):
        folds = [row for row in rows if row["with_other"] == with_other]
        if not folds:
            continue
        right, tracks = (sum(row["music"][name] for row in folds) for name in ("right", "tracks"))
        for score in folds[0]["scores"]:
            found = [row["scores"][score] for row in folds]
            kinds = sorted({kind for item in found for kind in item["rejected"]})
            counts = {
                kind: np.sum([item["rejected"].get(kind, [0, 0]) for item in found], axis=0).tolist() for kind in kinds
            }
            noise = [counts[kind] for kind in kinds if kind != "music" and not kind.endswith("pitched")]
            lines.append(
                {
                    "with_other": with_other,
                    "score": score,
                    "accuracy": dataclasses.asdict(wilson_interval(right, tracks)),
                    "auroc_validation": dataclasses.asdict(_mean([item["auroc_validation"] for item in found])),
                    "auroc": dataclasses.asdict(_mean([item["auroc"] for item in found])),
                    "music_lost": dataclasses.asdict(wilson_interval(*counts["music"])),
                    "rejected": dataclasses.asdict(wilson_interval(*np.sum(noise, axis=0).tolist())),
                    "by_kind": counts,
                }
            )
    return lines


def _mean(values: Sequence[float]) -> Any:
    interval = share_interval(np.array(values)) if len(values) > 1 else mean_interval(np.array(values))
    return dataclasses.replace(interval, low=_number(interval.low), high=_number(interval.high))


def _number(value: float) -> Any:
    return None if np.isnan(value) else value


def show(record: dict[str, Any]) -> None:
    """The lines as a table; percent, 95 % intervals in brackets."""
    table = Table(title=f"{record['model']}, recipe {'/'.join(record['trained_by'])}, {record['folds']} folds")
    for heading in (
        "trained on",
        "score",
        "accuracy",
        "AUROC validation",
        "AUROC",
        "music lost",
        "rejected",
        "by kind",
    ):
        table.add_column(heading)
    for line in record["lines"]:
        kinds = (f"{kind} {hits}/{of}" for kind, (hits, of) in line["by_kind"].items() if kind != "music")
        table.add_row(
            "music + other" if line["with_other"] else "music",
            line["score"],
            *(_percent(line[name]) for name in ("accuracy", "auroc_validation", "auroc", "music_lost", "rejected")),
            ", ".join(kinds),
        )
    Console(width=200).print(table)


def _percent(interval: dict[str, float]) -> str:
    if interval["low"] is None:
        return f"{100 * interval['value']:.1f}"
    return f"{100 * interval['value']:.1f} ({100 * interval['low']:.0f} to {100 * interval['high']:.0f})"


def completed(folder: Path) -> dict[tuple[str, tuple[int, int] | None], Run]:
    """The completed runs in a folder by model and fold."""
    return {(run.model, run.fold): run for run in completed_runs(folder)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plain", type=Path, required=True, help="runs on music alone")
    parser.add_argument("--other", type=Path, required=True, help="runs on music and other sound, the same folds")
    parser.add_argument("--mixed", default="", help="kinds that may hold music, separated by commas")
    parser.add_argument("--out", type=Path, help="where the record is written")
    options = parser.parse_args()
    plain, other = completed(options.plain), completed(options.other)
    both = sorted(set(plain) & set(other), key=str)
    if not both:
        sys.exit("reject: no model was trained on the same fold in both folders.")
    rows = []
    for key in both:
        rows += [judged(run, other[key], options.mixed.split(",")) for run in (plain[key], other[key])]
        print(f"{key}: done", file=sys.stderr, flush=True)
    record = {
        "schema": SCHEMA,
        "provenance": "measured",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": dataclasses.asdict(this_machine()),
        "versions": versions(["numpy"]),
        "model": rows[0]["model"],
        "trained_by": sorted({row["trained_by"] for row in rows}),
        "folds": len(both),
        "music_lost_on_validation": LOST,
        "lines": summed(rows),
        "runs": rows,
    }
    if options.out:
        write_json(options.out, record)
    show(record)


if __name__ == "__main__":
    main()
