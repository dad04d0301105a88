"""A protocol that watches the test tracks, as some papers do: what is written down, and that nothing goes by it."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from edgegenre.datasets.folder import open_folder
from edgegenre.errors import TrainingError
from edgegenre.progress import SILENT, Task
from edgegenre.runs.description import Experiment
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Protocol
from edgegenre.runs.run_folder import Run
from edgegenre.training.run_record import test_curve as curve_of
from edgegenre.training.train import Workplace, train
from edgegenre.zoo.registry import MODELS
from tests.training.tiny import tiny_dataset

WATCHING = Protocol(
    name="watching",
    phases=(Phase(epochs=4, learning_rate=1e-2, batch=6),),
    final_weights=FinalWeights(by="last"),
    watch_test=True,
)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`music/`: 3 genres of 4 tracks of 7 s, two pieces of `mlp` each."""
    folder = tmp_path_factory.mktemp("watched")
    tiny_dataset(folder / "music", tracks=4, seconds=7.0)
    return folder


def _trained(place: Path, protocol: Protocol, name: str, **others: object) -> Run:
    experiment = Experiment(model="mlp", protocol=protocol)
    workplace = Workplace(runs_folder=place / name, device="cpu", checkpoint_seconds=0)
    return train(experiment, open_folder(place / "music"), workplace=workplace, **others)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def run(place: Path) -> Run:
    """A finished run that watched."""
    return _trained(place, WATCHING, "runs")


def test_every_epoch_is_written_down_and_the_last_is_what_the_run_scored(run: Run) -> None:
    curve = run.metrics["test_curve"]
    steps = WATCHING.phases[0].epoch_steps(12)
    assert [look["iteration"] for look in curve] == [steps * epoch for epoch in (1, 2, 3, 4)]
    for name in ("accuracy", "macro_f1"):
        assert curve[-1][name] == run.metrics["test"][name]
    assert all(look["loss"] > 0 for look in curve)


def test_nothing_goes_by_it(run: Run, place: Path) -> None:
    """The weights are those of a run that does not look."""
    blind = _trained(place, dataclasses.replace(WATCHING, watch_test=False), "blind")
    assert "test_curve" not in blind.metrics
    ours, theirs = (load_file(each.path / "model.safetensors") for each in (run, blind))
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


class Stopping:
    """A person who presses Ctrl-C in the third epoch."""

    @contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        with SILENT.task(description, total) as task:
            yield (
                _Interrupting(task, WATCHING.phases[0].epoch_steps(12)) if description.startswith("training") else task
            )

    def warn(self, message: str) -> None:
        pass


class _Interrupting:
    def __init__(self, task: Task, epoch: int) -> None:
        self.task, self.left = task, 2 * epoch + 1

    def advance(self, steps: int = 1, note: str = "") -> None:
        self.left -= steps
        if self.left < 0:
            raise KeyboardInterrupt
        self.task.advance(steps, note)


def test_an_interrupted_run_goes_on_to_the_same_curve(run: Run, place: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _trained(place, WATCHING, "cut", progress=Stopping())
    (begun,) = (place / "cut").iterdir()
    assert len(curve_of(begun / "repeat-1")) == 2
    resumed = _trained(place, WATCHING, "cut", resume=begun)
    assert resumed.metrics["test_curve"] == run.metrics["test_curve"]


def test_a_damaged_curve_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "test_curve.json").write_text(json.dumps([{"iteration": 1}]))
    with pytest.raises(TrainingError, match=r"test_curve\.json: cannot be read"):
        curve_of(tmp_path)


def test_mersy_and_kuan_watch_theirs() -> None:
    assert all(
        MODELS[name].recipe("paper").watch_test for name in ("stem3-cnn", "stem3-ds", "spec1-full", "spec1-novox")
    )
    assert not MODELS["mlp"].recipe("paper").watch_test
