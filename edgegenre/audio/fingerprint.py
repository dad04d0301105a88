"""Fingerprints of sound: whether two files hold the same recording, whatever codec, rate and level they have.

After Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System" (ISMIR 2002): 32 bits a frame, each the sign of
a difference of band energies along frequency and time. Speed and pitch must be the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.audio.resample import StreamResampler

RATE = 5000
FRAME, HOP = 2048, 160
FRAMES_PER_SECOND = RATE / HOP
LOWEST_HZ, HIGHEST_HZ, BANDS = 300.0, 2000.0, 33

NOTHING = 0
"""The word of a frame that says nothing: silence, or a sound that stands still."""

FEWEST_WORDS = 60
"""Telling words that two sounds must have in common: two seconds."""

LARGEST_DIFFERENCE = 0.3
"""Share of differing bits up to which two sounds are the same; unrelated ones differ in about half."""

_STANDING_STILL = 1e-3
_FEWEST_HITS = 3
_COMMON = 40
"""A word that so many frames have tells nothing about any of them."""


class Fingerprinter:
    """Takes int16 samples in chunks; the words do not depend on how they are cut.

    sample_rate: Hz of the samples, at least 4000.
    """

    def __init__(self, sample_rate: int) -> None:
        self._resampler = StreamResampler(sample_rate, RATE)
        self._pending = np.empty(0, np.int16)
        self._energies = np.empty((0, BANDS))
        self._words: list[np.ndarray] = []

    def push(self, samples: np.ndarray) -> None:
        """int16 [any number]."""
        self._take(self._resampler.push(samples))

    def words(self) -> np.ndarray:
        """uint32 [frames], one every 32 ms; ends the sound. Empty for sound shorter than 0.45 s."""
        self._take(self._resampler.flush())
        return np.concatenate([np.empty(0, np.uint32), *self._words])

    def _take(self, samples: np.ndarray) -> None:
        self._pending = np.concatenate([self._pending, samples])
        frames = (len(self._pending) - FRAME) // HOP + 1
        if frames < 1:
            return
        windows = np.lib.stride_tricks.sliding_window_view(self._pending, FRAME)[: frames * HOP : HOP]
        spectrum = np.fft.rfft(windows * _WINDOW, axis=1)
        power = np.abs(spectrum[:, : _EDGES[-1]]) ** 2
        energies = np.concatenate([self._energies, np.add.reduceat(power, _EDGES[:-1], axis=1)])
        self._words.append(_words(energies))
        self._energies = energies[-1:]
        self._pending = self._pending[frames * HOP :]


_WINDOW = np.hanning(FRAME)
_EDGES = np.rint(np.geomspace(LOWEST_HZ, HIGHEST_HZ, BANDS + 1) * FRAME / RATE).astype(int)


def _words(energies: np.ndarray) -> np.ndarray:
    """uint32 [frames - 1] of the energies float64 [frames, 33]."""
    slope = np.diff(energies, axis=1)
    change = np.diff(slope, axis=0)
    packed = np.packbits(change > 0, axis=1).astype(np.uint32) @ np.array([1 << 24, 1 << 16, 1 << 8, 1], np.uint32)
    moves = np.abs(change).sum(axis=1) > _STANDING_STILL * (energies[1:].sum(axis=1) + 1)
    words: np.ndarray = np.where(moves, packed, np.uint32(NOTHING)).astype(np.uint32)
    return words


@dataclass(frozen=True, kw_only=True)
class Match:
    """Two sounds, by their numbers, of which one is the other, or both are cut from the same recording.

    seconds: how long the common stretch is. difference: share of differing bits in it.
    """

    first: int
    second: int
    seconds: float
    difference: float


def matches(fingerprints: Sequence[np.ndarray]) -> list[Match]:
    """Every pair of sounds that share a recording, of two seconds at least; first < second, in order."""
    found: dict[tuple[int, int], Match] = {}
    for first, second, shift in _candidates(fingerprints):
        if (first, second) in found:
            continue
        seconds, difference = _compare(fingerprints[first], fingerprints[second], shift)
        if difference <= LARGEST_DIFFERENCE:
            found[first, second] = Match(first=first, second=second, seconds=seconds, difference=difference)
    return [found[pair] for pair in sorted(found)]


def _candidates(fingerprints: Sequence[np.ndarray]) -> Iterable[tuple[int, int, int]]:
    """(First, second, shift) of which several frames have the same word, the likeliest first."""
    if not fingerprints:
        return []
    words = np.concatenate([*fingerprints])
    owner = np.repeat(np.arange(len(fingerprints)), [len(part) for part in fingerprints])
    place = np.concatenate([np.arange(len(part)) for part in fingerprints])
    # Frames side by side often have the same word: one of each run is enough.
    telling = words != NOTHING
    telling[1:] &= (words[1:] != words[:-1]) | (owner[1:] != owner[:-1])
    order = np.argsort(words[telling], kind="stable")
    words, owner, place = words[telling][order], owner[telling][order], place[telling][order]
    if len(words) > _COMMON:
        common = np.zeros(len(words), bool)
        beginnings = np.flatnonzero(words[_COMMON:] == words[:-_COMMON])
        common |= np.isin(words, words[beginnings])
        words, owner, place = words[~common], owner[~common], place[~common]
    votes: list[np.ndarray] = []
    for distance in range(1, _COMMON):
        same = np.flatnonzero((words[distance:] == words[:-distance]) & (owner[distance:] != owner[:-distance]))
        if len(same):
            votes.append(np.stack([owner[same], owner[same + distance], place[same] - place[same + distance]], axis=1))
    if not votes:
        return []
    pairs, counts = np.unique(np.concatenate(votes), axis=0, return_counts=True)
    kept = counts >= _FEWEST_HITS
    pairs, counts = pairs[kept], counts[kept]
    return [(int(a), int(b), int(shift)) for a, b, shift in pairs[np.argsort(-counts, kind="stable")]]


def _compare(one: np.ndarray, other: np.ndarray, shift: int) -> tuple[float, float]:
    """(Seconds, share of differing bits) of the stretch that both have; `shift`: frames that `one` is later."""
    start, end = max(0, shift), min(len(one), len(other) + shift)
    here, there = one[start:end], other[start - shift : end - shift]
    telling = (here != NOTHING) & (there != NOTHING)
    count = int(np.count_nonzero(telling))
    if count < FEWEST_WORDS:
        return 0.0, 1.0
    differing = np.unpackbits((here[telling] ^ there[telling]).view(np.uint8)).sum()
    return count / FRAMES_PER_SECOND, float(differing) / (32 * count)
