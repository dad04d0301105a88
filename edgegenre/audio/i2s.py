"""What the C runtime makes of an I2S microphone's words (eg_input.h), in numpy and equal to the bit.

A slow average follows the offset and is taken away; 48 kHz becomes 16 kHz through a low pass of 72 taps: within 0.1 dB
up to 6.5 kHz, 60 dB down from 9.5 kHz on, so that what folds stays above 6.5 kHz, in the last three of 40 mel bands.
"""

import numpy as np

from edgegenre.errors import AudioError

TAPS = 72
FACTORS = (1, 3)
LARGEST_GAIN_BITS = 7

_KAISER_BETA = 5.65
_CUTOFF = 1 / 6
_UNITY = 1 << 15
_FRACTION_BITS = 7
# Time constant of the offset: 2**12 samples, 85 ms at 48 kHz.
_OFFSET_SHIFT = 12


def decimator_taps() -> np.ndarray:
    """int16 [72], symmetric, their sum 2**15: a windowed sinc (Kaiser) that halves the amplitude at 8 of 48 kHz."""
    time = np.arange(TAPS) - (TAPS - 1) / 2
    taps = np.sinc(2 * _CUTOFF * time) * np.kaiser(TAPS, _KAISER_BETA)
    rounded = np.rint(taps / taps.sum() * _UNITY).astype(np.int64)
    missing = _UNITY - int(rounded.sum())
    rounded[TAPS // 2 - 1 : TAPS // 2 + 1] += missing // 2
    return rounded.astype(np.int16)


def i2s_to_pcm(words: np.ndarray, *, factor: int, gain_bits: int) -> np.ndarray:
    """int16 samples at 16 kHz of int32 `words` [samples] at `factor` times that, from the beginning of a stream.

    gain_bits: how often the level is doubled. Raises AudioError for a factor or gain that the C does not know.
    """
    if factor not in FACTORS or not 0 <= gain_bits <= LARGEST_GAIN_BITS:
        raise AudioError(
            f"a factor of {factor} and {gain_bits} bits of gain: the factor is 1 or 3, gain 0 to {LARGEST_GAIN_BITS}."
        )
    samples = _without_offset(words, gain_bits)
    if factor == 1:
        return samples
    padded = np.concatenate([np.zeros(TAPS, np.int64), samples])
    windows = np.lib.stride_tricks.sliding_window_view(padded, TAPS)[factor::factor]
    sums = windows.astype(np.int64) @ decimator_taps().astype(np.int64)
    return np.clip((sums + _UNITY // 2) >> 15, -32768, 32767).astype(np.int16)


def _without_offset(words: np.ndarray, gain_bits: int) -> np.ndarray:
    """int16 [samples]: the upper 24 bits, less their slow average, rounded half up and clipped."""
    offset, shift, found = 0, 8 - gain_bits, []
    for word in (words >> 8).tolist():
        offset += ((word << _FRACTION_BITS) - offset) >> _OFFSET_SHIFT
        found.append((word - (offset >> _FRACTION_BITS) + (1 << shift >> 1)) >> shift)
    return np.clip(np.array(found, np.int64), -32768, 32767).astype(np.int16)
