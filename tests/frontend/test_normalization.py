import json

import numpy as np
import pytest

from edgegenre.errors import FeatureError
from edgegenre.frontend.normalization import Normalization

EXAMPLE = Normalization(mean=(-100.0, 20.0), deviation=(50.0, 8.0))


def test_fit_gives_mean_and_deviation_over_all_frames():
    rng = np.random.default_rng(0)
    parts = [rng.normal(size=(n, 3)).astype(np.float32) * [1, 10, 100] + [5, -50, 500] for n in (7, 400, 93)]
    fitted = Normalization.fit(parts, statistics=3)
    np.testing.assert_allclose(fitted.mean, np.concatenate(parts).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(fitted.deviation, np.concatenate(parts).std(axis=0), rtol=1e-12)


def test_quantized_features_are_thirty_seconds_of_a_deviation():
    features = np.array([[-100.0, 20.0], [-50.0, 12.0], [-100.0 + 50 / 32, 20.0 - 8 / 64 * 1.01]])
    np.testing.assert_array_equal(EXAMPLE.quantize(features), [[0, 0], [32, -32], [1, -1]])


def test_quantized_features_saturate_at_four_deviations():
    features = np.array([[1e4, -1e4], [-100.0 + 50 * 3.99, 20.0 - 8 * 4]])
    np.testing.assert_array_equal(EXAMPLE.quantize(features), [[127, -128], [127, -128]])


def test_normalized_features_lie_exactly_on_the_int8_grid():
    features = np.random.default_rng(1).normal(size=(100, 2)).astype(np.float32) * 300
    normalized = EXAMPLE.normalize(features)
    assert normalized.dtype == np.float32
    np.testing.assert_array_equal(normalized * 32, EXAMPLE.quantize(features))


def test_a_normalization_survives_json_to_the_last_bit():
    fitted = Normalization.fit([np.random.default_rng(2).normal(size=(50, 12))], statistics=12)
    assert Normalization.from_dict(json.loads(json.dumps(fitted.to_dict()))) == fitted


def test_a_coefficient_that_never_changes_can_still_be_normalized():
    fitted = Normalization.fit([np.full((10, 1), -632.5)], statistics=1)
    assert fitted.quantize(np.full((2, 1), -632.5)).tolist() == [[0], [0]]


@pytest.mark.parametrize(
    "values",
    [
        [],
        {"mean": [0.0]},
        {"mean": [0.0], "deviation": [1.0], "median": [0.0]},
        {"mean": "00", "deviation": "11"},
        {"mean": [], "deviation": []},
        {"mean": [0.0, 1.0], "deviation": [1.0]},
        {"mean": [0.0], "deviation": [0.0]},
        {"mean": [0.0], "deviation": [-1.0]},
        {"mean": [float("nan")], "deviation": [1.0]},
        {"mean": [1e9], "deviation": [1.0]},
        {"mean": [0.0], "deviation": [float("inf")]},
        {"mean": [None], "deviation": [1.0]},
        {"mean": [True], "deviation": [1.0]},
    ],
)
def test_a_manifest_with_a_wrong_normalization_is_refused(values):
    with pytest.raises(FeatureError, match="normalization"):
        Normalization.from_dict(values)


def test_fitting_to_nothing_and_features_of_another_width_are_refused():
    with pytest.raises(FeatureError, match="no feature frame"):
        Normalization.fit([np.empty((0, 12))], statistics=12)
    with pytest.raises(FeatureError, match="3 values a row"):
        EXAMPLE.quantize(np.zeros((5, 3)))


def test_one_deviation_for_all_values_is_that_of_all_of_them():
    parts = [np.random.default_rng(n).normal(0.1, 0.3, (20, 64)) for n in range(3)]
    fitted = Normalization.fit(parts, statistics=1)
    np.testing.assert_allclose([*fitted.mean, *fitted.deviation], [np.mean(parts), np.std(parts)], rtol=1e-12)
    np.testing.assert_array_equal(
        fitted.quantize(parts[0]), np.clip(np.rint((parts[0] - np.mean(parts)) / np.std(parts) * 32), -128, 127)
    )
