"""Decisions in a manifest come from a stranger: what is read is within bounds, and what is not is named."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegenre.bundle import Manifest, load_bundle
from edgegenre.decisions.settings import SCORES, Decisions, Gate, Reject, default_decisions
from edgegenre.errors import BundleError
from tests.bundles import at_temperature, tiny_bundle


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("tiny"))).manifest


@given(
    opens=st.floats(-90, 0),
    score=st.sampled_from(SCORES),
    threshold=st.floats(0, 1),
    smoothing=st.integers(1, 256),
    thresholds=st.dictionaries(st.sampled_from(["high", "low"]), st.floats(0, 1)),
)
def test_what_is_written_is_read_back(
    opens: float, score: Any, threshold: float, smoothing: int, thresholds: dict[str, float]
) -> None:
    decisions = Decisions(
        gate=Gate(opens=opens, closes=-90),
        reject=Reject(score=score, threshold=threshold),
        smoothing=smoothing,
        thresholds=thresholds,
        other="noise",
    )
    assert Decisions.from_dict(json.loads(json.dumps(decisions.to_dict()))) == decisions


def test_what_is_absent_has_its_default() -> None:
    assert Decisions.from_dict({}) == Decisions()
    assert Decisions.from_dict({"gate": {}, "reject": {"threshold": 0.5}}).reject == Reject(threshold=0.5)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (7, "decisions must be a table"),
        ({"gate": []}, "decisions.gate must be a table"),
        ({"speed": 1}, "decisions has no 'speed'"),
        ({"reject": {"scores": 1}}, "decisions.reject has no 'scores'"),
        ({"reject": {"score": "loudness"}}, "'loudness' is not known"),
        ({"reject": {"threshold": 1.5}}, "reject.threshold is 1.5"),
        ({"reject": {"score": "logit", "threshold": -1e9}}, "reject.threshold"),
        ({"reject": {"hysteresis": -0.1}}, "reject.hysteresis"),
        ({"reject": {"score": "other"}}, "needs the label of that class"),
        ({"gate": {"opens": 3}}, "gate.opens is 3"),
        ({"gate": {"opens": -80}}, "gate.closes is -70, not within -90 and -80"),
        ({"gate": {"hold_seconds": "1"}}, "gate.hold_seconds must be a number"),
        ({"smoothing": 0}, "smoothing must be a whole number from 1 to 256"),
        ({"smoothing": 257}, "smoothing must be"),
        ({"confirmation": True}, "confirmation must be"),
        ({"confirmation": 2.0}, "confirmation must be"),
        ({"hysteresis": float("nan")}, "hysteresis must be a number"),
        ({"thresholds": ["low"]}, "thresholds must be a table"),
        ({"thresholds": {"low": 2}}, "thresholds.low is 2"),
        ({"thresholds": {"techno": 0.5}}, "'techno', and the model has no such label"),
        ({"other": "speech"}, "'speech', and the model has no such label"),
        ({"other": 3}, "other must be a label"),
    ],
)
def test_a_manifest_with_other_decisions_is_refused_by_name(manifest: Manifest, values: Any, said: str) -> None:
    with pytest.raises(BundleError, match=said.replace(".", r"\.").replace("(", r"\(")):
        Manifest.from_dict(json.loads(json.dumps(manifest.to_dict())) | {"decisions": values})


@pytest.mark.parametrize("temperature", [0, -1, 1e9, True, "1", None, float("nan")])
def test_a_temperature_that_is_none_is_refused(manifest: Manifest, temperature: Any) -> None:
    calibration = at_temperature(manifest, 2.0).to_dict()["calibration"]
    assert Manifest.from_dict(manifest.to_dict() | {"calibration": calibration}).temperature == 2
    with pytest.raises(BundleError, match="cannot be read"):
        Manifest.from_dict(manifest.to_dict() | {"calibration": calibration | {"temperature": temperature}})


def test_a_manifest_of_before_has_the_default_decisions(manifest: Manifest) -> None:
    old = {key: value for key, value in manifest.to_dict().items() if key not in ("decisions", "calibration")}
    read = Manifest.from_dict(old)
    assert (read.decisions, read.temperature) == (None, 1.0)
    assert read.rules(None) == at_temperature(manifest, 1.0).rules(None)
    assert read.rules(None).smoothing == round(2 / 0.2), "2 s of the tiny network's decisions"


def test_counts_of_the_default_stay_within_bounds() -> None:
    for seconds in (1e-9, 0.05, 0.2, 30, 1e6):
        decisions = default_decisions(seconds)
        assert 1 <= decisions.confirmation <= decisions.smoothing <= 256


def test_an_energy_that_has_no_integers_is_named(manifest: Manifest, tmp_path: Path) -> None:
    """A temperature of 20 on logits in steps of 0.0001 takes more than the factor's sixteen bits."""
    energetic = dataclasses.replace(at_temperature(manifest, 20.0), decisions=Decisions(reject=Reject(score="energy")))
    assert energetic.rules(None).energy_factor == round(20 * 256 * 0.693147)
    with pytest.raises(BundleError, match="too far off the scale of the logits"):
        fine = dataclasses.replace(load_bundle(tiny_bundle(tmp_path)).integers.output, scale=0.0001)  # type: ignore[union-attr]
        energetic.rules(fine)
