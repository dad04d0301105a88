"""Stand-ins for the stems of a song, without any trained separator: the harmonic and the percussive part of its sound.

"drums" is the percussive part (Fitzgerald 2010, as `librosa.effects.hpss` has it), "bass" the harmonic one below
250 Hz, "other" all the rest, voices among it: there are no vocals. The three add up to the song to the bit.
"""

from pathlib import Path

import numpy as np
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.stems import is_song, stem_file
from edgegenre.datasets.folder import DESCRIPTION, open_folder
from edgegenre.datasets.track import Dataset, absolute
from edgegenre.errors import DatasetError, missing
from edgegenre.files import replacing_folder, write_json
from edgegenre.progress import SILENT, Progress

SAMPLE_RATE = 22_050
HIGHEST_BASS = 250.0
"""Hz."""

_FRAME, _HOP = 2048, 512
_MEDIAN = 31
_WHAT = (
    "Not stems but parts: drums is the percussive part of each track, bass the harmonic part below "
    f"{HIGHEST_BASS:g} Hz, other the rest with all voices."
)


def parts_of(pcm: np.ndarray) -> dict[str, np.ndarray]:
    """int16 [samples] of "bass", "drums" and "other", whose sum is int16 PCM [samples] at 22,050 Hz.

    Raises MissingDependencyError without scipy.
    """
    try:
        from scipy.ndimage import median_filter
        from scipy.signal import istft, stft
    except ImportError as error:
        raise missing("scipy", "train", "Separating") from error
    layout = {"fs": SAMPLE_RATE, "window": "hann", "nperseg": _FRAME, "noverlap": _FRAME - _HOP}
    padded = np.pad(pcm.astype(np.float64), (0, max(0, _FRAME - len(pcm))))
    frequencies, _, spectrum = stft(padded, **layout)
    magnitude = np.abs(spectrum)
    harmonic = median_filter(magnitude, size=(1, _MEDIAN)) ** 2
    percussive = median_filter(magnitude, size=(_MEDIAN, 1)) ** 2
    share = percussive / np.maximum(harmonic + percussive, np.finfo(np.float64).tiny)
    low = (frequencies < HIGHEST_BASS)[:, np.newaxis]

    def sound(part: np.ndarray) -> np.ndarray:
        samples = istft(part, **layout)[1][: len(pcm)]
        return np.clip(np.rint(samples), -32767, 32767).astype(np.int16)

    drums, bass = sound(spectrum * share), sound(spectrum * (1 - share) * low)
    rest = pcm.astype(np.int32) - drums - bass
    # What is beyond int16 in the rest goes back to the drums, so that the sum stays.
    other = np.clip(rest, -32768, 32767)
    return {
        "bass": bass,
        "drums": (drums + (rest - other)).astype(np.int16),
        "other": other.astype(np.int16),
    }


def separate_folder(source: Path, out: Path, progress: Progress = SILENT) -> Dataset:
    """The tracks of a folder-a-genre data set as songs of parts, in the same places under `out`; nothing half done.

    Raises DatasetError when `source` is no such folder or holds songs in stems already, or `out` is there and not
    empty; AudioError when a track cannot be read.
    """
    dataset, out = open_folder(source), absolute(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetError(f"{out}: is there already and not empty. Name a new folder, or remove this one.")
    with replacing_folder(out) as temporary, progress.task("separating", len(dataset.tracks)) as task:
        for track in dataset.tracks:
            if is_song(track.path):
                raise DatasetError(f"{track.path}: is a song in stems already. Name a folder of plain tracks.")
            song = _new_folder(temporary / track.path.relative_to(dataset.root))
            for stem, samples in parts_of(load_pcm(track.path, SAMPLE_RATE)).items():
                soundfile.write(song / stem_file(stem), samples, SAMPLE_RATE, subtype="PCM_16")
            task.advance(note=track.path.name)
        write_json(temporary / DESCRIPTION, {"what": _WHAT, "synthetic": dataset.synthetic})
    return open_folder(out)


def _new_folder(path: Path) -> Path:
    """Made, and named as the file without its suffix, unless another file has that name."""
    song = path.with_suffix("")
    if song.exists():
        song = path
    song.mkdir(parents=True)
    return song
