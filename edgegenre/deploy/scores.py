"""Scoring a network on tracks by the numpy reference: the figures that a bundle carries."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from edgegenre.datasets.track import Track
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.extractors import RUN_ON_HOSTS, extractor
from edgegenre.frontend.inputs import FeatureInput, frontends_of, read_sound
from edgegenre.frontend.windows import input_windows, one_window, window_count
from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import Arithmetic
from edgegenre.metrics import (
    accuracy,
    calibration_error,
    confusion_matrix,
    macro_f1,
    probabilities,
    reliability,
    wilson_interval,
)
from edgegenre.network.float_network import FloatNetwork
from edgegenre.progress import Progress
from edgegenre.quantize.calibrate import INPUT
from edgegenre.voting import Vote, combined

RealLogits = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""int8 features [windows, time, frequency] by input name to real logits [windows, classes]."""


def float_logits(network: FloatNetwork) -> RealLogits:
    """The float network on the real values of int8 features."""
    return lambda features: network.forward({name: INPUT.real(array) for name, array in features.items()})


def integer_logits(integers: IntegerNetwork, arithmetic: Arithmetic = "float32") -> RealLogits:
    """The numpy reference."""
    return lambda features: integers.output.real(reference.run(integers, features, arithmetic))


def device_windows(
    tracks: Sequence[Track], inputs: Mapping[str, FeatureInput], progress: Progress, title: str
) -> list[dict[str, np.ndarray]]:
    """int8 [windows, time, frequency] of every input, for each track, by the front ends that run on the device."""
    frontends = frontends_of(inputs)
    computed = {name: extractor(item) for name, item in inputs.items() if item.frontend.kind not in RUN_ON_HOSTS}
    cache, parts = FeatureCache(), []
    with progress.task(title, len(tracks)) as task:
        for track in tracks:
            # What a frozen backbone makes of a track takes seconds, and was kept when the model was trained.
            features = {
                name: item.normalization.quantize(cache.features(track.path, item.frontend))
                for name, item in inputs.items()
                if name not in computed
            }
            if computed:
                pcm = read_sound(track.path, frontends).pcm
                features |= {name: each.features(pcm[name]) for name, each in computed.items()}
            parts.append(input_windows(features, frontends))
            task.advance(note=track.path.name)
    return parts


def window_logits(
    parts: Sequence[Mapping[str, np.ndarray]], logits: RealLogits, progress: Progress, title: str
) -> list[np.ndarray]:
    """Real logits [windows, classes] of each track, from its windows in `parts`."""
    found = []
    with progress.task(title, len(parts)) as task:
        for part in parts:
            # One window at a time: a long track at once would take gigabytes in float64.
            alone = (one_window(part, number) for number in range(window_count(part)))
            found.append(np.concatenate([logits(window) for window in alone]))
            task.advance()
    return found


def score(logits: Sequence[np.ndarray], truth: np.ndarray, vote: Vote, temperature: float) -> dict[str, Any]:
    """Accuracy with its 95 % interval, macro F1 and calibration on the test tracks, JSON-ready.

    logits: real, [windows, classes] of each track; the windows vote on its class. truth: class numbers [tracks].
    reliability: [confidence, accuracy, tracks] of each bin; ece: the expected calibration error over these.
    """
    shares = np.array([combined(probabilities(part, temperature), vote) for part in logits])
    predicted = np.argmax(shares, axis=1)
    interval = wilson_interval(int((predicted == truth).sum()), len(truth))
    bins = reliability(shares, truth)
    return {
        "accuracy": accuracy(truth, predicted),
        "accuracy_interval": [interval.low, interval.high],
        "macro_f1": macro_f1(confusion_matrix(truth, predicted, len(shares[0]))),
        "ece": calibration_error(bins),
        "reliability": [[item.confidence, item.accuracy, item.clips] for item in bins],
        "clips": len(truth),
    }
