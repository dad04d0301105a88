"""Features on disk, so that a data set is decoded and analyzed once."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np

from edgegenre.audio.decode import load_pcm
from edgegenre.errors import AudioError
from edgegenre.files import cache_folder, replacing_file, sha256
from edgegenre.frontend.fast import mfcc_float32
from edgegenre.frontend.spec import FrontendSpec

# Raise this when decoding or mfcc_float32 changes what it computes: old entries are then never found again.
_REVISION = 2

_DIGEST_BYTES = hashlib.sha256().digest_size


class FeatureCache:
    """Features by file content and specification: a moved or renamed file is found, a changed one is computed anew.

    folder: where entries live (one .npy each); the default folder when None. Several processes may share it.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder is not None else cache_folder()

    def features(self, path: Path, spec: FrontendSpec) -> np.ndarray:
        """float32 [frames, coefficients] in dB, not normalized, of a sound file; damaged entries are replaced.

        Raises AudioError when the file cannot be read or decoded, EdgegenreError when the cache folder cannot be
        written to.
        """
        entry = self._entry(Path(path), spec)
        features = _read(entry)
        if features is None:
            features = mfcc_float32(load_pcm(Path(path), spec.sample_rate), spec)
            _write(entry, features)
        return features

    def _entry(self, path: Path, spec: FrontendSpec) -> Path:
        try:
            content = sha256(path)
        except OSError as error:
            raise AudioError(f"{path}: cannot be read ({error.strerror or error}). Check the path.") from error
        key = json.dumps([_REVISION, content, spec.to_dict()], sort_keys=True)
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
