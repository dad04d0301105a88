"""From a folder of music to a bundle that answers, by commands alone; training is cut to a few iterations."""

import json
from pathlib import Path

import pytest

from edgegenre.runs.protocols import PROTOCOLS
from tests.commands import edgegenre
from tests.training.tiny import TINY, tiny_dataset


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with `music/`, where a recipe of twenty iterations is known."""
    monkeypatch.setitem(PROTOCOLS, "tiny", TINY)
    tiny_dataset(tmp_path / "music")
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("model", ["ds-cnn1", "ds-crnn1"])
def test_a_model_is_trained_exported_verified_and_asked(folder: Path, model: str) -> None:
    trained = edgegenre("train", model, "--data", "music", "--recipe", "tiny", "--device", "cpu", folder=folder)
    assert trained.status == 0
    assert "edgegenre export --int8" in trained.stdout
    (run,) = (folder / "runs").iterdir()
    assert edgegenre("export", "--int8", folder=folder).status == 0
    assert [path.name for path in (folder / "bundles").iterdir()] == [run.name]
    assert edgegenre("verify", folder=folder).status == 0
    song = "music/hum/00.wav"
    asked = ["--json", "--logits"]
    (answer,) = edgegenre("classify", song, *asked, folder=folder).stdout.splitlines()
    *_, last = edgegenre("listen", song, "--fast", *asked, "--chunk", "5003", folder=folder).stdout.splitlines()
    assert json.loads(last).items() <= json.loads(answer).items()
    for engine in ("litert", "onnxruntime", "native"):
        *_, streamed = edgegenre(
            "listen", song, "--fast", *asked, "--engine", engine, folder=folder
        ).stdout.splitlines()
        assert json.loads(streamed) == json.loads(last) | {"engine": engine}
        scored = json.loads(edgegenre("eval", "--json", "--engine", engine, folder=folder).stdout)
        assert scored["clips"] == 3
        assert scored["synthetic"] is False


def test_a_recurrent_model_is_exported_as_float(folder: Path) -> None:
    arguments = ["train", "ds-crnn1", "--data", "music", "--recipe", "tiny", "--device", "cpu"]
    assert edgegenre(*arguments, folder=folder).status == 0
    assert edgegenre("export", "--float", folder=folder).status == 0
    assert edgegenre("classify", "music/hum/00.wav", folder=folder).status == 0
