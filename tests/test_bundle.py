"""A bundle opens only when every byte of it is the one that was written."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from edgegenre.bundle import INTEGERS, MANIFEST, Manifest, latest_bundle, load_bundle, manifest_text, write_manifest
from edgegenre.errors import BundleError
from edgegenre.frontend.spec import LIANG_MFCC, Normalization
from edgegenre.integer.archive import save_integers
from edgegenre.integer.reference import run
from tests.networks import random_features, random_integer_network


@pytest.fixture
def manifest() -> Manifest:
    network = random_integer_network("odd").network
    return Manifest(
        model="odd",
        labels=("a", "b", "c", "d", "Räp & <b>"),
        frontend=LIANG_MFCC,
        normalization=Normalization(mean=(0.5,) * 12, deviation=(2.25,) * 12),
        quantized=True,
        network=network,
        costs={"parameters": 1},
    )


@pytest.fixture
def folder(tmp_path: Path, manifest: Manifest) -> Path:
    folder = tmp_path / "bundle"
    (folder / "firmware").mkdir(parents=True)
    save_integers(random_integer_network("odd"), folder / INTEGERS)
    (folder / "firmware" / "eg_model.c").write_text("int x;\n")
    write_manifest(folder, manifest)
    return folder


def test_a_bundle_brings_back_its_manifest_and_integers(folder: Path, manifest: Manifest) -> None:
    bundle = load_bundle(folder)
    assert bundle.manifest == manifest
    assert bundle.integers is not None
    features = random_features(manifest.network, 1)
    np.testing.assert_array_equal(run(bundle.integers, features), run(random_integer_network("odd"), features))


def test_the_text_inside_a_model_file_is_the_same_manifest(manifest: Manifest) -> None:
    assert Manifest.from_dict(json.loads(manifest_text(manifest))) == manifest


@pytest.mark.parametrize("name", [INTEGERS, "firmware/eg_model.c"])
def test_a_changed_byte_is_found(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BundleError, match=f"{name}: its hash"):
        load_bundle(folder)


def test_a_truncated_file_is_found(folder: Path) -> None:
    (folder / INTEGERS).write_bytes((folder / INTEGERS).read_bytes()[:-10])
    with pytest.raises(BundleError, match="changed or truncated"):
        load_bundle(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / INTEGERS).unlink()
    with pytest.raises(BundleError, match=r"integers\.npz: listed in the manifest but missing"):
        load_bundle(folder)


def test_a_file_that_was_added_is_named(folder: Path) -> None:
    (folder / "extra.bin").write_bytes(b"x")
    with pytest.raises(BundleError, match=r"extra\.bin: not listed"):
        load_bundle(folder)


def test_a_link_is_refused(folder: Path) -> None:
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(BundleError, match="no links"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 2}, "schema version 2"),
        ({"labels": ["a"]}, "1 labels for 5 classes"),
        ({"labels": [1, 2, 3, 4, 5]}, "cannot be read"),
        ({"network": {}}, "cannot be read"),
        ({"files": ["x"]}, "cannot be read"),
        ({"frontend": {"kind": "exec"}}, "cannot be read"),
    ],
)
def test_a_manifest_from_a_stranger_is_checked(folder: Path, change: dict, message: str) -> None:
    data = json.loads((folder / MANIFEST).read_text()) | change
    (folder / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\udcff"])
def test_a_manifest_that_is_no_table_is_one_sentence(folder: Path, text: str) -> None:
    (folder / MANIFEST).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BundleError):
        load_bundle(folder)


def test_a_path_outside_the_bundle_is_refused(folder: Path) -> None:
    data = json.loads((folder / MANIFEST).read_text())
    data["files"]["../../etc/passwd"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(BundleError, match="missing"):
        load_bundle(folder)


def test_a_file_the_bundle_lacks_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(BundleError, match=r"no model\.tflite.*edgegenre export"):
        load_bundle(folder).path("model.tflite")


def test_the_latest_bundle_is_the_newest(tmp_path: Path, folder: Path, manifest: Manifest) -> None:
    assert latest_bundle(tmp_path) == folder
    newer = tmp_path / "another"
    newer.mkdir()
    write_manifest(newer, dataclasses.replace(manifest, quantized=False))
    assert latest_bundle(tmp_path) == newer
    with pytest.raises(BundleError, match="no bundle"):
        latest_bundle(tmp_path / "nothing")
