"""The run folder: what a training run leaves behind, and how it is found and read again. No torch.

runs/<date>-<model>-<n>/
    config.json             what was asked for: model, labels, front end, normalization, recipe, seed, data set, split
    repeat-<i>/             one a repeat: tensorboard/, the files below, and checkpoint.safetensors until it is done
    metrics.json            validation and test scores of the best repeat, and a line for every repeat
    model.safetensors       state of the torch module           (of the repeat that is best on validation, as are
    float_network.safetensors   batch norm folded                the following)
    history.csv, confusion.png
    completed               written last; without it the run is not finished
"""

import functools
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from edgegenre.datasets import split_record
from edgegenre.datasets.split import Split
from edgegenre.errors import EdgegenreError, TrainingError
from edgegenre.files import write_json
from edgegenre.frontend.spec import FrontendSpec, Normalization
from edgegenre.identifiers import distinct_labels, identifier
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network, network_from_dict
from edgegenre.runs.float_file import load_float_network
from edgegenre.runs.protocol import Recipe
from edgegenre.untrusted import read_json

RUNS = Path("runs")
CONFIG = "config.json"
METRICS = "metrics.json"
MODEL = "model.safetensors"
FLOAT_NETWORK = "float_network.safetensors"
HISTORY = "history.csv"
CONFUSION = "confusion.png"
COMPLETED = "completed"

_SCHEMA = 1

# Entries of config.json that follow from the data and from other entries.
_CONSEQUENCES = ("network", "normalization", "split")


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """Which data set a run used. synthetic: rendered, not recorded; figures from it must say so."""

    name: str
    root: Path
    synthetic: bool


@dataclass(frozen=True, kw_only=True)
class Run:
    """A completed run. metrics: the content of metrics.json. seed: of the split and of the first repeat."""

    path: Path
    model: str
    network: Network
    labels: tuple[str, ...]
    frontend: FrontendSpec
    normalization: Normalization
    recipe: Recipe
    seed: int
    dataset: DatasetInfo
    metrics: dict[str, Any]
    recorded_split: dict[str, Any]

    @functools.cached_property
    def split(self) -> Split:
        """The tracks in each part. Raises DatasetError when files are no longer where they were."""
        return split_record.from_json(self.recorded_split, self.dataset.root)

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


def write_config(
    path: Path,
    *,
    model: str,
    network: dict[str, Any],
    labels: tuple[str, ...],
    frontend: FrontendSpec,
    normalization: Normalization,
    recipe: Recipe,
    seed: int,
    fold: tuple[int, int] | None,
    repeats: int,
    dataset: DatasetInfo,
    split: Split,
) -> None:
    """Record in the run folder `path` what is about to be trained.

    A config.json that is there already (a run taken up again) stays, and must say the same.
    Raises TrainingError naming what differs when it does not.
    """
    config = {
        "schema": _SCHEMA,
        "model": model,
        "network": network,
        "labels": list(labels),
        "frontend": frontend.to_dict(),
        "normalization": normalization.to_dict(),
        "recipe": recipe.to_dict(),
        "seed": seed,
        "fold": None if fold is None else list(fold),
        "repeats": repeats,
        "dataset": {"name": dataset.name, "root": str(dataset.root), "synthetic": dataset.synthetic},
        "split": split_record.to_json(split, dataset.root),
    }
    if not (path / CONFIG).exists():
        write_json(path / CONFIG, config)
        return
    before = _read_json(path / CONFIG)
    differing = [name for name in config if before.get(name) != config[name]]
    if differing:
        differing = [name for name in differing if name not in _CONSEQUENCES] or differing
        raise TrainingError(
            f"{path}: cannot be resumed: it was started with another {', '.join(differing)}. "
            "Pass the options it was started with, or train without --resume."
        )


def check_metrics(metrics: Any) -> dict[str, Any]:
    """The content of a metrics.json, when it has the scores that others read from it.

    Raises KeyError, TypeError or ValueError when the test part, or a validation part that is there, lacks them.
    """
    if not isinstance(metrics, dict):
        raise TypeError("not a table")
    for part in ("test", *({"validation"} & set(metrics))):
        for name in ("accuracy", "macro_f1"):
            value = metrics[part][name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
                raise ValueError(f"the {name} of '{part}' is no number from 0 to 1")
    return metrics


def complete(path: Path) -> None:
    """Mark the run in `path` as finished, now."""
    write_json(path / COMPLETED, {"finished": datetime.now(UTC).isoformat()})


def load_run(path: Path) -> Run:
    """The completed run in the folder `path`.

    Raises TrainingError when there is no such folder, it is not a run, or the run is not completed or damaged.
    """
    path = Path(path)
    if not path.is_dir():
        raise TrainingError(f"{path}: no such run folder. `edgegenre train MODEL` makes one under {RUNS}/.")
    if not (path / CONFIG).is_file():
        raise TrainingError(f"{path}: is not a run folder (it has no {CONFIG}). Name a folder under {RUNS}/.")
    if not (path / COMPLETED).is_file():
        raise TrainingError(f"{path}: this run is not completed. Finish it: edgegenre train MODEL --resume.")
    config, metrics = _read_json(path / CONFIG), _read_json(path / METRICS)
    try:
        if config["schema"] != _SCHEMA:
            raise ValueError(f"schema {config['schema']}, this version reads {_SCHEMA}")
        run = Run(
            path=path,
            model=identifier(config["model"]),
            network=network_from_dict(config["network"]),
            labels=distinct_labels(config["labels"]),
            frontend=FrontendSpec.from_dict(config["frontend"]),
            normalization=Normalization.from_dict(config["normalization"]),
            recipe=Recipe.from_dict(config["recipe"]),
            seed=int(config["seed"]),
            dataset=DatasetInfo(
                name=str(config["dataset"]["name"]),
                root=Path(config["dataset"]["root"]),
                synthetic=bool(config["dataset"]["synthetic"]),
            ),
            metrics=metrics,
            recorded_split=config["split"],
        )
    except (KeyError, TypeError, ValueError, ArithmeticError, EdgegenreError) as error:
        raise TrainingError(f"{path / CONFIG}: cannot be read ({error}). Train the model again.") from error
    try:
        check_metrics(metrics)
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path / METRICS}: cannot be read ({error!r}). Train the model again.") from error
    return run


def named_run(runs: Path, name: object) -> Path:
    """The folder of the run that a bundle names: the name is a stranger's and must not lead out of `runs`.

    Raises TrainingError when it is no plain name, or there is no such folder.
    """
    if not isinstance(name, str) or name in ("", "..") or Path(name).name != name or not (runs / name).is_dir():
        raise TrainingError(f"{runs}: the run {name!r} is not there. Name its folder itself.")
    return runs / name


def latest_run(runs: Path = RUNS) -> Run:
    """The newest completed run under `runs`. Raises TrainingError when there is none."""
    completed = [folder.parent for folder in Path(runs).glob(f"*/{COMPLETED}")]
    if not completed:
        raise TrainingError(f"{runs}: no completed run yet. Train a model first: edgegenre train ds-cnn1.")
    return load_run(
        max(completed, key=lambda folder: (_read_json(folder / COMPLETED).get("finished", ""), folder.name))
    )


def unfinished_run(runs: Path, model: str) -> Path:
    """The newest run of `model` under `runs` that is not completed. Raises TrainingError when there is none."""
    started = [
        config
        for config in Path(runs).glob(f"*/{CONFIG}")
        if not (config.parent / COMPLETED).exists() and _read_json(config).get("model") == model
    ]
    if not started:
        raise TrainingError(f"{runs}: no unfinished run of {model} to resume. Start one without --resume.")
    return max(started, key=lambda config: (config.stat().st_mtime, config.parent.name)).parent


def _read_json(path: Path) -> dict[str, Any]:
    try:
        value = read_json(path)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read ({error}). Train the model again.") from error
    if not isinstance(value, dict):
        raise TrainingError(f"{path}: cannot be read (not a table). Train the model again.")
    return value
