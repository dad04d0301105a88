"""The standard partners that are timed beside a separable model: which ones, and that they compute."""

import numpy as np
from edgegenre.bench.audit_timing import partners, random_integers

from edgegenre.integer.reference import run
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.zoo.registry import model
from tests.networks import plain_network, random_features


def test_a_separable_model_is_timed_beside_its_equals_in_parameters_and_in_width() -> None:
    assert [item.network.name for item in partners(["ds-cnn1"])] == ["cnn1", "ds-cnn1-standard"]


def test_a_partner_that_is_measured_itself_is_not_built_again() -> None:
    assert [item.network.name for item in partners(["cnn1", "ds-cnn1"])] == ["ds-cnn1-standard"]


def test_standard_recurrent_and_unknown_models_have_no_partner() -> None:
    assert partners(["cnn1", "ds-crnn1", "a stranger's"]) == []


def test_random_integers_keep_their_tensors_alive() -> None:
    """Neither all zero nor all saturated: the kernels do the work of a trained network."""
    network = plain_network()
    logits = run(random_integers(network), random_features(network, 20))
    assert len(np.unique(logits)) > 10
    assert np.mean(np.abs(logits.astype(int)) >= 127) < 0.2


def test_the_partner_of_equal_width_runs_on_litert() -> None:
    network = with_standard_convolutions(model("ds-cnn1").build(13))
    assert network.shapes()["pointwise6"] == (150, 6, 262)
    (_, wide) = partners(["ds-cnn1"])
    logits = np.asarray(wide.runner.run())
    assert logits.shape == (1, 13)
    assert len(np.unique(logits)) > 3
