"""Reading files that may be damaged or made to harm: plain data within bounds, or one kind of failure."""

import io
import json
import math
import os
import stat
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

LARGEST_JSON = 64 << 20
"""Bytes; the longest result record has some hundred thousand."""

LARGEST_NPZ = 256 << 20
"""Bytes of all arrays together; no model that fits a small device comes near."""

LARGEST_TOML = 1 << 20
"""Bytes; a recipe has some hundred."""

MOST_DIGITS = 21
"""Of a whole number in JSON, its sign among them: 2**64 has twenty."""

MOST_MEMBERS = 10_000
"""Arrays of one .npz."""

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_NUMBERS = "biuf"

# What these say about their size bounds what comes out of them; bzip2 and LZMA unpack whole blocks first.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# So that a fifo is opened, seen and refused at once: without it, opening one waits for a writer.
_WITHOUT_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


class UnreadableError(ValueError):
    """Content that is not what it has to be. The message is a clause; the caller names the file and the remedy."""


def read_bytes(path: Path, *, largest: int) -> bytes:
    """The content of a regular file, or of a link to one, of at most `largest` bytes.

    Raises OSError when it cannot be opened, UnreadableError when it is a device, a fifo, a folder, or larger.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _WITHOUT_WAITING)
    except ValueError as error:  # a null in its name
        raise UnreadableError(str(error)) from error
    with os.fdopen(handle, "rb", closefd=True) as stream:
        _check_regular(os.fstat(handle), largest)
        content = stream.read(largest + 1)
    if len(content) > largest:  # files of the kernel say that they are empty
        raise UnreadableError(f"more than {largest} bytes")
    return content


def check_file(path: Path, *, largest: int) -> None:
    """The same check for a file that somebody else opens: raises what `read_bytes` raises."""
    try:
        _check_regular(os.stat(path), largest)
    except UnreadableError:
        raise
    except ValueError as error:
        raise UnreadableError(str(error)) from error


def parse_json(text: str | bytes) -> Any:
    """The value that `text` (UTF-8) describes; every number in it fits a float.

    Raises UnreadableError when it is no JSON (NaN and Infinity are none), nested too deeply, or holds a larger number.
    """
    try:
        return json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"no JSON: {error}") from error


def check_unicode(value: Any) -> None:
    """Raise UnreadableError when a text in JSON data has no UTF-8 form, and so could not be written down again."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise UnreadableError(f"a text holds the lone surrogate U+{ord(error.object[error.start]):04X}") from error


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises OSError when it cannot be opened, UnreadableError when it is no sound JSON."""
    return parse_json(read_bytes(path, largest=LARGEST_JSON))


def parse_toml(content: bytes) -> dict[str, Any]:
    """The table that `content` (UTF-8, with or without a byte order mark) describes.

    Raises UnreadableError when it is no TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from error


def read_npz(path: Path, *, largest: int = LARGEST_NPZ) -> Mapping[str, np.ndarray]:
    """Every array of an .npz file, by name: booleans, integers or floats, nothing else; stored or deflated.

    largest: bytes that the file, and all arrays of it together, may have; what the file claims is added up before
    anything is unpacked, and nothing unpacks to more than it claims. Raises UnreadableError for whatever is wrong, a
    missing file among it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path, largest=largest))) as archive:
            members = archive.infolist()
            _check_members(members, largest)
            return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    except UnreadableError:
        raise
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for damaged files, and list none of them
        raise UnreadableError(f"no sound .npz: {error or type(error).__name__}") from error


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise UnreadableError(f"a whole number of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise UnreadableError(f"{digits[:40]} is too large a number")
    return value


def _no_number(name: str) -> NoReturn:
    raise UnreadableError(f"{name} is no number")


def _check_regular(status: os.stat_result, largest: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("not a regular file")
    if status.st_size > largest:
        raise UnreadableError(f"{status.st_size} bytes, more than {largest}")


def _check_members(members: list[zipfile.ZipInfo], largest: int) -> None:
    if len(members) > MOST_MEMBERS:
        raise UnreadableError(f"{len(members)} arrays, more than {MOST_MEMBERS}")
    if len({member.filename for member in members}) != len(members):
        raise UnreadableError("an array is there twice")
    packed = next((member for member in members if member.compress_type not in _METHODS), None)
    if packed is not None:
        raise UnreadableError(f"'{packed.filename}' is neither stored nor deflated")
    claimed = sum(member.file_size for member in members)
    if claimed > largest:
        raise UnreadableError(f"its arrays claim {claimed} bytes, more than {largest}")


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """One array, allocated only when its header agrees with the bytes that are there."""
    with archive.open(member) as packed:
        # With a limit: without one, zipfile unpacks past the size that the member claims.
        stream = io.BytesIO(packed.read(member.file_size))
    version = np.lib.format.read_magic(stream)
    if version not in _HEADERS:
        raise UnreadableError(f"'{member.filename}' has the .npy version {version}")
    shape, _, dtype = _HEADERS[version](stream)
    if dtype.kind not in _NUMBERS:
        raise UnreadableError(f"'{member.filename}' holds {dtype}, not plain numbers")
    here = len(stream.getbuffer()) - stream.tell()
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != here:
        raise UnreadableError(f"'{member.filename}' claims {dtype} {shape} in {here} bytes")
    stream.seek(0)
    array: np.ndarray = np.lib.format.read_array(stream, allow_pickle=False)
    return array
