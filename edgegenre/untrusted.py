"""Reading JSON and .npz that may be damaged or made to harm: plain data within bounds, or one kind of failure."""

import io
import json
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

LARGEST_JSON = 64 << 20
"""Bytes; the longest result record has some hundred thousand."""

LARGEST_NPZ = 256 << 20
"""Bytes of all arrays together; no model that fits a small device comes near."""

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_NUMBERS = "biuf"


class UnreadableError(ValueError):
    """Content that is not what it has to be. The message is a clause; the caller names the file and the remedy."""


def parse_json(text: str | bytes) -> Any:
    """The value that `text` (UTF-8) describes. Raises UnreadableError when it is no JSON, or nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"no JSON: {error}") from error


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises OSError when it cannot be opened, UnreadableError when it is no sound JSON."""
    size = path.stat().st_size
    if size > LARGEST_JSON:
        raise UnreadableError(f"{size} bytes of JSON, more than {LARGEST_JSON}")
    return parse_json(path.read_bytes())


def read_npz(path: Path, *, largest: int = LARGEST_NPZ) -> Mapping[str, np.ndarray]:
    """Every array of an .npz file, by name: booleans, integers or floats, nothing else.

    largest: bytes that all of them may have together; what the file claims is added up before anything is unpacked.
    Raises UnreadableError for whatever is wrong, a missing file among it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            claimed = sum(member.file_size for member in members)
            if claimed > largest:
                raise UnreadableError(f"its arrays claim {claimed} bytes, more than {largest}")
            return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}
    except UnreadableError:
        raise
    except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for damaged files, and list none of them
        raise UnreadableError(f"no sound .npz: {error or type(error).__name__}") from error


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
