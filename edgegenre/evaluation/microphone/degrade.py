"""What happens to sound on its way: int16 PCM in, int16 PCM out, clipped where a converter would clip it."""

import numpy as np

LOWEST, HIGHEST = -32768, 32767


def at_level(pcm: np.ndarray, decibels: float) -> np.ndarray:
    """The sound [samples] so many dB louder (above 0) or quieter, rounded to its steps again."""
    return _converted(pcm * 10 ** (decibels / 20))


def through(pcm: np.ndarray, impulse: np.ndarray, *, delay: int = 0) -> np.ndarray:
    """The sound [samples] behind a linear path with the response `impulse` [taps], without its first `delay` samples.

    The result is as long as `pcm`.
    """
    return _converted(convolved(pcm.astype(np.float64), impulse)[delay : delay + len(pcm)])


def with_noise(pcm: np.ndarray, noise: np.ndarray, snr_db: float) -> np.ndarray:
    """The sound [samples] with `noise` [samples] added, its mean power over the whole `snr_db` below that of the sound.

    Silence stays silence.
    """
    signal = pcm.astype(np.float64)
    powers = [float(np.mean(part * part)) if len(part) else 0.0 for part in (signal, noise)]
    if min(powers) == 0:
        return pcm.copy()
    return _converted(signal + noise * (powers[0] / powers[1] / 10 ** (snr_db / 10)) ** 0.5)


def convolved(signal: np.ndarray, impulse: np.ndarray) -> np.ndarray:
    """float64 [samples + taps - 1]: their convolution, a block at a time, as long tracks need no long transforms."""
    size = 1 << max(15, (4 * len(impulse) - 1).bit_length())
    step = size - len(impulse) + 1
    spectrum = np.fft.rfft(impulse, size)
    result = np.zeros(len(signal) + len(impulse) - 1)
    for start in range(0, len(signal), step):
        block = signal[start : start + step]
        length = len(block) + len(impulse) - 1
        result[start : start + length] += np.fft.irfft(np.fft.rfft(block, size) * spectrum, size)[:length]
    return result


def _converted(sound: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(sound), LOWEST, HIGHEST).astype(np.int16)
