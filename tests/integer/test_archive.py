"""integers.npz comes back as it was written; what somebody else put there is one sentence."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgegenre.errors import BundleError
from edgegenre.integer.archive import load_integers, save_integers
from edgegenre.integer.reference import run
from tests.networks import random_features, random_integer_network


@pytest.mark.parametrize("name", ["odd", "recurrent", "lstm", "wide-odd"])
def test_integers_come_back(tmp_path: Path, name: str) -> None:
    network = random_integer_network(name)
    save_integers(network, tmp_path / "integers.npz")
    found = load_integers(tmp_path / "integers.npz")
    assert found.inputs == network.inputs
    assert found.shapes() == network.shapes()
    features = random_features(network, 1)
    np.testing.assert_array_equal(run(found, features), run(network, features))


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "integers.npz"
    save_integers(random_integer_network("recurrent"), path)
    return path


def changed(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Rewrite the structure in `path`; json writes Infinity and numbers of any length."""
    with np.load(path) as stored:
        arrays = dict(stored)
    structure = json.loads(arrays["structure"].tobytes())
    change(structure)
    arrays["structure"] = np.frombuffer(json.dumps(structure).encode(), np.uint8)
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    "change",
    [
        lambda structure: structure["inputs"][0]["quantization"].update(zero_point=float("inf")),
        lambda structure: structure["inputs"][0]["quantization"].update(scale=10**400),
        lambda structure: structure["inputs"][0]["quantization"].update(scale=float("nan")),
        lambda structure: structure["inputs"][0].update(shape=[75, 12]),
        lambda structure: structure["inputs"][0].update(shape=[75, 12, True]),
        lambda structure: structure["inputs"].clear(),
        lambda structure: structure.update(inputs=5),
        lambda structure: structure["operations"][0]["output"].update(bits=float("-inf")),
        lambda structure: structure["operations"][0].pop("output"),
        lambda structure: structure["operations"][0].update(operation="eval"),
        lambda structure: structure["operations"][0].update(operation=[]),
        lambda structure: structure["operations"][0].update(name=["first"]),
        lambda structure: structure["operations"][0].update(name="../first"),
        lambda structure: structure["operations"][0].update(inputs=[0]),
        lambda structure: structure["operations"][0].update(low="-128"),
        lambda structure: structure["operations"][0].update(window=None),
        lambda structure: structure["operations"][0]["window"].update(kernel=[5, 1 << 40]),
        lambda structure: structure["operations"][0]["window"].update(stride=[0, 1]),
        lambda structure: structure["operations"][0]["window"].update(padding=[1, 1, -1, 1]),
        lambda structure: structure["operations"][3].update(window=[2, 2]),
        lambda structure: structure["operations"][4].update(gate_scale=10**400),
        lambda structure: structure["operations"][4].update(gate_scale=[]),
        lambda structure: structure["operations"][4].update(kind="rnn"),
        lambda structure: structure["operations"][4].update(returns_rows=1),
        lambda structure: structure.update(operations="none"),
        lambda structure: structure.update(operations=[]),
        lambda structure: structure.update(operations=structure["operations"][4:]),
        lambda structure: structure.pop("name"),
    ],
)
def test_a_structure_from_a_stranger_is_one_sentence(archive: Path, change: Callable[[dict[str, Any]], object]) -> None:
    changed(archive, change)
    with pytest.raises(BundleError, match=r"integers\.npz: the integers cannot be read"):
        load_integers(archive)


def test_a_structure_nested_without_end_is_one_sentence(archive: Path) -> None:
    np.savez(archive, structure=np.frombuffer(b"[" * 100_000, np.uint8))
    with pytest.raises(BundleError, match="cannot be read"):
        load_integers(archive)


def test_corrupt_compressed_data_is_one_sentence(archive: Path) -> None:
    with zipfile.ZipFile(archive) as members:
        place = members.getinfo("structure.npy").header_offset + 60
    data = bytearray(archive.read_bytes())
    data[place : place + 40] = bytes(40)
    archive.write_bytes(data)
    with pytest.raises(BundleError, match="cannot be read"):
        load_integers(archive)


@pytest.mark.parametrize("content", [b"", b"no numbers"])
def test_a_member_that_is_no_array_is_one_sentence(archive: Path, content: bytes) -> None:
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("structure", content)
    with pytest.raises(BundleError, match="cannot be read"):
        load_integers(archive)


def test_an_empty_or_missing_archive_is_one_sentence(archive: Path, tmp_path: Path) -> None:
    archive.write_bytes(b"")
    for path in (archive, tmp_path / "nothing.npz"):
        with pytest.raises(BundleError, match="cannot be read"):
            load_integers(path)
