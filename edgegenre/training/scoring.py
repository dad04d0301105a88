"""What a module answers for the tracks of a source, and how right that is."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.metrics import accuracy, confusion_matrix, macro_f1, per_class
from edgegenre.training.source import Source
from edgegenre.voting import VOTES, track_shares


@torch.no_grad()
def window_logits(module: nn.Module, source: Source) -> Tensor:
    """float64 [windows, classes], on the CPU. Puts the module into eval mode."""
    module.eval()
    return torch.cat([module(inputs) for inputs in source.in_order()]).cpu().double()


def track_probabilities(logits: Tensor, source: Source) -> np.ndarray:
    """Class probabilities float64 [tracks, classes], as the windows of each track vote."""
    return track_shares(logits.numpy(), source.windows.track.numpy(), source.windows.vote)


def track_accuracy(logits: Tensor, source: Source) -> float:
    """The share of tracks that get their class."""
    return accuracy(source.windows.track_labels(), track_probabilities(logits, source).argmax(axis=1))


def window_confusion(logits: Tensor, source: Source) -> np.ndarray:
    """int64 [classes, classes] over the windows, each counted for itself: rows are the truth."""
    return confusion_matrix(source.windows.labels.numpy(), logits.numpy().argmax(axis=1), logits.shape[1])


def mean_loss(logits: Tensor, source: Source) -> float:
    """The cross entropy, mean over the windows."""
    return functional.cross_entropy(logits, source.windows.labels).item()


def watched(module: nn.Module, source: Source) -> dict[str, float]:
    """JSON-ready: the loss, mean over the windows without penalties, and accuracy and macro F1 of the tracks."""
    logits = window_logits(module, source)
    truth = source.windows.track_labels()
    predicted = track_probabilities(logits, source).argmax(axis=1)
    return {
        "loss": mean_loss(logits, source),
        "accuracy": accuracy(truth, predicted),
        "macro_f1": macro_f1(confusion_matrix(truth, predicted, logits.shape[1])),
    }


def scores(module: nn.Module, source: Source, labels: tuple[str, ...]) -> dict[str, Any]:
    """JSON-ready accuracy, macro F1, scores of each class, confusion (rows are the truth) and the number of clips.

    Where tracks have several windows also "windows": how many, the accuracy of each for itself (raw accuracy), and that
    of the tracks by every vote.
    """
    logits = window_logits(module, source)
    predicted = track_probabilities(logits, source).argmax(axis=1)
    truth = source.windows.track_labels()
    confusion = confusion_matrix(truth, predicted, len(labels))
    return {
        "accuracy": accuracy(truth, predicted),
        "macro_f1": macro_f1(confusion),
        "per_class": {label: asdict(score) for label, score in zip(labels, per_class(confusion), strict=True)},
        "confusion": confusion.tolist(),
        "clips": len(truth),
        **({"windows": _window_scores(logits, source)} if len(source) > len(truth) else {}),
    }


def _window_scores(logits: Tensor, source: Source) -> dict[str, Any]:
    track, truth = source.windows.track.numpy(), source.windows.track_labels()
    return {
        "count": len(source),
        "accuracy": accuracy(source.windows.labels.numpy(), logits.numpy().argmax(axis=1)),
        "track_accuracy": {
            vote: accuracy(truth, track_shares(logits.numpy(), track, vote).argmax(axis=1)) for vote in VOTES
        },
    }
