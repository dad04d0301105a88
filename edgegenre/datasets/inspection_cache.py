"""Inspections on disk, so that a track is decoded for them once, and not for every fold and every `--resume`."""

import contextlib
import hashlib
import json
from pathlib import Path

import numpy as np

from edgegenre.audio.stems import content_digest
from edgegenre.datasets.inspection import Inspection, inspect
from edgegenre.datasets.track import Dataset, Track
from edgegenre.errors import AudioError, DatasetError, EdgegenreError
from edgegenre.files import cache_folder, write_json
from edgegenre.progress import SILENT, Progress
from edgegenre.untrusted import UnreadableError, read_json

# Raise this when decoding, remarks or fingerprints change: old entries are then never found again.
_REVISION = 1


def inspected(track: Track) -> Inspection:
    """`inspect`, or what it found before in a file of these bytes at this place (remarks name it).

    What cannot be used is not remembered. Raises AudioError, DatasetError or OSError as `inspect` does.
    """
    content = content_digest(track.path)
    entry = _entry(track, content)
    found = _read(entry, track, content)
    if found is None:
        found = inspect(track)
        _write(entry, found)
    return found


def is_remembered(track: Track, content: str) -> bool:
    """Whether there is an inspection of this file, which may be damaged. content: its `content_digest`."""
    return _entry(track, content).is_file()


def remember(found: Inspection) -> None:
    """Keep an inspection that was made elsewhere."""
    _write(_entry(found.track, found.content), found)


def inspect_all(dataset: Dataset, progress: Progress = SILENT) -> tuple[list[Inspection], list[str]]:
    """The usable tracks, in order, and a sentence for each of the others."""
    usable: list[Inspection] = []
    broken: list[str] = []
    with progress.task("checking tracks", len(dataset.tracks)) as task:
        for track in dataset.tracks:
            try:
                usable.append(inspected(track))
            except (AudioError, DatasetError) as error:
                broken.append(str(error))
            except OSError as error:
                broken.append(f"{track.path}: cannot be read ({error.strerror or error}).")
            task.advance(note=track.path.name)
    return usable, broken


def _entry(track: Track, content: str) -> Path:
    key = json.dumps([_REVISION, content, str(track.path), track.md5])
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
    return cache_folder() / "inspections" / digest[:2] / f"{digest}.json"


def _write(entry: Path, found: Inspection) -> None:
    """Where nothing can be kept, nothing is: what was found is none the worse."""
    values = {
        "seconds": found.seconds,
        "source_rate": found.source_rate,
        "remarks": list(found.remarks),
        "fingerprint": found.fingerprint.astype("<u4").tobytes().hex(),
    }
    with contextlib.suppress(EdgegenreError):
        write_json(entry, values)


def _read(entry: Path, track: Track, content: str) -> Inspection | None:
    """None when there is none, or it is damaged."""
    try:
        values = read_json(entry)
        return Inspection(
            track=track,
            seconds=float(values["seconds"]),
            source_rate=int(values["source_rate"]),
            content=content,
            fingerprint=np.frombuffer(bytes.fromhex(values["fingerprint"]), "<u4").astype(np.uint32),
            remarks=tuple(map(str, values["remarks"])),
        )
    except (OSError, UnreadableError, LookupError, TypeError, ValueError):
        return None
