"""A stranger's bundle, its hashes recomputed, in every command: one sentence, nothing compiled, nothing obeyed."""

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegenre.bundle import INTEGERS, MANIFEST
from tests.commands import edgegenre, refusal


def commands(tiny: Path, bundle: Path) -> list[list[str | Path]]:
    song = tiny / "music" / "low" / "00.wav"
    return [
        ["classify", song, "--bundle", bundle],
        ["classify", song, "--bundle", bundle, "--engine", "native"],
        ["listen", song, "--fast", "--bundle", bundle],
        ["verify", bundle],
        ["eval", bundle, "--data", tiny / "music"],
        ["bench", bundle],
        ["quantize", "inspect", bundle],
        ["firmware", "size", bundle],
    ]


@pytest.fixture
def bundle(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny / "bundle", tmp_path / "bundle"))


def signed(bundle: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as a stranger would who computes every hash anew."""
    data = json.loads((bundle / MANIFEST).read_text(encoding="utf-8"))
    change(data)
    names = [path.relative_to(bundle).as_posix() for path in sorted(bundle.rglob("*")) if path.is_file()]
    data["files"] = {
        name: hashlib.sha256((bundle / name).read_bytes()).hexdigest() for name in names if name != MANIFEST
    }
    data.pop("sha256", None)
    data["sha256"] = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    (bundle / MANIFEST).write_text(json.dumps(data), encoding="utf-8")


EVIL = '*/\n__attribute__((constructor)) static void run(void) { system("touch stolen"); }\n/*'


def renamed(layers: list[dict[str, Any]], name: str) -> None:
    """Give the first layer another name, wherever it is named."""
    first, second = layers[:2]
    first["name"] = name
    second["inputs"] = [name]


def test_a_layer_s_name_that_closes_its_comment_is_never_compiled(tiny: Path, bundle: Path, tmp_path: Path) -> None:
    with np.load(bundle / INTEGERS) as archive:
        arrays = dict(archive)
    structure = json.loads(arrays.pop("structure").tobytes())
    old = structure["operations"][0]["name"]
    renamed(structure["operations"], EVIL)
    arrays = {name.replace(f"{old}/", f"{EVIL}/"): array for name, array in arrays.items()}
    np.savez(bundle / INTEGERS, structure=np.frombuffer(json.dumps(structure).encode(), np.uint8), **arrays)
    signed(bundle, lambda data: renamed(data["network"]["nodes"], EVIL))
    for command in commands(tiny, bundle):
        message = refusal(*command, folder=tmp_path)
        assert "is no name" in message
        assert message.isprintable()
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


LABELS = {
    "\x1b]0;owned\x07\x1b[2Jhigh": "U+001B",
    "high\u202e": "U+202E",
    "hi\0gh": "U+0000",
    "\ud800": "lone surrogate",
    "": "a label is empty",
    "low": "there twice",
    "x" * 2_000_000: "2000000 characters",
}


@pytest.mark.parametrize("label", LABELS, ids=LABELS.values())
def test_a_label_that_a_terminal_obeys_is_refused_and_shown_as_escapes(tiny: Path, bundle: Path, label: str) -> None:
    signed(bundle, lambda data: data["labels"].__setitem__(0, label))
    for command in commands(tiny, bundle):
        message = refusal(*command)
        assert LABELS[label] in message
        assert message.isprintable()
        assert len(message) < 2500


def bzip2_integers(bundle: Path) -> None:
    """A gigabyte of zeros in a few hundred bytes."""
    with zipfile.ZipFile(bundle / INTEGERS, "w", zipfile.ZIP_BZIP2) as archive, archive.open("x.npy", "w") as stream:
        for _ in range(64):
            stream.write(bytes(1 << 24))
    signed(bundle, lambda data: None)


def manifest_to_a_device(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()
    (bundle / MANIFEST).symlink_to("/dev/zero")


def manifest_is_a_fifo(bundle: Path) -> None:
    (bundle / MANIFEST).unlink()
    os.mkfifo(bundle / MANIFEST)


def fifo_beside_the_files(bundle: Path) -> None:
    os.mkfifo(bundle / "model.json")


def a_hop_of_one_sample(bundle: Path) -> None:
    signed(bundle, lambda data: data["inputs"]["features"]["frontend"].__setitem__("hop_length", 1))


def a_million_channels(bundle: Path) -> None:
    signed(bundle, lambda data: data["network"]["nodes"][0].__setitem__("channels", 1 << 20))


def a_number_beyond_floats(bundle: Path) -> None:
    signed(bundle, lambda data: data["metrics"].__setitem__("float32", {"accuracy": 10**400}))


BOMBS = [
    bzip2_integers,
    manifest_to_a_device,
    manifest_is_a_fifo,
    fifo_beside_the_files,
    a_hop_of_one_sample,
    a_million_channels,
    a_number_beyond_floats,
]


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bundle_that_would_take_gigabytes_or_wait_forever_is_one_sentence(
    tiny: Path, tmp_path: Path, bundle: Path, bomb: Callable[[Path], None]
) -> None:
    bomb(bundle)
    for command in commands(tiny, bundle):
        assert str(bundle) in refusal(*command, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_file_s_name_is_shown_and_not_obeyed(tiny: Path, tmp_path: Path) -> None:
    name = tmp_path / "so\x1b[31mng\n.wav"
    shutil.copyfile(tiny / "music" / "low" / "00.wav", name)
    outcome = edgegenre("classify", name, "--bundle", tiny / "bundle")
    assert outcome.status == 0
    (line,) = outcome.stdout.splitlines()
    assert r"so\x1b[31mng\n.wav" in line
    assert line.isprintable()
    assert r"no\x1bsuch" in refusal("classify", tmp_path / "no\x1bsuch.wav", "--bundle", tiny / "bundle")
