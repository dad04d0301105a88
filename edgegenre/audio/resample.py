"""Resampling that does not care how the sound is cut into chunks."""

import numpy as np
import soxr

from edgegenre.errors import AudioError

FULL_SCALE = 32768
LOWEST_RATE, HIGHEST_RATE = 1000, 768_000


def to_int16(samples: np.ndarray) -> np.ndarray:
    """float samples (full scale 1.0) as int16: times 32768, rounded half to even, clipped."""
    return np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


class StreamResampler:
    """Mono chunks at one rate in, int16 at another out: the same bytes whatever the chunks (soxr, HQ).

    from_rate: Hz of what is pushed. Equal rates pass int16 through untouched. Raises AudioError for a rate outside 1
    to 768 kHz.
    """

    def __init__(self, from_rate: int, to_rate: int) -> None:
        for rate in (from_rate, to_rate):
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                raise AudioError(f"a sample rate of {rate} Hz is not usable; expected 1 to 768 kHz.")
        self.from_rate = from_rate
        self._stream = None
        if from_rate != to_rate:
            self._stream = soxr.ResampleStream(from_rate, to_rate, 1, dtype="float32", quality="HQ")

    def push(self, samples: np.ndarray) -> np.ndarray:
        """int16 or float samples [n] in; the int16 samples that became ready out."""
        return self._resample(samples, last=False)

    def flush(self) -> np.ndarray:
        """What was still inside; nothing may be pushed afterwards."""
        return self._resample(np.empty(0, np.float32), last=True)

    def _resample(self, samples: np.ndarray, *, last: bool) -> np.ndarray:
        if self._stream is None:
            return samples if samples.dtype == np.int16 else to_int16(samples)
        values = samples.astype(np.float32)
        if samples.dtype == np.int16:
            values /= np.float32(FULL_SCALE)
        return to_int16(self._stream.resample_chunk(values, last=last))
