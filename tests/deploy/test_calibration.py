"""The temperature is the least cross entropy's, found again where it is known, and written into the bundle."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from edgegenre.bundle import load_bundle
from edgegenre.deploy.assemble import export_bundle
from edgegenre.deploy.calibration import best_temperature, calibrate
from edgegenre.evaluation.score import held_out, score
from edgegenre.runs.run_folder import Run
from edgegenre.trust import HIGHEST_TEMPERATURE, LOWEST_TEMPERATURE
from tests.bundles import tiny_run


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.3, 4))
def test_the_temperature_is_where_scipy_finds_the_least_cross_entropy(seed: int, spread: float) -> None:
    generator = np.random.default_rng(seed)
    clips = 60
    logits, truth = generator.normal(0, spread, (clips, 5)), generator.integers(0, 5, clips)
    logits[np.arange(clips), truth] += spread
    weights = generator.uniform(0.1, 1, clips)
    shared = 1 / (1 + weights.sum())
    target = np.full((clips, 5), shared / 5)
    target[np.arange(clips), truth] += 1 - shared

    def cross_entropy(temperature: float) -> float:
        return -float((weights[:, None] * target * special.log_softmax(logits / temperature, axis=1)).sum())

    bounds = (LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE)
    expected = optimize.minimize_scalar(cross_entropy, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    assert cross_entropy(best_temperature(logits, truth, weights)) <= expected.fun + 1e-9


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found_again(temperature: float) -> None:
    """Labels are drawn from the probabilities at that temperature."""
    generator = np.random.default_rng(3)
    logits = generator.normal(0, 3, (20_000, 6))
    shares = special.softmax(logits / temperature, axis=1)
    truth = (shares.cumsum(axis=1) < generator.random((20_000, 1))).sum(axis=1).clip(0, 5)
    found = calibrate([row[None] for row in logits], truth, vote="mean", split="validation", arithmetic="float")
    assert found.temperature == pytest.approx(temperature, rel=0.04)
    assert found.ece_after < 0.015
    assert found.tracks == 20_000
    if temperature == 3.0:
        assert found.ece_before > 0.1


def test_a_few_tracks_that_are_all_right_do_not_make_it_sure_of_everything() -> None:
    """Three tracks: the true class is given 3/4 and its share of 1/4."""
    logits = np.array([[4.0, 0.0, 0.0, 0.0]] * 3)
    found = best_temperature(logits, np.zeros(3, int), np.ones(3))
    assert special.softmax(logits[0] / found)[0] == pytest.approx(0.75 + 0.25 / 4)


def test_every_track_counts_alike_however_long_it_is() -> None:
    generator = np.random.default_rng(5)
    tracks = [generator.normal(0, 2, (1, 3)) for _ in range(12)]
    truth = generator.integers(0, 3, 12)
    longer = [np.repeat(part, number % 4 + 1, axis=0) for number, part in enumerate(tracks)]

    def temperature(parts: list[np.ndarray]) -> float:
        return calibrate(parts, truth, vote="mean", split="validation", arithmetic="float").temperature

    assert temperature(longer) == pytest.approx(temperature(tracks))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("tiny"))


@pytest.mark.parametrize(("quantized", "arithmetic"), [(True, "float32"), (False, "float")])
def test_an_export_calibrates_what_it_deploys_on_validation_tracks(
    run: Run, tmp_path: Path, quantized: bool, arithmetic: str
) -> None:
    bundle = load_bundle(
        export_bundle(run, quantized=quantized, to=["c"] if quantized else [], out_folder=tmp_path / "b")
    )
    calibration = bundle.manifest.calibration
    assert calibration is not None
    assert (calibration.tracks, calibration.split) == (len(run.split.validation), "validation")
    assert calibration.arithmetic == arithmetic
    scored = bundle.manifest.metrics[arithmetic]
    bins = scored["reliability"]
    assert sum(clips for _, _, clips in bins) == scored["clips"]
    error = sum(clips * abs(right - confidence) for confidence, right, clips in bins) / scored["clips"]
    assert scored["ece"] == pytest.approx(error)
    assert score(bundle, held_out(run)).accuracy == scored["accuracy"]
