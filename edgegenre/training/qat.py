"""Quantization-aware training: the weights and biases of a calibrated network, fine-tuned under its own rounding.

All scales stay as calibration chose them. The network is trained to give the float network's logits on the training
tracks: labels that the float network has learnt by heart teach nothing more, and their gradients vanish. It is over in
a minute or so, so that nothing is kept of an interrupted one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from edgegenre.datasets.track import Track
from edgegenre.errors import DatasetError, QuantizationError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.float_network import FloatNetwork
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.fine_tuned import Fidelity, FineTuned
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Protocol
from edgegenre.runs.run_folder import Run
from edgegenre.runs.training_clips import spread
from edgegenre.training.batches import Batch, Batches
from edgegenre.training.checkpoint import TrainingState
from edgegenre.training.fake_quantized import FakeQuantized
from edgegenre.training.loop import KeepsNothing, fit
from edgegenre.training.memory import in_memory_limit
from edgegenre.training.module import NetworkModule
from edgegenre.training.objective import Selection
from edgegenre.training.preparation import optimizer_of
from edgegenre.training.scoring import window_logits
from edgegenre.training.source import Source, source_of
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
    training = _source(run, spread(run.split.train, TRAINING_TRACKS), "training", progress)
    validation = _source(run, spread(run.split.validation, VALIDATION_TRACKS), "validation", progress)
    return fine_tune(integers, float_network, training, validation, schedule=schedule, seed=run.seed, progress=progress)


def fine_tune(
    integers: IntegerNetwork,
    float_network: FloatNetwork,
    training: Source,
    validation: Source,
    *,
    schedule: Phase,
    seed: int,
    progress: Progress = SILENT,
) -> tuple[IntegerNetwork, FineTuned]:
    """Train `integers`, calibrated from `float_network`, to answer like it; the better network and what was done.

    Of the states after every VALIDATE_EVERY iterations the best on `validation` is returned (`Fidelity.better_than`)
    that stays within the ranges that IntegerNetwork proves; where none is better than `integers`, these come back
    unchanged. The schedule's learning rate is in int8 steps an iteration of Adam. On a CPU with the same number of
    threads the same seed gives the same integers.
    Raises TrainingError when activations have 16 bits.
    """
    teacher = unfold(float_network)
    objective = Imitation(
        module=FakeQuantized(integers, float_network),
        teacher=teacher,
        validation=validation,
        expected=window_logits(teacher, validation).numpy(),
    )
    protocol = Protocol(
        name="qat",
        phases=(schedule,),
        validate_every=VALIDATE_EVERY,
        final_weights=FinalWeights(by="loss"),
    )
    before = objective.judge()
    selection = Selection(best=before, kept=integers)
    state = TrainingState(
        module=objective.module,
        optimizer=optimizer_of(protocol, objective.module),
        batches=Batches(training, torch.Generator().manual_seed(seed)),
        selection=selection,
    )
    fit(state, objective, protocol, title="fine-tuning", keeper=KeepsNothing(), progress=progress)
    assert isinstance(selection.best, Fidelity)
    outcome = FineTuned(
        schedule=schedule, seed=seed, kept_iteration=selection.kept_iteration, before=before, after=selection.best
    )
    return selection.kept, outcome


@dataclass(frozen=True, kw_only=True, eq=False)
class Imitation:
    """The objective: the teacher's logits under the student's rounding, by mean squared error.

    expected: the teacher's logits of the validation windows.
    """

    module: FakeQuantized
    teacher: NetworkModule
    validation: Source
    expected: np.ndarray

    def loss(self, batch: Batch) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            wanted = self.teacher(batch.inputs)
        logits = self.module(batch.inputs)
        return functional.mse_loss(logits, wanted), logits.detach().argmax(1) == batch.labels

    def stepped(self) -> None:
        self.module.saturate()

    def judge(self) -> Fidelity:
        windows = self.validation.windows
        logits = window_logits(self.module, self.validation).numpy()
        return Fidelity.of(logits, self.expected, windows.track.numpy(), windows.labels.numpy(), windows.vote)

    def snapshot(self) -> IntegerNetwork | None:
        """None where training has left the ranges that are proven."""
        try:
            return self.module.integers()
        except QuantizationError:
            return None


def _source(run: Run, tracks: Sequence[Track], part: str, progress: Progress) -> Source:
    cache = FeatureCache()
    features = []
    with progress.task(f"reading {part} tracks", len(tracks)) as task:
        for track in tracks:
            features.append({name: cache.features(track.path, fed.frontend) for name, fed in run.inputs.items()})
            task.advance(1, track.path.name)
    labels = [run.labels.index(track.label) for track in tracks]
    return source_of(features, labels, run.inputs, device=_CPU, in_memory=in_memory_limit(_CPU), vote=run.vote)
