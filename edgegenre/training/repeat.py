"""One repeat of a run: train, score validation and test once, leave everything in the repeat's folder."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edgegenre.audio.decode import load_pcm
from edgegenre.datasets.split import Split
from edgegenre.datasets.track import Track
from edgegenre.errors import TrainingError
from edgegenre.files import replacing_file, write_json
from edgegenre.frontend.spec import FrontendSpec, Normalization
from edgegenre.metrics import accuracy, confusion_matrix, macro_f1, per_class
from edgegenre.network.network import Network
from edgegenre.progress import Progress
from edgegenre.runs.float_file import save_float_network
from edgegenre.runs.protocol import Recipe
from edgegenre.runs.run_folder import CONFUSION, FLOAT_NETWORK, METRICS, MODEL, check_metrics
from edgegenre.training.confusion import draw_confusion
from edgegenre.training.data import Examples, examples, track_probabilities
from edgegenre.training.device import Placement
from edgegenre.training.features import Features
from edgegenre.training.fold import fold
from edgegenre.training.loop import CHECKPOINT, fit
from edgegenre.training.module import NetworkModule
from edgegenre.training.zeroing import Zeroing
from edgegenre.untrusted import read_json


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingData:
    """What all repeats share: the three parts of the split on the device, and the augmentation."""

    training: Examples
    validation: Examples
    test: Examples
    labels: tuple[str, ...]
    zeroing: Zeroing | None
    placement: Placement


def prepare(
    features: Features,
    split: Split,
    *,
    labels: tuple[str, ...],
    spec: FrontendSpec,
    normalization: Normalization,
    recipe: Recipe,
    placement: Placement,
    progress: Progress,
) -> TrainingData:
    """Move the windows of all parts to the device; read the training tracks' PCM when the recipe silences stretches."""

    def part(tracks: Sequence[Track]) -> Examples:
        return examples(
            [features[track.identifier] for track in tracks],
            [labels.index(track.label) for track in tracks],
            spec=spec,
            normalization=normalization,
            device=placement.device,
        )

    zeroing = None
    if recipe.zeroed_seconds > 0:
        pcm = []
        with progress.task("reading audio for augmentation", len(split.train)) as task:
            for track in split.train:
                pcm.append(load_pcm(track.path, spec.sample_rate))
                task.advance(1, track.path.name)
        zeroing = Zeroing(
            pcm, seconds=recipe.zeroed_seconds, spec=spec, normalization=normalization, device=placement.device
        )
    return TrainingData(
        training=part(split.train),
        validation=part(split.validation),
        test=part(split.test),
        labels=labels,
        zeroing=zeroing,
        placement=placement,
    )


def run_repeat(
    network: Network,
    data: TrainingData,
    *,
    recipe: Recipe,
    seed: int,
    folder: Path,
    title: str,
    checkpoint_seconds: float,
    progress: Progress,
) -> dict[str, Any]:
    """Train and score one repeat, or take up or read what `folder` already holds; returns its metrics.

    metrics.json is written last: a repeat that has it is done. title: for the drawn confusion matrix.
    """
    if (folder / METRICS).is_file():
        return _recorded(folder / METRICS, data.labels)
    folder.mkdir(parents=True, exist_ok=True)
    module, seconds = fit(
        network,
        data.training,
        data.validation,
        recipe=recipe,
        seed=seed,
        zeroing=data.zeroing,
        placement=data.placement,
        folder=folder,
        title=f"training {network.name}, seed {seed}",
        checkpoint_seconds=checkpoint_seconds,
        progress=progress,
    )
    test = scores(module, data.test, data.labels)
    metrics = {
        "seed": seed,
        "seconds": round(seconds, 1),
        "device": str(data.placement.device),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "validation": scores(module, data.validation, data.labels),
        "test": test,
    }
    _save_module(folder / MODEL, module)
    save_float_network(folder / FLOAT_NETWORK, fold(module))
    draw_confusion(folder / CONFUSION, np.array(test["confusion"]), data.labels, title)
    write_json(folder / METRICS, metrics)
    (folder / CHECKPOINT).unlink()
    return metrics


def _recorded(path: Path, labels: tuple[str, ...]) -> dict[str, Any]:
    """The metrics of a repeat that is done. Raises TrainingError when they are not what `run_repeat` wrote."""
    try:
        metrics = check_metrics(read_json(path))
        if set(metrics["validation"]["per_class"]) != set(labels):
            raise ValueError("other classes")
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path}: cannot be read ({error!r}). Remove its folder to train it anew.") from error
    return metrics


def scores(module: NetworkModule, source: Examples, labels: tuple[str, ...]) -> dict[str, Any]:
    """JSON-ready accuracy, macro F1, scores of each class, confusion (rows are the truth) and the number of clips."""
    predicted = track_probabilities(module, source).argmax(axis=1)
    truth = np.zeros(len(predicted), np.int64)
    truth[source.track.numpy()] = source.labels.cpu().numpy()
    confusion = confusion_matrix(truth, predicted, len(labels))
    return {
        "accuracy": accuracy(truth, predicted),
        "macro_f1": macro_f1(confusion),
        "per_class": {label: asdict(score) for label, score in zip(labels, per_class(confusion), strict=True)},
        "confusion": confusion.tolist(),
        "clips": len(truth),
    }


def _save_module(path: Path, module: NetworkModule) -> None:
    from safetensors.torch import save_file

    state = {name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()}
    with replacing_file(path) as temporary:
        save_file(state, temporary)
