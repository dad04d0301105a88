"""Networks of random weights: which ones are measured beside a separable model, and that they compute."""

import numpy as np
import pytest

from edgegenre.errors import NetworkError
from edgegenre.integer.reference import run
from edgegenre.targets.job import Job
from edgegenre.targets.random_weights import named_network, partners, random_integers
from edgegenre.targets.runners import clip_runner, runners
from edgegenre.targets.subject import model_subject
from tests.networks import plain_network, random_features


def test_a_separable_model_is_measured_beside_its_equals_in_parameters_and_in_width() -> None:
    assert partners(["ds-cnn1"]) == ["cnn1", "ds-cnn1-standard"]


def test_a_partner_that_is_measured_itself_is_not_built_again() -> None:
    assert partners(["cnn1", "ds-cnn1"]) == ["ds-cnn1-standard"]


def test_standard_and_unknown_models_have_no_partner() -> None:
    assert partners(["cnn1", "a stranger's"]) == []


def test_the_partner_of_equal_width_has_the_separable_model_s_channels() -> None:
    entry, network = named_network("ds-cnn1-standard")
    assert (entry.name, network.name) == ("ds-cnn1", "ds-cnn1-standard")
    assert network.shapes()["pointwise6"] == (150, 6, 262)


def test_a_name_that_is_no_model_s_is_refused() -> None:
    with pytest.raises(NetworkError, match="ds-cnn9"):
        model_subject("ds-cnn9-standard")


def test_random_integers_keep_their_tensors_alive() -> None:
    """Neither all zero nor all saturated: the kernels do the work of a trained network."""
    network = plain_network()
    logits = run(random_integers(network), random_features(network, 20))
    assert len(np.unique(logits)) > 10
    assert np.mean(np.abs(logits.astype(int)) >= 127) < 0.2


@pytest.mark.parametrize("name", ["ds-cnn1", "ds-crnn1"])
def test_every_engine_that_is_timed_computes_the_same_answer_from_random_weights(name: str) -> None:
    subject = model_subject(name)
    found, skipped = runners(subject, Job(target="cpu", kind="cpu"), 1)
    assert skipped == []
    answers = {(item.engine, item.arithmetic): np.asarray(item.run()) for item in found}
    for engine in ("onnxruntime", "native"):
        np.testing.assert_array_equal(answers[engine, "float32"], answers["litert", "float32"])
    scale = np.abs(answers["torch", "float"]).max()
    for engine in ("onnxruntime", "litert"):
        np.testing.assert_allclose(answers[engine, "float"], answers["torch", "float"], atol=1e-4 * scale)
    integer = subject.integers.output.real(np.asarray(clip_runner(subject, "litert", "float32").run()))
    assert np.abs(integer - answers["torch", "float"]).max() < 0.3 * scale


def test_a_network_of_several_inputs_is_timed_on_every_engine_but_our_c_which_says_why() -> None:
    found, skipped = runners(model_subject("stem3-ds"), Job(target="cpu", kind="cpu"), 1)
    answers = {(item.engine, item.arithmetic): np.asarray(item.run()) for item in found}
    assert set(answers) == {(name, form) for name in ("litert", "onnxruntime") for form in ("float32", "float")} | {
        ("torch", "float")
    }
    np.testing.assert_array_equal(answers["onnxruntime", "float32"], answers["litert", "float32"])
    (native,) = skipped
    assert native.engine == "native"
    assert "it has 3 inputs" in native.reason
