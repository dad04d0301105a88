"""The one call behind `edgegenre train`. torch is imported inside, so that its absence is one clear sentence."""

import math
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.datasets.split import Split, k_folds, stratified_split
from edgegenre.datasets.track import Dataset
from edgegenre.errors import TrainingError, missing
from edgegenre.files import replacing_file, write_json
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.extractors import check_deployable
from edgegenre.frontend.inputs import fit, only
from edgegenre.metrics import share_interval
from edgegenre.network.network import network_to_dict
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.protocol import QUICK, Recipe
from edgegenre.runs.run_folder import (
    CONFUSION,
    FLOAT_NETWORK,
    HISTORY,
    METRICS,
    MODEL,
    RUNS,
    DatasetInfo,
    Run,
    complete,
    load_run,
    new_run_folder,
    unfinished_run,
    write_config,
)
from edgegenre.training.features import load_features
from edgegenre.zoo.registry import model

CHECKPOINT_SECONDS = 20.0


def train(
    model_name: str,
    dataset: Dataset,
    *,
    recipe: Recipe = QUICK,
    seed: int = 0,
    fold: tuple[int, int] | None = None,
    repeats: int | None = None,
    device: str = "auto",
    runs_folder: Path = RUNS,
    resume: bool = False,
    skip_broken: bool = False,
    cache: FeatureCache | None = None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
    progress: Progress = SILENT,
) -> Run:
    """Train the zoo's model `model_name` on `dataset` and return the completed run.

    seed: decides the split. fold: (2, 5) tests on the second of five folds and validates on the third; None divides by
    the recipe's shares. Repeat i (from 0) uses seed + i for initialization, order and augmentation. repeats:
    None for as many as the recipe asks for; the run's model is the repeat best on validation (the first of equals).
    device: auto, cpu, cuda, cuda:N, mps. resume: take up the newest unfinished run of this model in `runs_folder`;
    on a CPU its weights become those of an uninterrupted run, to the bit. skip_broken: leave out tracks that cannot be
    decoded. cache: where features are kept; the default folder when None. checkpoint_seconds: least time between two
    checkpoints.

    Raises NetworkError, DatasetError, AudioError, TrainingError or MissingDependencyError, each with one sentence.
    """
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise missing("torch", "train", "Training") from error
    from edgegenre.training.allocation import keep_freed_memory
    from edgegenre.training.device import place
    from edgegenre.training.repeat import prepare, run_repeat

    repeats = recipe.repeats if repeats is None else repeats
    if repeats < 1:
        raise TrainingError(f"{repeats} repeats: at least 1 is needed.")
    if fold is not None and not 1 <= fold[0] <= fold[1]:
        raise TrainingError(f"fold {fold[0]} of {fold[1]}: folds are counted from 1 to {fold[1]}.")
    entry = model(model_name)
    check_deployable(entry.frontends, "int8")
    frontend = only(entry.frontends, "training")
    folder = unfinished_run(runs_folder, model_name) if resume else None
    placement = place(device)
    keep_freed_memory()
    dataset, features = load_features(
        dataset, frontend, cache=cache or FeatureCache(), skip_broken=skip_broken, progress=progress
    )
    split = _split(dataset, seed, fold, recipe)
    network = entry.build(len(dataset.labels))
    fed = fit(frontend, [features[track.identifier] for track in split.train])
    folder = folder or new_run_folder(runs_folder, model_name)
    write_config(
        folder,
        model=model_name,
        network=network_to_dict(network),
        labels=dataset.labels,
        inputs=dict.fromkeys(entry.frontends, fed),
        recipe=recipe,
        seed=seed,
        fold=fold,
        repeats=repeats,
        dataset=DatasetInfo(name=dataset.name, root=dataset.root, synthetic=dataset.synthetic),
        split=split,
    )
    material = prepare(
        features,
        split,
        labels=dataset.labels,
        fed=fed,
        recipe=recipe,
        placement=placement,
        progress=progress,
    )
    results = [
        run_repeat(
            network,
            material,
            recipe=recipe,
            seed=seed + number,
            folder=_repeat_folder(folder, number),
            title=f"{model_name}, {dataset.name}{' (synthetic)' if dataset.synthetic else ''}, test tracks",
            checkpoint_seconds=checkpoint_seconds,
            progress=progress,
        )
        for number in range(repeats)
    ]
    kind = f"fold {fold[0]} of {fold[1]}" if fold else "stratified " + "/".join(map(str, recipe.split))
    _finish(folder, results, dataset, split, recipe, {"kind": kind, "seed": seed})
    return load_run(folder)


def _split(dataset: Dataset, seed: int, fold: tuple[int, int] | None, recipe: Recipe) -> Split:
    if fold is None:
        total = sum(recipe.split)
        return stratified_split(dataset, seed, [part / total for part in recipe.split])
    number, folds = fold
    return k_folds(dataset, folds, seed)[number - 1]


def _finish(
    folder: Path,
    results: list[dict[str, Any]],
    dataset: Dataset,
    split: Split,
    recipe: Recipe,
    division: dict[str, Any],
) -> None:
    """Bring the files of the best repeat to the run folder, write its metrics, and mark the run as completed."""
    best = max(range(len(results)), key=lambda number: (results[number]["validation"]["accuracy"], -number))
    for name in (MODEL, FLOAT_NETWORK, HISTORY, CONFUSION):
        with replacing_file(folder / name) as temporary:
            shutil.copyfile(_repeat_folder(folder, best) / name, temporary)
    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    metrics = results[best] | {
        "dataset": dataset.name,
        "synthetic": dataset.synthetic,
        "problems": list(dataset.problems),
        "recipe": recipe.name,
        "split": division | {"tracks": {name: len(tracks) for name, tracks in parts.items()}},
        "best_repeat": best + 1,
        "repeats": [
            {
                "seed": result["seed"],
                "seconds": result["seconds"],
                "validation_accuracy": result["validation"]["accuracy"],
                "test_accuracy": result["test"]["accuracy"],
                "test_macro_f1": result["test"]["macro_f1"],
            }
            for result in results
        ],
        "test_accuracy_over_repeats": _interval([result["test"]["accuracy"] for result in results]),
    }
    write_json(folder / METRICS, metrics)
    complete(folder)


def _interval(values: list[float]) -> dict[str, float | None]:
    """Mean and 95 % bounds; None where one repeat gives no bounds (JSON has no NaN)."""
    interval = share_interval(np.array(values))
    bounds = {"mean": interval.value, "low": interval.low, "high": interval.high}
    return {name: None if math.isnan(value) else value for name, value in bounds.items()}


def _repeat_folder(folder: Path, number: int) -> Path:
    return folder / f"repeat-{number + 1}"
