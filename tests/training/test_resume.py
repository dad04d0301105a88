"""An interrupted run comes to the weights of an uninterrupted one, to the bit, whatever its protocol asks for."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from edgegenre.errors import TrainingError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.progress import SILENT, Task
from edgegenre.runs.augmentation import FrequencyResponse, Level, Mixup, NoiseFloor, SpecAugment
from edgegenre.runs.description import Experiment
from edgegenre.runs.optimizer import AdamW, Sgd
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Penalty
from edgegenre.runs.run_folder import MODEL, latest_unfinished_run
from edgegenre.training.train import Workplace, train
from tests.training.tiny import TINY, tiny_dataset

EPOCHS = (Phase(epochs=8, learning_rate=1e-3, batch=4, crop_frames=33),)
PROTOCOLS = {
    "sgd": dataclasses.replace(TINY, optimizer=Sgd(momentum=0.9)),
    "sgd without momentum": dataclasses.replace(TINY, optimizer=Sgd(momentum=0.0)),
    "adamw": dataclasses.replace(TINY, optimizer=AdamW(weight_decay=0.01)),
    "every augmentation": dataclasses.replace(
        TINY,
        augmentation=(*TINY.augmentation, Level(), FrequencyResponse(), NoiseFloor(), SpecAugment(), Mixup()),
        label_smoothing=0.1,
    ),
    "epochs, the best by loss": dataclasses.replace(
        TINY,
        phases=EPOCHS,
        validate_every=2,
        final_weights=FinalWeights(by="loss", patience=6),
        penalties=(Penalty(norm="l1", factor=1e-4, of="kernels"),),
        class_weights="balanced",
        label_smoothing=0.1,
    ),
}


class Interrupting:
    """Ctrl-C after so many iterations."""

    def __init__(self, iterations: int) -> None:
        self.left = iterations

    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        yield self if description.startswith("training") else _SILENT_TASK

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.left -= steps
        if self.left < 0:
            raise KeyboardInterrupt

    def warn(self, message: str) -> None:
        """Ten tracks a class are few."""


with SILENT.task("", 0) as _SILENT_TASK:
    pass


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    return tiny_dataset(tmp_path_factory.mktemp("audio"), tracks=4)


@pytest.mark.parametrize("in_memory", [None, 0], ids=["in memory", "mapped"])
@pytest.mark.parametrize("name", PROTOCOLS)
def test_an_interrupted_run_resumes_to_the_bit(name, in_memory, audio, tmp_path):
    experiment = Experiment(model="ds-crnn1", protocol=PROTOCOLS[name], seed=5)
    places = [
        Workplace(
            runs_folder=tmp_path / folder,
            cache=FeatureCache(tmp_path / "cache"),
            checkpoint_seconds=0,
            in_memory=kept,
        )
        for folder, kept in (("whole", None), ("interrupted", in_memory))
    ]
    whole = train(experiment, audio, workplace=places[0])
    with pytest.raises(KeyboardInterrupt):
        train(experiment, audio, workplace=places[1], progress=Interrupting(13))
    unfinished = latest_unfinished_run(places[1].runs_folder, "ds-crnn1")
    assert (unfinished / "repeat-1" / "checkpoint.safetensors").exists()
    assert not (unfinished / "lock").exists()
    resumed = train(experiment, audio, workplace=places[1], resume=unfinished)
    assert resumed.path == unfinished
    assert (resumed.path / MODEL).read_bytes() == (whole.path / MODEL).read_bytes()
    assert (resumed.path / "history.csv").read_bytes() == (whole.path / "history.csv").read_bytes()


def test_a_completed_run_and_one_of_another_model_are_not_resumed(audio, tmp_path):
    experiment = Experiment(model="ds-crnn1", protocol=dataclasses.replace(TINY, phases=EPOCHS))
    place = Workplace(runs_folder=tmp_path, cache=FeatureCache(tmp_path / "cache"))
    run = train(experiment, audio, workplace=place)
    with pytest.raises(TrainingError, match="this run is completed"):
        train(experiment, audio, workplace=place, resume=run.path)
    with pytest.raises(TrainingError, match="is a run of 'ds-crnn1', not of ds-cnn1"):
        train(dataclasses.replace(experiment, model="ds-cnn1"), audio, workplace=place, resume=run.path)
