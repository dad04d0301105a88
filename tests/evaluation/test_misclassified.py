"""Wrong answers, drawn: as sure as every other command says they are."""

from pathlib import Path

import pytest

from edgegenre.bundle import load_bundle
from edgegenre.deploy.assemble import export_bundle
from edgegenre.deploy.retune import retune
from edgegenre.evaluation.misclassified import draw_misclassified
from edgegenre.evaluation.score import whole_folder
from edgegenre.runtime.classifier import Classifier
from tests.bundles import at_temperature, tiny_run


def test_a_wrong_window_is_as_sure_as_classify_is(tmp_path: Path) -> None:
    """Tracks of one window, in a bundle whose temperature is far from 1."""
    folder = export_bundle(tiny_run(tmp_path), to=["c"], out_folder=tmp_path / "bundle")
    bundle = load_bundle(folder)
    retune(bundle, at_temperature(bundle.manifest, 3.0))
    found = draw_misclassified(folder, whole_folder(tmp_path / "music"), tmp_path / "wrong")
    assert found.drawn
    classifier = Classifier(folder)
    for _, window in found.drawn:
        decision = classifier.classify_file(window.track.path)
        assert decision.label == window.answer
        assert window.share == pytest.approx(decision.probabilities[window.answer])
