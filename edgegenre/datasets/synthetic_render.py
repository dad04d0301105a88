"""One track of the synthetic data set: a rhythm played by a drawn band in a drawn room."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from edgegenre.datasets.synthetic_bands import BANDS, USUAL, Band
from edgegenre.datasets.synthetic_dice import Dice
from edgegenre.datasets.synthetic_patterns import RHYTHMS, ROLES, Rhythm
from edgegenre.datasets.synthetic_sounds import SAMPLE_RATE, Equalizer, Instrument, Sound, drum

SECONDS = 30
SAMPLES = SECONDS * SAMPLE_RATE

_LOUDNESS = {"X": 1.0, "x": 0.7, "o": 0.4, "h": 0.8}
_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
# Scale degrees (0 is the tonic) of the chords, one a bar.
_PROGRESSIONS = ((0, 3, 4, 0), (0, 5, 3, 4), (0, 4, 0, 4), (0, 0, 4, 4), (0, 3, 0, 4), (5, 3, 0, 4), (0, 1, 4, 0))


Chord = tuple[int, int, int]
"""Root, third and fifth as MIDI pitches."""


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A sound that begins at `seconds` with the linear `gain`."""

    seconds: float
    gain: float
    sound: Sound


class Grid:
    """When the steps of a track fall: a drawn tempo that drifts a little, a drawn place in the bar to begin at."""

    def __init__(self, rhythm: Rhythm, dice: Dice) -> None:
        self.beat = 60 / dice.uniform(*rhythm.tempo)
        self.step = self.beat / rhythm.division
        self.bar_steps = rhythm.beats * rhythm.division
        self.bars = int(SECONDS / (self.step * self.bar_steps)) + 2
        drift, period = dice.uniform(0, 0.08), dice.uniform(10, 30)
        start = dice.uniform(0, self.bar_steps)
        steps = (np.arange(self.bars * self.bar_steps) - start) * self.step
        self._times = steps + drift * np.sin(2 * np.pi * steps / period)
        self._looseness = dice.uniform(0.001, 0.012)
        self._dice = dice

    def steps(self, pattern: str) -> Iterator[tuple[int, str]]:
        """Number and sign of every step of the track on which `pattern` is not silent."""
        for step in range(len(self._times)):
            sign = pattern[step % len(pattern)]
            if sign != ".":
                yield step, sign

    def time(self, step: int) -> float:
        """Seconds at which a player plays that step: not quite exactly."""
        return float(self._times[step]) + self._dice.uniform(-1, 1) * self._looseness


def render_track(label: str, index: int, seed: int) -> np.ndarray:
    """Track number `index` of class `label`: int16 [480000], 30 s at 16 kHz, mono. The same for the same arguments."""
    rhythm = RHYTHMS[label]
    dice = Dice(seed, list(RHYTHMS).index(label), index)
    grid = Grid(rhythm, dice)
    band = BANDS[rhythm.band if dice.chance(USUAL) else dice.choice(tuple(BANDS))]
    chords = _chords(dice, grid.bars)
    parts = [
        *_drums(rhythm, grid, band, dice),
        _bass(dice.choice(rhythm.bass), grid, chords, band, dice),
        _comping(dice.choice(rhythm.chords), grid, chords, band, dice),
    ]
    # Nobody is sure to play: most rhythms can be told from some of their parts.
    playing = [part for part in parts if dice.chance(0.95)] or parts
    if dice.chance(0.7):
        playing.append(_melody(grid, chords, band, dice))
    mix = _mix(playing, Equalizer(dice, band.tilt, 1), dice)
    return _recorded(_room(mix, dice), dice)


def _drums(rhythm: Rhythm, grid: Grid, band: Band, dice: Dice) -> list[list[Hit]]:
    """The hits of each role, with a mistake or an ornament now and then."""
    chosen = dice.choice(rhythm.drums)
    slips = dice.uniform(0.0, 0.06)
    parts = []
    for role, pattern in chosen.items():
        sound = drum(role if dice.chance(0.95) else dice.choice(ROLES), band, dice)
        level = 10 ** (dice.uniform(*band.drums) / 20)
        hits = [
            Hit(seconds=grid.time(step), gain=level * _LOUDNESS[sign] * dice.uniform(0.8, 1.2), sound=sound)
            for step, sign in grid.steps(pattern)
            if not dice.chance(slips)
        ]
        ornaments = [
            Hit(seconds=grid.time(step), gain=level * dice.uniform(0.2, 0.6), sound=sound)
            for step, _ in grid.steps("x")
            if dice.chance(slips / 4)
        ]
        parts.append(hits + ornaments)
    return parts


def _chords(dice: Dice, bars: int) -> list[Chord]:
    """Each bar's chord."""
    scale, key = dice.choice((_MAJOR, _MINOR)), 48 + int(dice.uniform(0, 12))
    progression = dice.choice(_PROGRESSIONS)

    def pitch(degree: int) -> int:
        return key + scale[degree % 7] + 12 * (degree // 7)

    roots = [progression[bar % len(progression)] for bar in range(bars)]
    return [(pitch(root), pitch(root + 2), pitch(root + 4)) for root in roots]


def _bass(pattern: str, grid: Grid, chords: list[Chord], band: Band, dice: Dice) -> list[Hit]:
    instrument = Instrument(dice, falloff=band.falloff, attack=(0.002, 0.02), decay=(0.15, 0.8))
    length = dice.uniform(0.5, 1.0) * _shortest_gap(pattern) * grid.step
    notes: dict[int, Sound] = {}
    hits = []
    for step, degree in grid.steps(pattern):
        pitch = _bass_pitch(chords[step // grid.bar_steps], degree)
        if pitch not in notes:
            notes[pitch] = instrument.note((pitch,), length)
        hits.append(Hit(seconds=grid.time(step), gain=dice.uniform(0.8, 1.1), sound=notes[pitch]))
    return hits


def _bass_pitch(chord: Chord, degree: str) -> int:
    """An octave below the chord; the sixth is a tone above its fifth."""
    root, third, fifth = chord
    return {"1": root, "3": third, "5": fifth, "6": fifth + 2, "8": root + 12}[degree] - 12


def _comping(pattern: str, grid: Grid, chords: list[Chord], band: Band, dice: Dice) -> list[Hit]:
    instrument = Instrument(dice, falloff=band.falloff, attack=band.attack, decay=(0.1, 0.8))
    gap = _shortest_gap(pattern) * grid.step
    length = {"h": grid.step * grid.bar_steps * 0.9, "x": min(gap * 0.9, dice.uniform(0.08, 0.3))}
    length["X"] = length["x"]
    octave = dice.choice((0, 12))
    notes: dict[tuple[Chord, str], Sound] = {}
    hits = []
    for step, sign in grid.steps(pattern):
        chord = chords[step // grid.bar_steps]
        if (chord, sign) not in notes:
            notes[chord, sign] = instrument.note(tuple(pitch + octave for pitch in chord), length[sign])
        gain = _LOUDNESS[sign] * dice.uniform(0.8, 1.2)
        hits.append(Hit(seconds=grid.time(step), gain=gain, sound=notes[chord, sign]))
    return hits


def _melody(grid: Grid, chords: list[Chord], band: Band, dice: Dice) -> list[Hit]:
    """Notes of the chords at chance places: it says nothing about the dance."""
    instrument = Instrument(dice, falloff=band.falloff, attack=band.attack, decay=(0.2, 1.5))
    density, length = dice.uniform(0.1, 0.35), dice.uniform(0.12, 0.5)
    notes: dict[int, Sound] = {}
    hits = []
    for step, _ in grid.steps("x"):
        if not dice.chance(density):
            continue
        pitch = dice.choice(chords[step // grid.bar_steps]) + 12
        if pitch not in notes:
            notes[pitch] = instrument.note((pitch,), length)
        hits.append(Hit(seconds=grid.time(step), gain=dice.uniform(0.5, 1.0), sound=notes[pitch]))
    return hits


def _shortest_gap(pattern: str) -> int:
    """Steps between the two nearest notes of a repeating pattern."""
    places = [step for step, sign in enumerate(pattern) if sign != "."]
    following = [*places[1:], places[0] + len(pattern)]
    return min(after - before for before, after in zip(places, following, strict=True))


def _mix(parts: Iterable[list[Hit]], equalizer: Equalizer, dice: Dice) -> np.ndarray:
    """float32 [480000]: all parts, each at a level of its own, through one equalizer."""
    mix = np.zeros(SAMPLES, np.float32)
    for hits in parts:
        level = 10 ** (dice.uniform(-4, 0) / 20)
        filtered: dict[int, Sound] = {}
        for hit in hits:
            start = round(hit.seconds * SAMPLE_RATE)
            if not 0 <= start < SAMPLES:
                continue
            if id(hit.sound) not in filtered:
                filtered[id(hit.sound)] = equalizer(hit.sound)
            sound = filtered[id(hit.sound)][: SAMPLES - start]
            mix[start : start + len(sound)] += np.float32(level * hit.gain) * sound
    return mix


def _room(mix: np.ndarray, dice: Dice) -> np.ndarray:
    """The mix and a handful of its echoes within a fifth of a second."""
    wetness = dice.uniform(0.0, 0.4)
    wet = mix.copy()
    for _ in range(5):
        delay = int(dice.logarithmic(0.01, 0.2) * SAMPLE_RATE)
        wet[delay:] += np.float32(wetness * dice.uniform(-1, 1)) * mix[:-delay]
    return wet


def _recorded(mix: np.ndarray, dice: Dice) -> np.ndarray:
    """int16: peak level between -12 and -1 dB of full scale, background noise 38 to 55 dB below it."""
    peak = 10 ** (dice.uniform(-12, -1) / 20)
    noise = dice.noise(SAMPLES + 1)
    noise = noise[1:] + np.float32(dice.uniform(-0.9, 0.9)) * noise[:-1]
    noise *= np.float32(10 ** (dice.uniform(-55, -38) / 20))
    mix = mix * np.float32(1 / (np.abs(mix).max() + 1e-9)) + noise
    return np.clip(np.rint(mix * np.float32(peak * 32767)), -32768, 32767).astype(np.int16)
