"""A run folder that is not what training left: one sentence that names the file."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from edgegenre.errors import TrainingError
from edgegenre.runs.run_folder import CONFIG, METRICS, load_run
from tests.bundles import finish, tiny_run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tiny_run(tmp_path_factory.mktemp("run"))
    finish(run)
    return run.path


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "run"))


PART = {"accuracy": 0.5, "macro_f1": 0.5}


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        [],
        {"test": {}},
        {"test": {"accuracy": 0.5}},
        {"test": {"accuracy": "0.5", "macro_f1": 0.5}},
        {"test": {"accuracy": 50, "macro_f1": 0.5}},
        {"test": {"accuracy": True, "macro_f1": 0.5}},
        {"test": None},
        {"test": PART, "validation": {}},
        {"test": PART, "baseline": PART},
        {"test": PART, "baseline": {"method": "SVM", "test": {"accuracy": 2, "macro_f1": 0.5}}},
        {"test": PART, "baseline": {"method": 3, "test": PART}},
    ],
)
def test_metrics_without_the_scores_are_named(run: Path, metrics: Any) -> None:
    (run / METRICS).write_text(json.dumps(metrics))
    with pytest.raises(TrainingError, match=r"metrics\.json: cannot be read"):
        load_run(run)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("labels", ["high", "low", "low"]),
        ("labels", ["high", "low", "a\x1b"]),
        ("labels", "abc"),
        ("model", "../x"),
        ("fold", [1]),
        ("fold", [1, 2, 3]),
        ("fold", 3),
        ("seed", float("nan")),
        ("dataset", {"name": "x"}),
        ("teacher", 3),
        ("unlabeled", ["music"]),
        ("unlabeled", "music"),
    ],
)
def test_a_configuration_that_is_none_is_named(run: Path, name: str, value: Any) -> None:
    config = json.loads((run / CONFIG).read_text())
    (run / CONFIG).write_text(json.dumps(config | {name: value}))
    with pytest.raises(TrainingError, match=r"config\.json: cannot be read"):
        load_run(run)


def test_a_sound_run_is_read(run: Path) -> None:
    assert load_run(run).metrics["test"]["accuracy"] == 0.5
