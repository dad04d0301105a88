"""Quantization-aware training: the weights and biases of a calibrated network, fine-tuned under its own rounding.

All scales stay as calibration chose them. The network is trained to give the float network's logits on the training
tracks: labels that the float network has learnt by heart teach nothing more, and their gradients vanish. It is over in
a minute or so, so that nothing is kept of an interrupted one.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from edgegenre.datasets.track import Track
from edgegenre.errors import DatasetError, QuantizationError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.inputs import only
from edgegenre.integer.tensors import IntegerNetwork
from edgegenre.network.float_network import FloatNetwork
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.fine_tuned import Fidelity, FineTuned
from edgegenre.runs.protocol import Phase
from edgegenre.runs.run_folder import Run
from edgegenre.runs.training_clips import spread
from edgegenre.training.data import Batches, Examples, examples, in_order
from edgegenre.training.fake_quantized import FakeQuantized
from edgegenre.training.unfold import unfold

VALIDATE_EVERY = 10
"""Iterations between two looks at the validation tracks."""

TRAINING_TRACKS, VALIDATION_TRACKS = 1000, 250
"""At most so many are read, spread over the classes: more than a schedule draws from, or a look should take."""

_CPU = torch.device("cpu")


def fine_tune_run(
    run: Run, integers: IntegerNetwork, float_network: FloatNetwork, schedule: Phase, *, progress: Progress = SILENT
) -> tuple[IntegerNetwork, FineTuned]:
    """`fine_tune` on the training tracks of `run`, judged by its validation tracks, with the run's seed.

    Raises DatasetError when it has no validation tracks, AudioError when tracks are no longer there.
    """
    if not run.split.validation:
        raise DatasetError(f"{run.path}: this run has no validation tracks to judge fine-tuning by. Leave out --qat.")
    training = _examples(run, spread(run.split.train, TRAINING_TRACKS), "training", progress)
    validation = _examples(run, spread(run.split.validation, VALIDATION_TRACKS), "validation", progress)
    return fine_tune(integers, float_network, training, validation, schedule=schedule, seed=run.seed, progress=progress)


def fine_tune(
    integers: IntegerNetwork,
    float_network: FloatNetwork,
    training: Examples,
    validation: Examples,
    *,
    schedule: Phase,
    seed: int,
    progress: Progress = SILENT,
) -> tuple[IntegerNetwork, FineTuned]:
    """Train `integers`, calibrated from `float_network`, to answer like it; the better network and what was done.

    Of the states after every VALIDATE_EVERY iterations the best on `validation` is returned (`Fidelity.better_than`)
    that stays within the ranges that IntegerNetwork proves; where none is better than `integers`, these come back
    unchanged. The learning rate, in int8 steps an iteration of Adam, falls linearly to 0. On a CPU
    with the same number of threads the same seed gives the same integers.
    Raises TrainingError when activations have 16 bits.
    """
    teacher = unfold(float_network)
    student = FakeQuantized(integers, float_network)
    track, labels = validation.track.numpy(), validation.labels.numpy()
    expected = _logits(teacher, validation)

    def fidelity() -> Fidelity:
        return Fidelity.of(_logits(student, validation), expected, track, labels)

    before = best = fidelity()
    network, kept = integers, 0
    batches = Batches(training, torch.Generator().manual_seed(seed), None)
    optimizer = torch.optim.Adam(student.parameters())
    with progress.task("fine-tuning", schedule.iterations) as task:
        for iteration in range(1, schedule.iterations + 1):
            for group in optimizer.param_groups:
                group["lr"] = schedule.learning_rate * (1 - (iteration - 1) / schedule.iterations)
            features, _ = batches.draw(schedule)
            with torch.no_grad():
                wanted = teacher(features)
            loss = functional.mse_loss(student(features), wanted)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            student.saturate()
            if iteration % VALIDATE_EVERY == 0 or iteration == schedule.iterations:
                found = fidelity()
                if found.better_than(best) and (state := _integers(student)) is not None:
                    best, network, kept = found, state, iteration
            task.advance(1, f"logit error {best.logit_error:.4f}")
    return network, FineTuned(schedule=schedule, seed=seed, kept_iteration=kept, before=before, after=best)


def _integers(student: FakeQuantized) -> IntegerNetwork | None:
    """None where training has left the ranges that are proven."""
    try:
        return student.integers()
    except QuantizationError:
        return None


@torch.no_grad()
def _logits(module: nn.Module, source: Examples) -> np.ndarray:
    """float64 [windows, classes]."""
    return torch.cat([module(features) for features in in_order(source)]).double().numpy()


def _examples(run: Run, tracks: Sequence[Track], part: str, progress: Progress) -> Examples:
    fed = only(run.inputs, "quantization-aware training")
    cache = FeatureCache()
    features = []
    with progress.task(f"reading {part} tracks", len(tracks)) as task:
        for track in tracks:
            features.append(cache.features(track.path, fed.frontend))
            task.advance(1, track.path.name)
    labels = [run.labels.index(track.label) for track in tracks]
    return examples(features, labels, fed=fed, device=_CPU)
