"""A bundle opens only when every byte of it is the one that was written."""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest

from edgegenre.bundle import (
    INTEGERS,
    MANIFEST,
    Manifest,
    bundle_folders,
    latest_bundle,
    load_bundle,
    manifest_text,
    write_manifest,
)
from edgegenre.errors import BundleError
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization
from edgegenre.integer.archive import save_integers
from edgegenre.integer.reference import run
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.trust import Calibration, Hearing, MicrophoneScore
from tests.networks import odd_network, random_features, random_float_network, random_integer_network


@pytest.fixture
def manifest() -> Manifest:
    network = odd_network()
    return Manifest(
        model="odd",
        labels=("a", "b", "c", "d", "Räp & <b>"),
        inputs={
            "features": FeatureInput(
                frontend=dataclasses.replace(LIANG_MFCC, window_frames=network.input_shape.time),
                normalization=Normalization(mean=(0.5,) * 12, deviation=(2.25,) * 12),
            )
        },
        vote="mean",
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


CALIBRATION = Calibration(
    temperature=2.5, tracks=30, split="validation", arithmetic="float32", ece_before=0.4, ece_after=0.1
)
HEARING = Hearing(kind="clean", condition="as it is", accuracy=0.5, interval=(0.3, 0.7), confidence=0.6)
MICROPHONE = MicrophoneScore(
    data="music",
    split="all",
    tracks=30,
    synthetic=False,
    engine="native",
    arithmetic="float32",
    seed=0,
    hearings=(HEARING, dataclasses.replace(HEARING, kind="level", condition="-20 dB")),
)


def test_calibration_and_hearing_come_back_and_are_optional(folder: Path, manifest: Manifest) -> None:
    assert load_bundle(folder).manifest.temperature == 1
    trusted = dataclasses.replace(manifest, calibration=CALIBRATION, microphone=MICROPHONE)
    write_manifest(folder, trusted)
    assert load_bundle(folder).manifest == trusted
    assert trusted.temperature == 2.5


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("calibration", {"temperature": 0.0}),
        ("calibration", {"temperature": -2.5}),
        ("calibration", {"temperature": 1e9}),
        ("calibration", {"temperature": True}),
        ("calibration", {"temperature": "2"}),
        ("calibration", {"tracks": 0}),
        ("calibration", {"ece_after": 1.5}),
        ("calibration", {"split": "v" * 10_000}),
        ("calibration", {"arithmetic": None}),
        ("microphone", {"hearings": []}),
        ("microphone", {"hearings": [{"kind": "clean"}]}),
        ("microphone", {"hearings": 7}),
        ("microphone", {"synthetic": "no"}),
        ("microphone", {"tracks": 2.5}),
    ],
)
def test_calibration_and_hearing_of_a_stranger_are_held_to_their_bounds(
    manifest: Manifest, field: str, change: dict[str, object]
) -> None:
    data = dataclasses.replace(manifest, calibration=CALIBRATION, microphone=MICROPHONE).to_dict()
    data = json.loads(json.dumps(data))
    assert Manifest.from_dict(data).calibration == CALIBRATION
    data[field] |= change
    with pytest.raises(BundleError, match="cannot be read"):
        Manifest.from_dict(data)


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
        ({"schema_version": 1}, "schema version 1, this edgegenre reads 2. Export the model again"),
        ({"labels": ["a"]}, "1 labels for 1 × 1 × 5 outputs"),
        ({"labels": [1, 2, 3, 4, 5]}, "cannot be read"),
        ({"network": {}}, "cannot be read"),
        ({"files": ["x"]}, "cannot be read"),
        ({"inputs": {}}, "no input"),
        ({"vote": "__import__"}, "vote '__import__' is not known"),
        ({"inputs": []}, "cannot be read"),
        ({"inputs": {"features": {"frontend": {"kind": "exec"}, "normalization": {}}}}, "kind 'exec' is not known"),
        ({"labels": ["a", "b", "c", "d", "a"]}, "there twice"),
        ({"labels": ["a", "b", "c", "d", ""]}, "a label is empty"),
        ({"labels": ["a", "b", "c", "d", "\x1b[2J"]}, r"control character U\+001B"),
        ({"labels": ["a", "b", "c", "d", "e\u202e"]}, r"control character U\+202E"),
        ({"labels": ["a", "b", "c", "d", "e\0"]}, r"control character U\+0000"),
        ({"labels": ["a", "b", "c", "d", "\ud800"]}, r"lone surrogate U\+D800"),
        ({"labels": ["a", "b", "c", "d", "e" * 2_000_000]}, "2000000 characters"),
        ({"labels": "abcde"}, "no list"),
        ({"model": "../../x"}, "is no name"),
        ({"model": "*/"}, "is no name"),
        ({"training": {"dataset": "\ud800"}}, "lone surrogate"),
        ({"metrics": {"float32": {"accuracy": 10**400}}}, "cannot be read"),
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


@pytest.mark.parametrize("where", ["model.tflite", "firmware/pipe"])
def test_a_file_that_is_none_is_refused_without_waiting_for_it(folder: Path, where: str) -> None:
    os.mkfifo(folder / where)
    with pytest.raises(BundleError, match=f"{where}: a bundle holds files and folders"):
        load_bundle(folder)


@pytest.mark.parametrize("target", ["/dev/zero", "fifo"])
def test_a_manifest_that_is_no_file_is_refused_without_waiting_for_it(folder: Path, target: str) -> None:
    os.mkfifo(folder.parent / "fifo")
    (folder / MANIFEST).unlink()
    (folder / MANIFEST).symlink_to(folder.parent / target)
    with pytest.raises(BundleError, match="not a regular file"):
        load_bundle(folder)


def test_a_file_of_terabytes_is_refused_before_it_is_hashed(folder: Path) -> None:
    with (folder / "model.tflite").open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(BundleError, match="1099511627776 bytes, more than"):
        load_bundle(folder)


def test_folders_without_end_are_refused(folder: Path) -> None:
    place = folder
    for _ in range(300):
        place = place / "deep"
        place.mkdir()
    assert load_bundle(folder).files  # empty folders are nobody's business, and no recursion
    for number in range(10_001):
        (place / str(number)).mkdir()
    with pytest.raises(BundleError, match="more than 10000 files"):
        load_bundle(folder)


@pytest.mark.parametrize("labels", [("a", "a"), ("a", "\x1b"), ("", "b")])
def test_no_manifest_is_made_that_could_not_be_read(manifest: Manifest, labels: tuple[str, ...]) -> None:
    with pytest.raises(BundleError, match="Rename the genre's folder"):
        dataclasses.replace(manifest, labels=labels)


def test_a_path_outside_the_bundle_is_refused(folder: Path) -> None:
    data = json.loads((folder / MANIFEST).read_text())
    data["files"]["../../etc/passwd"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(data))
    with pytest.raises(BundleError, match="missing"):
        load_bundle(folder)


def test_a_file_the_bundle_lacks_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(BundleError, match=r"no model\.tflite.*edgegenre export"):
        load_bundle(folder).path("model.tflite")


def changed(folder: Path, *keys: str | int, to: object) -> None:
    """Write `to` into the manifest at the place that `keys` name."""
    data = place = json.loads((folder / MANIFEST).read_text())
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    (folder / MANIFEST).write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        (("labels", 0), "another"),
        (("inputs", "features", "normalization", "mean", 3), 0.75),
        (("metrics", "float32"), {"accuracy": 1.0}),
        (("sha256",), None),
    ],
)
def test_a_manifest_changed_by_hand_is_refused(folder: Path, keys: tuple[str | int, ...], value: object) -> None:
    """The same labels and normalization are in the firmware's tables and inside the model files."""
    changed(folder, *keys, to=value)
    with pytest.raises(BundleError, match=r"manifest\.json: it does not have the hash"):
        load_bundle(folder)


def test_a_manifest_laid_out_anew_is_the_same(folder: Path) -> None:
    data = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(dict(reversed(data.items())), indent=7, ensure_ascii=False))
    assert load_bundle(folder).manifest.labels == tuple(data["labels"])


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        (("inputs", "features", "frontend", "coefficients"), 11, "12 means for 11 MFCC coefficients"),
        (
            ("inputs", "features", "frontend", "window_frames"),
            60,
            "60 × 12 × 1 of 'features', its network takes 61 × 12 × 1",
        ),
        (("network", "inputs", 0, "shape"), [61, 12, 2], "its network takes 61 × 12 × 2"),
        (
            ("network", "inputs"),
            [{"name": "features", "shape": [61, 12, 1]}, {"name": "more", "shape": [61, 12, 1]}],
            r"feeds the inputs \['features'\], its network takes \['features', 'more'\]",
        ),
        (
            ("inputs", "features", "normalization"),
            {"mean": [0.5] * 11, "deviation": [1.0] * 11},
            "11 means for 12 MFCC coefficients",
        ),
        (("network", "nodes", 7, "units"), 6, "5 labels for 1 × 1 × 6 outputs"),
        (("network", "nodes", 5, "kind"), "depthwise", "cannot be read"),
        (("inputs", "features", "frontend", "sample_rate"), 10**400, "cannot be read"),
        (("inputs", "features", "frontend", "hop_length"), 1, "16,000 frames a second, more than 1,000"),
        (("network", "nodes", 0, "name"), "first*/", "is no name"),
        (("network", "nodes", 0, "channels"), 1 << 20, r"has 390,070,272 values, more than 16,777,216"),
    ],
)
def test_parts_of_a_manifest_that_do_not_fit_together_are_named(
    folder: Path, keys: tuple[str | int, ...], value: object, message: str
) -> None:
    changed(folder, *keys, to=value)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


def test_a_network_that_ends_in_rows_has_no_place_in_a_bundle(folder: Path) -> None:
    nodes = json.loads((folder / MANIFEST).read_text())["network"]["nodes"]
    changed(folder, "network", "nodes", to=nodes[:4])
    changed(folder, "labels", to=[str(number) for number in range(9)])
    with pytest.raises(BundleError, match="9 labels for 16 × 6 × 9 outputs"):
        load_bundle(folder)


def test_a_manifest_nested_without_end_is_one_sentence(folder: Path) -> None:
    (folder / MANIFEST).write_text("[" * 100_000)
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(folder)


def test_integers_of_another_network_are_refused(folder: Path, manifest: Manifest) -> None:
    """An engine takes every size from the integers: with more rows than the features have, it would read past them."""
    longer = odd_network(time=101)
    features = random_features(longer, 1).astype(np.float32) / 32
    save_integers(quantize(random_float_network(longer), features, quantization_recipe("min-max")), folder / INTEGERS)
    write_manifest(folder, manifest)
    bundle = load_bundle(folder)
    with pytest.raises(BundleError, match=r"integers\.npz: the integers are of another network"):
        _ = bundle.integers


def test_hidden_folders_are_no_bundles(tmp_path: Path, folder: Path, manifest: Manifest) -> None:
    """An export that was killed leaves its unfinished folder, newer than any bundle."""
    for name in (".bundle.x1y2", ".bundle.x1y2.old"):
        (tmp_path / name).mkdir()
        write_manifest(tmp_path / name, dataclasses.replace(manifest, quantized=False))
    assert bundle_folders(tmp_path) == [folder]
    assert latest_bundle(tmp_path) == folder


def test_the_latest_bundle_is_the_newest(tmp_path: Path, folder: Path, manifest: Manifest) -> None:
    assert latest_bundle(tmp_path) == folder
    newer = tmp_path / "another"
    newer.mkdir()
    write_manifest(newer, dataclasses.replace(manifest, quantized=False))
    assert latest_bundle(tmp_path) == newer
    os.utime(folder / MANIFEST)
    assert latest_bundle(tmp_path) == newer, "copied or touched later is not newer"
    (newer / MANIFEST).write_text("{}")
    assert latest_bundle(tmp_path) == folder, "one that does not say when it was written comes last"
    with pytest.raises(BundleError, match="no bundle"):
        latest_bundle(tmp_path / "nothing")
