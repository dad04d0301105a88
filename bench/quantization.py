"""What int8 costs: float against both integer arithmetics on the same clips, model by model, with paired intervals.

    python bench/quantization.py fold1/runs fold2/runs fold3/runs fold4/runs fold5/runs --out gtzan-min-max.json
    python bench/quantization.py synthetic/runs --fresh 80 --recipe mse --out synthetic-mse.json

Takes every completed run in the folders and scores the tracks that it was not trained on; the runs of one model count
together, as the folds of a cross-validation do. All three networks get the integer front end's features. --fresh takes
newly rendered tracks instead: of the synthetic data set, with a seed of their own, so many a class. --part validation
is for choosing a recipe: a recipe that was chosen by looking at test tracks is worth nothing on them.

Answers are kept in the --work folder and not computed twice; remove it when the quantization itself has changed.
"""

import argparse
import dataclasses
import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from edgegenre.datasets.synthetic import synthetic_dataset
from edgegenre.datasets.track import Track
from edgegenre.deploy.from_run import integers_of
from edgegenre.deploy.scores import device_windows
from edgegenre.errors import RuntimeEngineError
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.files import replacing_file, sha256, write_json
from edgegenre.frontend.inputs import inputs_to_dict, only
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.metrics import Interval, confusion_matrix, macro_f1, mcnemar, paired_difference, wilson_interval
from edgegenre.progress import SILENT
from edgegenre.quantize.recipe import DEFAULT_RECIPE, quantization_recipe
from edgegenre.records.files import write_records
from edgegenre.records.record import Accuracy, Comparison, Record, Share
from edgegenre.runs.run_folder import FLOAT_NETWORK, Run, completed_runs
from edgegenre.runtime.engine import Engine, probabilities
from edgegenre.runtime.engine_files import EngineFile
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.runtime.engines.onnxruntime import OnnxRuntimeEngine
from edgegenre.runtime.engines.reference import ReferenceEngine
from edgegenre.targets.machine import this_machine, versions
from edgegenre.voting import Vote, combined
from edgegenre.zoo.registry import MODELS

FRESH_SEED = 1000


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What is asked of int8: top-1 agreement with float, and accuracy lost, both as shares; None: not asked."""

    agreement: float
    lost: float | None

    def __str__(self) -> str:
        lost = "" if self.lost is None else f", at most {100 * self.lost:g} points lost"
        return f"{100 * self.agreement:g} % the same answer{lost}"


BARS = {"synthetic": Bar(agreement=0.98, lost=0.005), "recorded": Bar(agreement=0.97, lost=None)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Answers:
    """Class numbers [tracks] of one run: the truth, and what float and each arithmetic answered."""

    tracks: tuple[str, ...]
    truth: np.ndarray
    float_: np.ndarray
    integer: dict[str, np.ndarray]
    engines: dict[str, str]


def windows_of(run: Run, tracks: Sequence[Track], path: Path) -> list[np.ndarray]:
    """int8 [windows, time, frequency] of each track by the integer front end of the only input, kept in `path`."""
    if not path.exists():
        parts = [
            only(part, "bench/quantization.py") for part in device_windows(tracks, run.inputs, SILENT, "reading tracks")
        ]
        lengths = np.array([len(part) for part in parts])
        with replacing_file(path) as temporary:
            np.savez(temporary, windows=np.concatenate(parts), ends=np.cumsum(lengths)[:-1])
    kept = np.load(path, allow_pickle=False)
    return np.split(kept["windows"], kept["ends"])


def best_classes(engine: Engine, parts: Sequence[np.ndarray], vote: Vote) -> np.ndarray:
    """Class numbers [tracks], as the classifier decides on each track's windows."""
    shares = [
        combined(
            np.array([probabilities(engine.logits(window[np.newaxis])[0], engine.output) for window in part]), vote
        )
        for part in parts
    ]
    return np.argmax(shares, axis=1)


def integer_engine(integers: IntegerNetwork, arithmetic: Arithmetic) -> Engine:
    """C where it can be compiled, else numpy: both equal to the bit."""
    try:
        return NativeEngine(integers, arithmetic)
    except RuntimeEngineError:
        return ReferenceEngine(integers, arithmetic)


def answers(run: Run, tracks: Sequence[Track], recipe_name: str, parts: Sequence[np.ndarray]) -> Answers:
    """Quantize the run by the recipe and ask all three networks about every track."""
    recipe = quantization_recipe(recipe_name)
    network = run.float_network()
    integers, _ = integers_of(run, network, recipe)
    file = EngineFile(path=run.path, content=float_onnx_bytes(network, "{}"))
    floats = OnnxRuntimeEngine(file, run.network, None)
    engines = {arithmetic: integer_engine(integers, arithmetic) for arithmetic in ARITHMETICS}
    return Answers(
        tracks=tuple(track.identifier for track in tracks),
        truth=np.array([run.labels.index(track.label) for track in tracks]),
        float_=best_classes(floats, parts, run.vote),
        integer={name: best_classes(engine, parts, run.vote) for name, engine in engines.items()},
        engines={"float": floats.name} | {name: engine.name for name, engine in engines.items()},
    )


def digest(*values: object) -> str:
    """A short name for what `values` hold, all of it JSON data."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def kept_answers(run: Run, recipe: str, part: str, fresh: Sequence[Track], work: Path) -> Answers:
    """The same, from the file in `work` where it is there. fresh: these tracks instead of the run's own `part`."""
    tracks = fresh or getattr(run.split, part)
    # Models that were trained on the same split share their windows.
    shared = digest(inputs_to_dict(run.inputs), [str(track.path) for track in tracks])
    path = work / f"{run.model}-{recipe}-{digest(sha256(run.path / FLOAT_NETWORK), shared)}.json"
    if not path.exists():
        result = answers(run, tracks, recipe, windows_of(run, tracks, work / f"windows-{shared}.npz"))
        write_json(path, dataclasses.asdict(result) | _lists(result))
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Answers(
        tracks=tuple(kept["tracks"]),
        truth=np.array(kept["truth"]),
        float_=np.array(kept["float_"]),
        integer={name: np.array(values) for name, values in kept["integer"].items()},
        engines=kept["engines"],
    )


def _lists(result: Answers) -> dict[str, Any]:
    integer = {name: values.tolist() for name, values in result.integer.items()}
    return {"truth": result.truth.tolist(), "float_": result.float_.tolist(), "integer": integer}


def compared(model: str, parts: Sequence[Answers], bar: Bar, about: Mapping[str, Any]) -> list[Record]:
    """The records of one model over all its runs: float, then each arithmetic beside it.

    about: what all records of the model share: fields of Record, and of Accuracy under "accuracy".
    """
    names = [name for part in parts for name in part.tracks]
    if len(set(names)) != len(names):
        sys.exit(f"quantization: two runs of {model} were tested on the same track. Name each fold once.")
    truth = np.concatenate([part.truth for part in parts])
    floats = np.concatenate([part.float_ for part in parts])
    shared = {name: value for name, value in about.items() if name not in ("accuracy", "recipe")}
    scored = about["accuracy"] | {"repeats": len(parts)}
    records = [
        Record(
            **shared,
            model=model,
            engine=_engine(part.engines["float"] for part in parts),
            arithmetic="float",
            accuracy=_accuracy(truth, floats, scored),
        )
    ]
    for name in parts[0].integer:
        answered = np.concatenate([part.integer[name] for part in parts])
        agreement = wilson_interval(int(np.sum(answered == floats)), len(truth))
        difference = paired_difference(truth, answered, floats)
        comparison = Comparison(
            minus_float=_share(difference),
            agreement=_share(agreement),
            mcnemar_p=mcnemar(truth, answered, floats),
            met=agreement.value >= bar.agreement and (bar.lost is None or -difference.value <= bar.lost),
            bar=str(bar),
        )
        records.append(
            Record(
                **shared,
                model=model,
                recipe=about["recipe"],
                engine=_engine(part.engines[name] for part in parts),
                arithmetic=name,
                accuracy=_accuracy(truth, answered, scored),
                comparison=comparison,
            )
        )
    return records


def _engine(names: Iterable[str]) -> str:
    return ", ".join(sorted(set(names)))


def _share(interval: Interval) -> Share:
    return Share(value=interval.value, low=interval.low, high=interval.high)


def _accuracy(truth: np.ndarray, answered: np.ndarray, scored: Mapping[str, Any]) -> Accuracy:
    interval = wilson_interval(int(np.sum(answered == truth)), len(truth))
    classes = 1 + max(int(truth.max()), int(answered.max()))
    return Accuracy(
        value=interval.value,
        low=interval.low,
        high=interval.high,
        clips=len(truth),
        macro_f1=macro_f1(confusion_matrix(truth, answered, classes)),
        **scored,
    )


def show(records: Sequence[Record]) -> None:
    """The records as a table; percent and percentage points, 95 % intervals in brackets."""
    first = records[0].accuracy
    assert first is not None
    recipe = next(record.recipe for record in records if record.recipe)
    table = Table(title=f"{first.data}, {first.split}, recipe {recipe}; percent, 95 % intervals in brackets")
    for heading in ("model", "clips", "arithmetic", "accuracy", "minus float", "same answer", "bar"):
        table.add_column(heading, justify="left" if heading in ("model", "arithmetic") else "right")
    for record in records:
        assert record.accuracy is not None
        beside = record.comparison
        table.add_row(
            record.model,
            str(record.accuracy.clips),
            record.arithmetic,
            _percent(record.accuracy.value, record.accuracy.low, record.accuracy.high),
            _percent(beside.minus_float.value, beside.minus_float.low, beside.minus_float.high, "+") if beside else "",
            _percent(beside.agreement.value, beside.agreement.low, beside.agreement.high) if beside else "",
            ("met" if beside.met else "missed") if beside else "",
        )
    Console(width=140).print(table)


def _percent(value: float, low: float | None, high: float | None, sign: str = "") -> str:
    assert low is not None
    assert high is not None
    return f"{100 * value:{sign}.1f} ({100 * low:{sign}.1f} to {100 * high:{sign}.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, help="folders that hold run folders")
    parser.add_argument("--recipe", default=DEFAULT_RECIPE)
    parser.add_argument("--part", choices=["test", "validation"], default="test")
    parser.add_argument("--fresh", type=int, default=0, metavar="N", help="newly rendered tracks a class instead")
    parser.add_argument("--models", default="", help="some models only, separated by commas")
    parser.add_argument("--work", type=Path, default=Path("quantization-work"))
    parser.add_argument("--out", type=Path, help="where the record is written")
    options = parser.parse_args()
    fresh = synthetic_dataset(options.fresh, FRESH_SEED).tracks if options.fresh else ()
    runs = [run for folder in options.runs for run in completed_runs(folder)]
    present = dict.fromkeys([*MODELS, *(run.model for run in runs)])
    wanted = options.models.split(",") if options.models else list(present)
    by_model = {name: [run for run in runs if run.model == name] for name in wanted}
    runs = [run for group in by_model.values() for run in group]
    if not runs:
        sys.exit("quantization: the folders hold no completed run of these models.")
    (data, synthetic), *others = {(run.dataset.name, run.dataset.synthetic) for run in runs}
    if others:
        sys.exit("quantization: the runs were trained on several data sets. Name the folders of one.")
    bar = BARS["synthetic" if synthetic else "recorded"]
    split = f"rendered anew with seed {FRESH_SEED}, {options.fresh} a class" if fresh else f"{options.part} tracks"
    about = {
        "target": "cpu",
        "machine": this_machine(),
        "versions": versions(["numpy", "onnxruntime"]),
        "bundle": "",
        "workload": "clip",
        "batch": 1,
        "provenance": "measured",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "recipe": options.recipe,
        "accuracy": {"data": data, "split": split, "synthetic": synthetic},
        "note": f"trained by: {', '.join(sorted({run.protocol.name for run in runs}))}",
    }
    records: list[Record] = []
    for name, group in by_model.items():
        if group:
            parts = [kept_answers(run, options.recipe, options.part, fresh, options.work) for run in group]
            frames = group[0].network.inputs[0].shape.time
            records += compared(name, parts, bar, about | {"frames": frames})
            print(f"{name}: {len(parts)} runs", file=sys.stderr, flush=True)
    if options.out:
        write_records(options.out, records)
    show(records)


if __name__ == "__main__":
    main()
