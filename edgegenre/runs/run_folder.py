"""The run folder: what a training run leaves behind, and how it is found and read again. No torch.

runs/<date>-<model>-<n>/
    config.json             when it began and what was asked for: model, labels, inputs, protocol, seed, data set, split
    lock                    the process that trains it, while it does
    repeat-<i>/             one a repeat: tensorboard/, the files below, and checkpoint.safetensors until it is done
    metrics.json            validation and test scores of the best repeat, and a line for every repeat
    model.safetensors       state of the torch module           (of the repeat that is best on validation, as are
    float_network.safetensors   batch norm folded                the following)
    history.csv
    completed               without it the run is not finished
    confusion.png           drawn last; a run without it is whole
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from edgegenre.errors import EdgegenreError, TrainingError
from edgegenre.files import write_json
from edgegenre.network.float_network import FloatNetwork
from edgegenre.runs.description import RunDescription
from edgegenre.runs.float_file import load_float_network
from edgegenre.runs.leak_words import leak_words
from edgegenre.untrusted import read_json

RUNS = Path("runs")
CONFIG = "config.json"
METRICS = "metrics.json"
MODEL = "model.safetensors"
FLOAT_NETWORK = "float_network.safetensors"
HISTORY = "history.csv"
CONFUSION = "confusion.png"
COMPLETED = "completed"

# Entries of config.json that follow from the data and from other entries.
_CONSEQUENCES = ("network", "inputs", "split")


@dataclass(frozen=True, kw_only=True)
class Run(RunDescription):
    """A completed run. path: its folder. metrics: the content of metrics.json."""

    path: Path
    metrics: dict[str, Any]

    def float_network(self) -> FloatNetwork:
        """The trained network with batch norm folded. Raises TrainingError when its file is absent or damaged."""
        return load_float_network(self.path / FLOAT_NETWORK)


def new_run_folder(runs: Path, model: str) -> Path:
    """Make the folder <today>-<model>-<n> in `runs`, n the first number free. Raises TrainingError when it cannot."""
    number = 1
    while True:
        path = Path(runs) / f"{date.today().isoformat()}-{model}-{number}"
        try:
            path.mkdir(parents=True)
            return path
        except FileExistsError:
            if not path.is_dir():
                raise TrainingError(f"{runs}: is a file, not a folder. Choose another folder for runs.") from None
            number += 1
        except OSError as error:
            raise TrainingError(
                f"{path}: cannot be made ({error.strerror}). Choose a folder for runs that you may write to."
            ) from error


def write_config(path: Path, description: RunDescription) -> None:
    """Record in the run folder `path` what is about to be trained, and when.

    A config.json that is there already (a run taken up again) stays, and must say the same.
    Raises TrainingError naming what differs when it does not.
    """
    config = description.to_dict()
    if not (path / CONFIG).exists():
        write_json(path / CONFIG, {"started": datetime.now(UTC).isoformat(), **config})
        return
    before = read_record(path / CONFIG)
    differing = [name for name in config if before.get(name) != config[name]]
    if differing:
        differing = [name for name in differing if name not in _CONSEQUENCES] or differing
        raise TrainingError(
            f"{path}: cannot be resumed: it was started with another {', '.join(differing)}. "
            "Pass the options it was started with, or train without --resume."
        )


def check_metrics(metrics: Any) -> dict[str, Any]:
    """The content of a metrics.json, when it has the scores that others read from it.

    Raises KeyError, TypeError or ValueError when the test part, or a validation or baseline part or a curve of the test
    part that is there, lacks them.
    """
    if not isinstance(metrics, dict):
        raise TypeError("not a table")
    for part in ("test", *({"validation"} & set(metrics))):
        _check_scores(part, metrics[part])
    if "baseline" in metrics:
        _check_scores("baseline", metrics["baseline"]["test"])
        if not isinstance(metrics["baseline"]["method"], str):
            raise ValueError("the method of 'baseline' is no text")
    for look in metrics.get("test_curve", []):
        _check_scores("test_curve", look)
        float(look["loss"])
    if metrics.get("leak") is not None:
        leak_words(metrics["leak"])
    return metrics


def _check_scores(part: str, scores: Any) -> None:
    for name in ("accuracy", "macro_f1"):
        value = scores[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise ValueError(f"the {name} of '{part}' is no number from 0 to 1")


def complete(path: Path) -> None:
    """Mark the run in `path` as finished, now."""
    write_json(path / COMPLETED, {"finished": datetime.now(UTC).isoformat()})


def load_run(path: Path) -> Run:
    """The completed run in the folder `path`.

    Raises TrainingError when there is no such folder, it is not a run, or the run is not completed or damaged.
    """
    path = Path(path)
    _check_folder(path)
    if not (path / COMPLETED).is_file():
        raise TrainingError(f"{path}: this run is not completed. Finish it: edgegenre train MODEL --resume {path}.")
    config, metrics = read_record(path / CONFIG), read_record(path / METRICS)
    try:
        run = Run.from_dict(config, path=path, metrics=metrics)
    except (KeyError, TypeError, ValueError, ArithmeticError, EdgegenreError) as error:
        raise TrainingError(f"{path / CONFIG}: cannot be read ({error}). Train the model again.") from error
    try:
        check_metrics(metrics)
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path / METRICS}: cannot be read ({error!r}). Train the model again.") from error
    return run


def unfinished_run(path: Path, model: str) -> Path:
    """The folder `path` itself, when it holds a run of `model` that is not completed.

    Raises TrainingError when it is another folder.
    """
    path = Path(path)
    _check_folder(path)
    trained = read_record(path / CONFIG).get("model")
    if trained != model:
        raise TrainingError(f"{path}: is a run of {trained!r}, not of {model}. Name that model, or another run.")
    if (path / COMPLETED).exists():
        raise TrainingError(f"{path}: this run is completed. Start a new one without --resume.")
    return path


def _check_folder(path: Path) -> None:
    if not path.is_dir():
        raise TrainingError(f"{path}: no such run folder. `edgegenre train MODEL` makes one under {RUNS}/.")
    if not (path / CONFIG).is_file():
        raise TrainingError(f"{path}: is not a run folder (it has no {CONFIG}). Name a folder under {RUNS}/.")


def named_run(runs: Path, name: object) -> Path:
    """The folder of the run that a bundle names: the name is a stranger's and must not lead out of `runs`.

    Raises TrainingError when it is no plain name, or there is no such folder.
    """
    if not isinstance(name, str) or name in ("", "..") or Path(name).name != name or not (runs / name).is_dir():
        raise TrainingError(f"{runs}: the run {name!r} is not there. Name its folder itself.")
    return runs / name


def latest_run(runs: Path = RUNS) -> Run:
    """The completed run under `runs` that was finished last. Raises TrainingError when there is none."""
    completed = [folder.parent for folder in Path(runs).glob(f"*/{COMPLETED}")]
    if not completed:
        raise TrainingError(f"{runs}: no completed run yet. Train a model first: edgegenre train ds-cnn1.")
    return load_run(max(completed, key=lambda folder: (_moment(folder / COMPLETED, "finished"), folder.name)))


def completed_runs(runs: Path) -> Iterator[Run]:
    """Every completed run under `runs`, in the order of their names. Raises TrainingError for one that is damaged."""
    for mark in sorted(Path(runs).glob(f"*/{COMPLETED}")):
        yield load_run(mark.parent)


def latest_unfinished_run(runs: Path, model: str) -> Path:
    """The run of `model` under `runs` that was started last and is not completed.

    Raises TrainingError when there is none.
    """
    started = [
        config.parent
        for config in Path(runs).glob(f"*/{CONFIG}")
        if not (config.parent / COMPLETED).exists() and read_record(config).get("model") == model
    ]
    if not started:
        raise TrainingError(f"{runs}: no unfinished run of {model} to resume. Start one without --resume.")
    return max(started, key=lambda folder: (_moment(folder / CONFIG, "started"), folder.name))


def begun_run(runs: Path, model: str) -> Path | None:
    """The run of `model` under `runs` that was started last and is not completed, None where there is none."""
    try:
        return latest_unfinished_run(runs, model)
    except TrainingError:
        return None


def _moment(path: Path, name: str) -> str:
    """The time that a record gives (ISO 8601, UTC); nothing, which is before all others, where it gives none."""
    try:
        return str(read_record(path).get(name, ""))
    except TrainingError:
        return ""


def read_record(path: Path) -> dict[str, Any]:
    """The table in a JSON file of a run folder. Raises TrainingError when there is none."""
    try:
        value = read_json(path)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read ({error}). Train the model again.") from error
    if not isinstance(value, dict):
        raise TrainingError(f"{path}: cannot be read (not a table). Train the model again.")
    return value
