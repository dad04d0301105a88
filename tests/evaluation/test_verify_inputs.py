"""The recorded clips of a bundle made by somebody else: of the network's shapes, or one sentence."""

from pathlib import Path

import numpy as np
import pytest

from edgegenre.bundle import SAMPLES, Bundle, load_bundle
from edgegenre.errors import BundleError
from edgegenre.evaluation.verify.inputs import recorded_clips
from tests.bundles import tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("tiny")))


@pytest.fixture
def samples(bundle: Bundle) -> Path:
    return bundle.folder / SAMPLES


def test_recorded_clips_are_int8_windows(bundle: Bundle) -> None:
    found = recorded_clips(bundle, 2)
    assert found.features["features"].shape == (2, *bundle.manifest.network.input_shape)
    assert {array.dtype for array in (*found.features.values(), *found.logits.values())} == {np.dtype(np.int8)}


def without(arrays: dict[str, np.ndarray], name: str, **others: np.ndarray) -> dict[str, np.ndarray]:
    return {key: value for key, value in arrays.items() if key != name} | others


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: {},
        lambda arrays: without(arrays, "logits_q31"),
        lambda arrays: arrays | {"input_features": np.int8(5)},
        lambda arrays: arrays | {"input_features": arrays["input_features"][:, :, :5]},
        lambda arrays: arrays | {"input_features": arrays["input_features"].astype(np.int64)},
        lambda arrays: {name: array[:0] for name, array in arrays.items()},
        lambda arrays: arrays | {"logits_q31": arrays["logits_q31"][1:]},
    ],
)
def test_clips_that_do_not_fit_the_network_are_refused(bundle: Bundle, samples: Path, change) -> None:
    before = samples.read_bytes()
    try:
        with np.load(samples) as archive:
            arrays = dict(archive)
        np.savez(samples, **change(arrays))
        with pytest.raises(BundleError, match=r"samples\.npz"):
            recorded_clips(bundle, 2)
    finally:
        samples.write_bytes(before)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_clips_that_are_no_archive_are_refused(bundle: Bundle, samples: Path, content: bytes) -> None:
    before = samples.read_bytes()
    try:
        samples.write_bytes(content)
        with pytest.raises(BundleError, match=r"samples\.npz: cannot be read"):
            recorded_clips(bundle, 2)
    finally:
        samples.write_bytes(before)
