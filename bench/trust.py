"""Can the answers be believed? Models trained and tested on artists apart, as they are and as a microphone hears them.

    python bench/trust.py ds-crnn1 cnn1 --data gtzan/genres --data more --dataset gtzan --without reggae \\
        --recipe robust --out trust-robust.json

Trains every model on each of the folds, and scores it on the tracks of artists that it never heard (--split track: of
artists that it may have heard): float and int8, in PCM that is quieter, noisy or low-passed before the integer front
end hears it. Beside it classical classifiers on the same folds: a support vector machine and a logistic regression on
means and deviations of the same features.

Training is taken up where it was interrupted, and what is done is not done again: everything lies in the --work folder,
and the record is written after every model. --part validation is for choosing a recipe: one that was chosen by looking
at test tracks is worth nothing on them.
"""

import argparse
import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from edgegenre.audio.decode import load_pcm
from edgegenre.cli.console import console_progress
from edgegenre.datasets.check import usable_dataset
from edgegenre.datasets.groups import SplitBy
from edgegenre.datasets.registry import open_dataset
from edgegenre.datasets.track import Dataset, Track, without
from edgegenre.deploy.calibration import calibrate
from edgegenre.deploy.from_run import integers_of
from edgegenre.evaluation.microphone.conditions import Condition, conditions
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.files import replacing_file, sha256, write_json
from edgegenre.frontend.extractors import extractor
from edgegenre.frontend.inputs import FeatureInput, frontends_of, inputs_to_dict, sample_rate
from edgegenre.frontend.windows import input_windows, joined, one_window, window_count
from edgegenre.metrics import calibration_error, paired_difference, probabilities, reliability, wilson_interval
from edgegenre.quantize.recipe import DEFAULT_RECIPE, quantization_recipe
from edgegenre.runs.description import Experiment
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.protocols import protocol
from edgegenre.runs.run_folder import FLOAT_NETWORK, Run, begun_run, completed_runs
from edgegenre.runtime.engine import Engine
from edgegenre.runtime.engine_files import EngineFile
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.runtime.engines.onnxruntime import OnnxRuntimeEngine
from edgegenre.targets.machine import this_machine, versions
from edgegenre.training.baseline import statistics
from edgegenre.training.train import Workplace, train
from edgegenre.voting import combined

Windows = list[dict[str, np.ndarray]]
"""Of each track, [windows, time, ...] of every input."""

SCHEMA = "edgegenre trust 1"
FOLDS = 5
HEARD = ("as it is", "-12 dB", "-20 dB", "white noise, 10 dB SNR", "low pass at 4 kHz")
"""Of `edgegenre eval --microphone`, by its words."""

FORMS = ("float", "int8")


@dataclass(frozen=True, kw_only=True)
class Task:
    """What is trained on what. teacher: whose opinion is learnt too, as in Experiment. split_by: as there.

    part: of every fold, what is scored. work: where everything is kept.
    """

    dataset: Dataset
    protocol: Protocol
    teacher: str | None
    split_by: SplitBy | None
    seed: int
    part: str
    work: Path

    def runs(self, fold: int) -> Path:
        """The folder of a fold's runs."""
        asked = digest(self.protocol.to_dict(), self.seed, self.teacher, self.split_by)
        return self.work / f"{self.protocol.name}-{asked}" / f"fold-{fold}"

    def tracks(self, run: Run) -> tuple[Track, ...]:
        """The tracks of `run` that are scored."""
        found: tuple[Track, ...] = getattr(run.split, self.part)
        return found


def trained(task: Task, model: str, fold: int) -> Run:
    """The run of a model on a fold: the one that is there, or trained now, from where it was interrupted."""
    runs = task.runs(fold)
    for run in completed_runs(runs):
        if run.model == model:
            return run
    experiment = Experiment(
        model=model,
        protocol=task.protocol,
        seed=task.seed,
        fold=(fold, FOLDS),
        split_by=task.split_by,
        teacher=task.teacher,
    )
    return train(
        experiment,
        task.dataset,
        workplace=Workplace(runs_folder=runs),
        resume=begun_run(runs, model),
        progress=console_progress(),
    )


def heard(rate: int) -> list[Condition]:
    """The conditions of HEARD, at that sample rate."""
    by_words = {condition.words: condition for condition in conditions(rate)}
    return [by_words[words] for words in HEARD]


def windows_of(
    inputs: Mapping[str, FeatureInput], tracks: Sequence[Track], condition: Condition, work: Path
) -> Windows:
    """int8 windows of each track, by the integer front end that hears `condition`.

    Kept in a file of `work`: models that were trained on the same split share them.
    """
    path = work / f"windows-{digest(inputs_to_dict(inputs), [str(t.path) for t in tracks], condition.words)}.npz"
    if not path.exists():
        frontends, extractors = frontends_of(inputs), {name: extractor(item) for name, item in inputs.items()}
        parts = []
        for track in tracks:
            pcm = condition.hear(load_pcm(track.path, sample_rate(frontends)), track.identifier)
            parts.append(input_windows({name: each.features(pcm) for name, each in extractors.items()}, frontends))
        ends = np.cumsum([window_count(part) for part in parts])[:-1]
        with replacing_file(path) as temporary:
            np.savez(temporary, ends=ends, **{f"of {name}": joined(parts)[name] for name in inputs})
    kept = np.load(path, allow_pickle=False)
    split = {name: np.split(kept[f"of {name}"], kept["ends"]) for name in inputs}
    return [{name: split[name][number] for name in inputs} for number in range(len(tracks))]


def logits_of(engine: Engine, parts: Windows) -> list[np.ndarray]:
    """Real logits [windows, classes] of each track."""
    found = []
    for part in parts:
        logits = np.concatenate([engine.logits(one_window(part, number)) for number in range(window_count(part))])
        found.append(logits if engine.output is None else engine.output.real(logits))
    return found


def engines_of(run: Run) -> dict[str, Engine]:
    """By form: the float network in onnxruntime, the int8 one in our own C; both take the integer front end's rows."""
    network = run.float_network()
    integers, _ = integers_of(run, network, quantization_recipe(DEFAULT_RECIPE))
    file = EngineFile(path=run.path, content=float_onnx_bytes(network, "{}"))
    return {"float": OnnxRuntimeEngine(file, run.network, None), "int8": NativeEngine(integers)}


def answers(task: Task, run: Run) -> dict[str, Any]:
    """JSON-ready: the scored tracks, their classes, and by form and condition the probabilities [tracks, classes].

    Probabilities are at the temperature that `edgegenre export` fits to the validation tracks; those at temperature 1
    are there for the clean condition.
    """
    tracks, validation = task.tracks(run), run.split.validation
    every = heard(sample_rate(frontends_of(run.inputs)))
    windows = {item.words: windows_of(run.inputs, tracks, item, task.work) for item in every}
    judged = windows_of(run.inputs, validation, every[0], task.work)
    truth = np.array([run.labels.index(track.label) for track in validation])
    found: dict[str, Any] = {}
    for form, engine in engines_of(run).items():
        fitted = calibrate(
            logits_of(engine, judged), truth, vote=run.vote, split="validation", arithmetic=engine.arithmetic
        )
        found[form] = {
            "temperature": fitted.temperature,
            "shares": {
                words: shares(logits_of(engine, parts), run, fitted.temperature) for words, parts in windows.items()
            },
            "uncalibrated": shares(logits_of(engine, windows[HEARD[0]]), run, 1.0),
        }
    return {
        "tracks": [track.identifier for track in tracks],
        "truth": [run.labels.index(track.label) for track in tracks],
        "forms": found,
    }


def shares(logits: Sequence[np.ndarray], run: Run, temperature: float) -> list[list[float]]:
    """Each track's probabilities, as its windows vote."""
    return [combined(probabilities(part, temperature), run.vote).tolist() for part in logits]


def kept_answers(task: Task, run: Run) -> dict[str, Any]:
    """The same, from the file in `work` where it is there."""
    path = task.work / f"answers-{task.part}-{digest(sha256(run.path / FLOAT_NETWORK), DEFAULT_RECIPE, HEARD)}.json"
    if not path.exists():
        write_json(path, answers(task, run))
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def classical(task: Task, run: Run) -> dict[str, Any]:
    """By method and condition: the class numbers that a classical classifier of the same fold answers [tracks]."""
    path = task.work / f"classical-{task.part}-{digest(inputs_to_dict(run.inputs), HEARD)}.json"
    if not path.exists():
        every = heard(sample_rate(frontends_of(run.inputs)))
        learnt = statistics_of(run, run.split.train, every[0])
        labels = [run.labels.index(track.label) for track in run.split.train]
        methods = {"SVM": SVC(), "logistic regression": LogisticRegression(max_iter=5000)}
        machines = {
            name: make_pipeline(StandardScaler(), method).fit(learnt, labels) for name, method in methods.items()
        }
        rows = {item.words: statistics_of(run, task.tracks(run), item) for item in every}
        write_json(
            path,
            {
                name: {words: machine.predict(heard_rows).tolist() for words, heard_rows in rows.items()}
                for name, machine in machines.items()
            },
        )
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def statistics_of(run: Run, tracks: Sequence[Track], condition: Condition) -> np.ndarray:
    """What the classical classifiers know of each track: [tracks, values]."""
    frontends = frontends_of(run.inputs)
    rows = []
    for track in tracks:
        pcm = condition.hear(load_pcm(track.path, sample_rate(frontends)), track.identifier)
        rows.append(statistics({name: frontend.float32(pcm) for name, frontend in frontends.items()}))
    return np.stack(rows)


def compared(model: str, parts: Sequence[dict[str, Any]], machines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures of one model over all its folds."""
    truth = np.concatenate([part["truth"] for part in parts])

    def answered(form: str, words: str) -> np.ndarray:
        return np.concatenate([np.argmax(part["forms"][form]["shares"][words], axis=1) for part in parts])

    def error(form: str, of: Callable[[dict[str, Any]], Any]) -> float:
        return calibration_error(reliability(np.concatenate([of(part["forms"][form]) for part in parts]), truth))

    baseline = {
        name: {words: np.concatenate([part[name][words] for part in machines]) for words in HEARD}
        for name in machines[0]
    }
    return {
        "model": model,
        "folds": len(parts),
        "tracks": len(truth),
        "forms": {
            form: {
                "accuracy": {words: share(truth, answered(form, words)) for words in HEARD},
                "lost": {
                    words: dataclasses.asdict(paired_difference(truth, answered(form, words), answered(form, HEARD[0])))
                    for words in HEARD[1:]
                },
                "ece": {words: error(form, lambda found, words=words: found["shares"][words]) for words in HEARD},
                "ece_uncalibrated": error(form, lambda found: found["uncalibrated"]),
                "temperatures": [part["forms"][form]["temperature"] for part in parts],
            }
            for form in FORMS
        },
        "int8_minus_float": dataclasses.asdict(
            paired_difference(truth, answered("int8", HEARD[0]), answered("float", HEARD[0]))
        ),
        "minus_baseline": {
            name: dataclasses.asdict(paired_difference(truth, answered("int8", HEARD[0]), by_words[HEARD[0]]))
            for name, by_words in baseline.items()
        },
        "baseline": {
            name: {words: share(truth, predicted) for words, predicted in by_words.items()}
            for name, by_words in baseline.items()
        },
    }


def share(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    return dataclasses.asdict(wilson_interval(int((predicted == truth).sum()), len(truth)))


def digest(*values: object) -> str:
    """A short name for what `values` hold, all of it JSON data."""
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]


def show(record: dict[str, Any]) -> None:
    """The record as a table in percent; ECE in its own unit."""
    table = Table(
        title=f"{record['data']}, {record['part']} tracks of {FOLDS} folds by {record['split_by']}, {record['recipe']}"
    )
    for heading in ("", "form", *HEARD, "ECE", "int8 - float"):
        table.add_column(heading, justify="right" if heading else "left")
    if record["models"]:
        for name, by_words in record["models"][0]["baseline"].items():
            table.add_row(name, "", *(percent(by_words[words]["value"]) for words in HEARD), "", "")
    for row in record["models"]:
        for form, figures in row["forms"].items():
            difference = percent(row["int8_minus_float"]["value"]) if form == "int8" else ""
            accuracies = (percent(figures["accuracy"][words]["value"]) for words in HEARD)
            table.add_row(row["model"], form, *accuracies, f"{figures['ece'][HEARD[0]]:.2f}", difference)
    Console().print(table)


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("--data", type=Path, action="append", required=True, help="a folder; give it once for each")
    parser.add_argument("--dataset", default="gtzan", help="how the folders are laid out")
    parser.add_argument("--without", default="", help="classes to leave out, separated by commas")
    parser.add_argument("--recipe", default="robust", help="a name, or the path of a .json")
    parser.add_argument("--teacher", help="whose opinion is learnt too: musicnn, or the folder of a run")
    parser.add_argument("--split", choices=("artist", "track"), help="what the folds go by; without it as train does")
    parser.add_argument("--part", choices=["test", "validation"], default="test")
    parser.add_argument("--folds", type=int, default=FOLDS, metavar="N", help=f"only the first N of {FOLDS}")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("trust-work"))
    parser.add_argument("--out", type=Path, help="where the record is written")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    dataset = open_dataset(options.dataset, options.data)
    if options.without:
        dataset = without(dataset, options.without.split(","))
    task = Task(
        dataset=usable_dataset(dataset, console_progress()),
        protocol=protocol(options.recipe),
        teacher=options.teacher,
        split_by=options.split,
        seed=options.seed,
        part=options.part,
        work=options.work,
    )
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "provenance": "measured",
        "machine": dataclasses.asdict(this_machine()),
        "versions": versions(["numpy", "onnxruntime", "scikit-learn", "torch"]),
        "data": dataset.name,
        "without": options.without,
        "part": options.part,
        "recipe": options.recipe,
        "protocol": task.protocol.to_dict(),
        "teacher": task.teacher,
        "seed": options.seed,
        "models": [],
    }
    for model in options.models:
        runs = []
        for fold in range(1, options.folds + 1):
            runs.append(trained(task, model, fold))
            print(f"{model}: fold {fold} of {options.folds}", file=sys.stderr, flush=True)
        record["split_by"] = runs[0].split_by
        parts, machines = [kept_answers(task, run) for run in runs], [classical(task, run) for run in runs]
        record["models"].append(compared(model, parts, machines))
        record["date"] = datetime.now(UTC).isoformat(timespec="seconds")
        if options.out:
            write_json(options.out, record)
        show(record)


if __name__ == "__main__":
    main()
