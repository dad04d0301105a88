"""Probabilities, scores and the level of the sound, in integers. numpy's int64 stands for C's 32 bits and never needs
more."""

import numpy as np

from edgegenre.decisions.rules import LOG2_BITS, ONE, REAL_STEPS, SCORE_LIMIT, Rules


def steps_of(logits: np.ndarray) -> np.ndarray:
    """Integer logits as they are; real ones of a float model in steps of REAL_STEPS. Any shape."""
    return logits if np.issubdtype(logits.dtype, np.integer) else REAL_STEPS.quantize(logits)


def measured(logits: np.ndarray, rules: Rules) -> tuple[np.ndarray, np.ndarray]:
    """Calibrated probabilities, int64 [..., classes], and scores, int64 [...], of integer logits [..., classes].

    Probabilities are Q15: exp(-d / T) of the distance d to the largest logit, divided by their sum. Products and
    quotients are rounded half up.
    They add up to ONE but for that. Scores say how much of a genre is heard, in the units of `Rules`.
    """
    largest = logits.max(axis=-1, keepdims=True).astype(np.int64)
    distance = largest - logits
    powers = np.full(distance.shape, ONE, np.int64)
    for digit, table in enumerate(rules.exponential_tables):
        powers = (powers * table[(distance >> 4 * digit) & 15] + (ONE >> 1)) >> 15
    total = powers.sum(axis=-1, keepdims=True)
    shares = ((powers << 15) + (total >> 1)) // total
    if rules.score == "probability":
        return shares, genres(shares, rules).max(axis=-1)
    if rules.score == "other":
        return shares, ONE - shares[..., rules.other]
    found = (largest[..., 0] - rules.zero_point) << rules.fraction_bits
    if rules.score == "energy":
        found = found + ((_log2_q10(total[..., 0]) * rules.energy_factor) >> LOG2_BITS)
    return shares, np.clip(found, -SCORE_LIMIT, SCORE_LIMIT)


def genres(shares: np.ndarray, rules: Rules) -> np.ndarray:
    """Without the class that is no genre."""
    return np.delete(shares, rules.other, axis=-1) if rules.other < rules.classes else shares


def hop_energies(pcm: np.ndarray, hop_samples: int) -> np.ndarray:
    """Sums of squares, int64 [hops], of the whole hops in int16 PCM [samples]."""
    hops = len(pcm) // hop_samples
    cut = pcm[: hops * hop_samples].astype(np.int64).reshape(hops, hop_samples)
    energies: np.ndarray = (cut * cut).sum(axis=1)
    return energies


class LevelGate:
    """Open while there is sound: opened by one loud hop, closed by `gate_hold` quiet ones. A gate that has heard no hop
    at all is open, as nothing is known of the level."""

    def __init__(self, rules: Rules) -> None:
        self._opens, self._closes = (level * rules.hop_samples for level in (rules.gate_opens, rules.gate_closes))
        self._hold = rules.gate_hold
        self.reset()

    def reset(self) -> None:
        """Forget all hops."""
        self.is_open, self._hears, self._quiet = True, False, 0

    def push(self, energy: int) -> bool:
        """Take a hop's sum of squares; whether the gate is open behind it."""
        if not self._hears:
            self._hears, self.is_open = True, False
        if energy >= self._opens:
            self.is_open, self._quiet = True, 0
        elif energy >= self._closes:
            self._quiet = 0
        elif self.is_open:
            self._quiet += 1
            if self._quiet == self._hold:
                self.is_open, self._quiet = False, 0
        return self.is_open


def _log2_q10(total: np.ndarray) -> np.ndarray:
    """log2(total / ONE) with LOG2_BITS fraction bits, dropped below; total: ONE to 2**31 - 1.

    Squaring the mantissa doubles its logarithm: whether it passes 2 is the next bit.
    """
    mantissa, whole = total.copy(), np.zeros_like(total)
    for _ in range(16):
        large = mantissa >= 2 * ONE
        mantissa, whole = np.where(large, mantissa >> 1, mantissa), whole + large
    found = whole
    for _ in range(LOG2_BITS):
        mantissa = (mantissa * mantissa) >> 15
        bit = mantissa >> 16
        mantissa, found = mantissa >> bit, (found << 1) + bit
    return found
