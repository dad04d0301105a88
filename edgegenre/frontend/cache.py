"""Features on disk, so that a data set is decoded and analyzed once."""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from edgegenre.audio.stems import content_digest, load_sound
from edgegenre.errors import AudioError, EdgegenreError
from edgegenre.files import cache_folder, remove_leftovers, replacing_file

# Raise this when decoding or a kind's float32 form changes what it computes: old entries are then never found again.
_REVISION = 2

_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """Features and their entry in the cache, a file that `mapped` opens."""

    entry: Path
    features: np.ndarray


def mapped(entry: Path) -> np.ndarray:
    """The features in an entry that `FeatureCache.stored` has checked, read from disk as they are looked at.

    Raises EdgegenreError when it is no longer there.
    """
    try:
        features: np.ndarray = np.load(entry, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise EdgegenreError(
            f"{entry}: was removed from the feature cache while it was in use ({error}). Start the command again."
        ) from error
    return features


class Analysis(Protocol):
    """What is computed from a track and kept: the rows of a front end, or what a network says about it."""

    @property
    def sample_rate(self) -> int:
        """Of the PCM that it takes."""
        ...

    @property
    def heard(self) -> str:
        """Which of `audio.stems.HEARD` it takes of a song in stems."""
        ...

    def float32(self, pcm: np.ndarray) -> np.ndarray:
        """float32 rows of int16 PCM [samples]."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: all that the rows depend on beside the PCM, "kind" among them."""
        ...


class FeatureCache:
    """Features by file content and front end (its kind and parameters).

    A file that was moved or renamed is found, one that was changed is computed anew.

    folder: where entries live (one .npy each); the default folder when None. Several processes may share it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder is not None else cache_folder()

    def features(self, path: Path, frontend: Analysis) -> np.ndarray:
        """float32 [rows, frequency], not normalized, of a sound file or a song in stems; damaged entries are replaced.

        Raises AudioError when the file cannot be read or decoded, EdgegenreError when the cache folder cannot be
        written to.
        """
        return self.stored(path, frontend).features

    def stored(self, path: Path, frontend: Analysis) -> Stored:
        """The same features, and the file that holds them."""
        entry = self._entry(Path(path), frontend)
        features = _read(entry)
        if features is None:
            features = frontend.float32(load_sound(path, frontend.sample_rate, frontend.heard))
            _write(entry, features)
        return Stored(entry=entry, features=features)

    def holds(self, content: str, frontend: Analysis) -> bool:
        """Whether there is an entry, which may be damaged. content: the `content_digest` of the sound."""
        return self._place(content, frontend).is_file()

    def keep(self, content: str, frontend: Analysis, features: np.ndarray) -> None:
        """Write features that were computed elsewhere, of a sound of that `content_digest`.

        Raises EdgegenreError when the cache folder cannot be written to.
        """
        _write(self._place(content, frontend), features)

    def remove_leftovers(self) -> None:
        """Remove what killed processes left of their temporary files."""
        remove_leftovers(self.folder, below=True)

    def _entry(self, path: Path, frontend: Analysis) -> Path:
        try:
            content = content_digest(path)
        except OSError as error:
            raise AudioError(f"{path}: cannot be read ({error.strerror or error}). Check the path.") from error
        return self._place(content, frontend)

    def _place(self, content: str, frontend: Analysis) -> Path:
        key = json.dumps([_REVISION, content, frontend.to_dict()], sort_keys=True)
        digest = hashlib.sha256(key.encode()).hexdigest()
        return self.folder / "features" / digest[:2] / f"{digest}.npy"


def _write(entry: Path, features: np.ndarray) -> None:
    """An .npy file followed by its SHA-256 (numpy reads past that without complaint)."""
    buffer = io.BytesIO()
    np.save(buffer, features, allow_pickle=False)
    content = buffer.getvalue()
    with replacing_file(entry) as temporary:
        temporary.write_bytes(content + hashlib.sha256(content).digest())


def _read(entry: Path) -> np.ndarray | None:
    """The stored features, or None when there are none or their bytes are damaged."""
    try:
        stored = entry.read_bytes()
    except OSError:
        return None
    content, digest = stored[:-_DIGEST_BYTES], stored[-_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != digest:
        return None
    features: np.ndarray = np.load(io.BytesIO(content), allow_pickle=False)
    return features
