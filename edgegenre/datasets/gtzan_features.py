"""The features that are passed around with GTZAN: `features_3_sec.csv`, a row for each piece of 3 s, and
`features_30_sec.csv`, a row for each track. No sound is in them.
"""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.datasets.gtzan import GENRES
from edgegenre.datasets.gtzan_lists import artists, fault_filtered
from edgegenre.datasets.track import Dataset, Track, absolute
from edgegenre.errors import DatasetError
from edgegenre.untrusted import read_bytes

LARGEST_FILE = 256 << 20
"""Bytes."""

_PAIRS = (
    *("chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate"),
    *("harmony", "perceptr"),
)
FEATURES = (
    *(f"{name}_{statistic}" for name in _PAIRS for statistic in ("mean", "var")),
    "tempo",
    *(f"mfcc{number}_{statistic}" for number in range(1, 21) for statistic in ("mean", "var")),
)
"""The 57 columns that a network reads, in the order of the file."""

COLUMNS = ("filename", "length", *FEATURES, "label")

# "blues.00012.wav", or "blues.00012.3.wav", a piece of it.
_NAME = re.compile(r"(?P<track>(?P<genre>[a-z]+)\.\d{5})(?P<piece>\.\d{1,2})?\.wav")


@dataclass(frozen=True, kw_only=True, eq=False)
class PublishedFeatures:
    """dataset: the rows as tracks, those of one track with the same recording; artists and published parts are those of
    `gtzan_lists`.

    values: by the identifier of a row, float64 [57].
    """

    dataset: Dataset
    values: dict[str, np.ndarray]

    @property
    def has_pieces(self) -> bool:
        """Whether a track has several rows."""
        return len({track.recording for track in self.dataset.tracks}) < len(self.dataset.tracks)


def read_published_features(path: Path) -> PublishedFeatures:
    """The rows of a file in the published layout, the columns found by their names.

    Raises DatasetError naming the first column or row that is not as published.
    """
    path = absolute(path)
    try:
        text = read_bytes(path, largest=LARGEST_FILE).decode("utf-8-sig")
        heading, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read ({error.strerror}). Name GTZAN's features_3_sec.csv.") from error
    except (csv.Error, ValueError) as error:
        raise DatasetError(f"{path}: is not a CSV file ({error}). Name GTZAN's features_3_sec.csv.") from error
    missing = [name for name in COLUMNS if heading.count(name) != 1]
    if missing:
        raise DatasetError(
            f"{path}: has no column '{missing[0]}' ({len(missing)} of {len(COLUMNS)} are absent, or twice there). Name "
            "GTZAN's features_3_sec.csv or features_30_sec.csv as published."
        )
    places = {name: heading.index(name) for name in COLUMNS}
    tracks: list[Track] = []
    values: dict[str, np.ndarray] = {}
    for number, row in enumerate(rows, start=2):
        where = f"{path}: line {number}"
        if len(row) != len(heading):
            raise DatasetError(f"{where}: has {len(row)} cells, and the heading {len(heading)}. Get the file anew.")
        track = _track(path, row[places["filename"]], row[places["label"]], where)
        if track.identifier in values:
            raise DatasetError(f"{where}: '{track.identifier}' is there twice. Get the file anew.")
        values[track.identifier] = _numbers(row, places, where)
        tracks.append(track)
    tracks.sort(key=lambda track: track.identifier)
    labels = tuple(sorted({track.label for track in tracks}))
    dataset = Dataset(name="gtzan", root=path.parent, labels=labels, tracks=tuple(tracks))
    return PublishedFeatures(dataset=dataset, values=values)


def _track(path: Path, name: str, label: str, where: str) -> Track:
    match = _NAME.fullmatch(name)
    if match is None or match["genre"] not in GENRES or label != match["genre"]:
        raise DatasetError(
            f"{where}: '{name[:40]!s}' of '{label[:40]!s}' is no track of GTZAN such as blues.00012.wav or "
            "blues.00012.3.wav of its own genre. Get the file anew."
        )
    return Track(
        path=path,
        label=label,
        identifier=name.removesuffix(".wav"),
        group=artists().get(match["track"]),
        recording=match["track"],
        part=fault_filtered().get(match["track"]),
    )


def _numbers(row: list[str], places: dict[str, int], where: str) -> np.ndarray:
    try:
        numbers = np.array([float(row[places[name]]) for name in FEATURES])
    except ValueError as error:
        raise DatasetError(f"{where}: holds what is no number ({error}). Get the file anew.") from error
    if not np.isfinite(numbers).all():
        column = FEATURES[int(np.argmin(np.isfinite(numbers)))]
        raise DatasetError(f"{where}: {column} is no finite number. Get the file anew.")
    return numbers
