"""What somebody else made: read within bounds, or refused in one way, whatever is wrong with it."""

import io
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from edgegenre.untrusted import (
    LARGEST_JSON,
    LARGEST_NPZ,
    UnreadableError,
    check_file,
    check_unicode,
    parse_json,
    parse_toml,
    read_bytes,
    read_json,
    read_npz,
)
from tests.memory import grows_less_than


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def header(text: str, content: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text.encode() + content


def packed(path: Path, content: bytes, name: str = "x.npy", method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(name, content)
    return path


def claims(shape: str, descr: str = "'|i1'") -> bytes:
    return header(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n", b"\0" * 8)


@settings(max_examples=30, deadline=None)
@given(
    arrays.arrays(
        st.sampled_from([np.int8, np.int16, np.int32, np.int64, np.float32, np.uint8, np.bool_, np.dtype(">i4")]),
        arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
    ),
    st.booleans(),
)
def test_what_numpy_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, small: bool
) -> None:
    path = tmp_path_factory.mktemp("npz") / "file.npz"
    (np.savez_compressed if small else np.savez)(path, **{"layer/weights": array, "by column": array.copy(order="F")})
    found = read_npz(path)
    assert list(found) == ["layer/weights", "by column"]
    for read in found.values():
        assert (read.dtype, read.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(read, array)


BROKEN = {
    "4 TB": claims("(4398046511104,)"),
    "more than is there": claims("(9,)"),
    "less than is there": claims("(7,)"),
    "negative": claims("(-2, -4)"),
    "no shape": claims("None"),
    "objects": claims("(1,)", "'|O'"),
    "text": npy(np.array(["abc"])),
    "a record": npy(np.zeros(2, [("a", np.int8)])),
    "nothing in an endless row": claims("(4398046511104,)", "'|V0'"),
    "no npy": b"\x89PNG" + bytes(100),
    "empty": b"",
    "a header that is no header": header("{'descr': " + "[" * 500, b""),
    "a version of the future": header("{}", b"", b"\x09\x00"),
    "half a header": npy(np.zeros(8, np.int8))[:20],
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_an_array_that_is_not_what_it_claims_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_npz(packed(tmp_path / "x.npz", content))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x.npy", "w") as stream:
        for _ in range((LARGEST_NPZ >> 22) + 1):
            stream.write(bytes(1 << 22))
    assert (tmp_path / "x.npz").stat().st_size < 1 << 20
    with pytest.raises(UnreadableError, match="more than"):
        read_npz(tmp_path / "x.npz")


def test_a_member_that_unpacks_to_more_than_it_says_is_cut_there(tmp_path: Path) -> None:
    """Both records of its size say 100 bytes; a megabyte is behind them."""
    size, lie = struct.pack("<I", 1 << 20), struct.pack("<I", 100)
    path = packed(tmp_path / "x.npz", npy(np.zeros(1 << 17, np.int64))[: 1 << 20])
    data = path.read_bytes()
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, lie))
    with pytest.raises(UnreadableError):
        read_npz(path)


def test_a_damaged_archive_is_refused_in_one_way_wherever_it_is_damaged(tmp_path: Path) -> None:
    path = packed(tmp_path / "x.npz", npy(np.arange(300, dtype=np.int16)))
    data = path.read_bytes()
    refused = 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        try:
            read_npz(path)
        except UnreadableError:
            refused += 1
    assert refused > 0.8 * len(data)
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(UnreadableError):
            read_npz(path)


def test_no_file_and_a_folder_are_refused_alike(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.npz"):
        with pytest.raises(UnreadableError):
            read_npz(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_unpacks_in_blocks_of_its_own_size_is_refused_before_it_is_unpacked(tmp_path: Path, method: int) -> None:
    """A few KB of bzip2 hold gigabytes, whatever size the archive states."""
    path = packed(tmp_path / "x.npz", npy(np.zeros(1 << 24, np.int8)), method=method)
    with grows_less_than(8), pytest.raises(UnreadableError, match="neither stored nor deflated"):
        read_npz(path)


def test_an_array_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        for number in range(2):
            archive.writestr(f"{number}.npy", npy(np.arange(3)))
    data = (tmp_path / "x.npz").read_bytes()
    (tmp_path / "x.npz").write_bytes(data.replace(b"1.npy", b"0.npy"))
    with pytest.raises(UnreadableError, match="there twice"):
        read_npz(tmp_path / "x.npz")


def special_files(folder: Path) -> dict[str, Path]:
    os.mkfifo(folder / "fifo")
    (folder / "link to a device").symlink_to("/dev/zero")
    (folder / "link to a fifo").symlink_to(folder / "fifo")
    paths = ["fifo", "link to a device", "link to a fifo", ""]
    return {name: folder / name for name in paths} | {"device": Path("/dev/zero")}


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    for path in special_files(tmp_path).values():
        for read in (lambda path: read_bytes(path, largest=100), lambda path: check_file(path, largest=100), read_json):
            with pytest.raises((UnreadableError, IsADirectoryError)):
                read(path)
        with pytest.raises(UnreadableError):
            read_npz(path)


def test_a_link_to_a_file_is_read_and_a_file_too_large_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert read_bytes(tmp_path / "link", largest=3) == b"abc"
    check_file(tmp_path / "link", largest=3)
    for read in (read_bytes, check_file):
        with pytest.raises(UnreadableError, match="3 bytes, more than 2"):
            read(tmp_path / "link", largest=2)
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "nothing", largest=2)
        with pytest.raises(UnreadableError, match="null"):
            read(tmp_path / "a\0b", largest=2)
    # The kernel's files say that they have no bytes.
    with pytest.raises(UnreadableError, match="more than 10"):
        read_bytes(Path("/proc/self/status"), largest=10)


@pytest.mark.parametrize("text", ["1e999", "[-1e999]", "NaN", "-Infinity", "9" * 25, "-" + "9" * 4000])
def test_a_number_that_fits_no_float_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        parse_json(text)


def test_the_largest_numbers_are_read() -> None:
    assert parse_json("[18446744073709551616, -9223372036854775808, 1e308]") == [2**64, -(2**63), 1e308]


def test_a_lone_surrogate_is_found_wherever_it_is() -> None:
    check_unicode({"a": ["Räp", "\U0001f3b5"]})
    for value in ({"a": ["\ud800"]}, {"\udfff": 1}):
        with pytest.raises(UnreadableError, match=r"U\+D"):
            check_unicode(value)


@pytest.mark.parametrize("content", [b"\xff", b"a = [" * 1000, b"a = 1\na = 2", b"a = 2026-13-01"])
def test_text_that_is_no_toml_is_refused_in_one_way(content: bytes) -> None:
    with pytest.raises(UnreadableError):
        parse_toml(content)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "", "{", "\udcff", "9" * 5000, '{"a": 1,}', b"\xff"]
)
def test_text_that_is_no_sound_json_is_refused_in_one_way(tmp_path: Path, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode(errors="surrogateescape")
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(UnreadableError):
        parse_json(data)
    with pytest.raises(UnreadableError):
        read_json(tmp_path / "x.json")


def test_json_is_read_as_it_was_written(tmp_path: Path) -> None:
    value = {"Räp & <b>": [1, 2.5, None, True, {"a": []}]}
    (tmp_path / "x.json").write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    assert read_json(tmp_path / "x.json") == value
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "y.json")


def test_a_json_file_without_end_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.json").open("wb") as stream:
        stream.truncate(LARGEST_JSON + 1)
    with pytest.raises(UnreadableError, match="more than"):
        read_json(tmp_path / "x.json")
