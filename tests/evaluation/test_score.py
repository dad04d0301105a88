"""A score counts what the classifier answers: held to scikit-learn and to a count by hand."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from edgegenre.datasets.folder import open_folder
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import AudioError, DatasetError
from edgegenre.evaluation.score import held_out, score, whole_folder
from edgegenre.runs.run_folder import Run
from edgegenre.runtime.classifier import Classifier
from tests.bundles import LABELS, tiny_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def bundle(run: Run) -> Path:
    return export_bundle(run, out_folder=run.path.parent.parent / "bundle")


@pytest.mark.parametrize("engine", ["reference", "litert"])
def test_the_figures_are_those_of_scikit_learn_on_the_same_answers(run: Run, bundle: Path, engine: str) -> None:
    root = run.dataset.root
    result = score(bundle, whole_folder(root), engine=engine)
    classifier = Classifier(bundle)
    tracks = open_folder(root).tracks
    truth = [track.label for track in tracks]
    answers = [classifier.classify_file(track.path).label for track in tracks]
    assert result.accuracy == pytest.approx(accuracy_score(truth, answers))
    np.testing.assert_array_equal(result.confusion, confusion_matrix(truth, answers, labels=list(LABELS)))
    assert result.macro_f1 == pytest.approx(f1_score(truth, answers, average="macro"))
    assert (result.data, result.split, result.engine, result.clips) == ("music", "all", engine, 30)
    assert not result.synthetic


def test_json_has_what_is_promised(run: Run, bundle: Path) -> None:
    values = score(bundle, whole_folder(run.dataset.root)).to_dict()
    promised = {"accuracy", "macro_f1", "per_class", "confusion", "data", "split", "engine", "clips", "synthetic"}
    assert set(values) >= promised
    assert list(values["per_class"]) == list(LABELS)
    assert sum(map(sum, values["confusion"])) == values["clips"] == 30


def test_a_run_is_scored_on_its_test_tracks_alone(run: Run) -> None:
    material = held_out(run)
    assert material.tracks == run.split.test
    result = score(run, material)
    assert result.clips == len(run.split.test) == 3
    assert result.split == "test of run-1, by track, 8/1/1, seed 0"


def test_a_bundle_s_score_is_the_one_written_into_it_at_export(run: Run, bundle: Path) -> None:
    """Two paths to one figure: the export scored arrays, this scores files."""
    from edgegenre.bundle import load_bundle

    written = load_bundle(bundle).manifest.metrics
    for arithmetic in ("float32", "q31"):
        assert score(bundle, held_out(run), arithmetic=arithmetic).accuracy == written[arithmetic]["accuracy"]


def test_a_bundle_without_its_run_asks_for_data(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="--data"):
        held_out(bundle, tmp_path)


def test_genres_the_model_does_not_know_are_named(run: Run, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(run.dataset.root, tmp_path / "music")
    (tmp_path / "music" / "low").rename(tmp_path / "music" / "polka")
    with pytest.raises(DatasetError, match="does not know: polka"):
        score(bundle, whole_folder(tmp_path / "music"))


def test_a_broken_file_stops_the_scoring_unless_it_may_be_skipped(run: Run, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(run.dataset.root, tmp_path / "music")
    broken = tmp_path / "music" / "low" / "03.wav"
    broken.write_bytes(broken.read_bytes()[:30])
    material = whole_folder(tmp_path / "music")
    with pytest.raises(AudioError, match=r"03\.wav"):
        score(bundle, material)
    result = score(bundle, material, skip_broken=True)
    assert result.clips == 29
    assert len(result.skipped) == 1
    assert "03.wav" in result.skipped[0]
    alone = dataclasses.replace(material, tracks=tuple(track for track in material.tracks if track.path == broken))
    with pytest.raises(AudioError, match="not one of 1"):
        score(bundle, alone, skip_broken=True)


def test_rendered_audio_is_called_synthetic(run: Run, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(run.dataset.root, tmp_path / "music")
    (tmp_path / "music" / "dataset.json").write_text('{"synthetic": true}')
    result = score(bundle, whole_folder(tmp_path / "music"))
    assert result.synthetic
    assert result.to_dict()["synthetic"] is True
