"""Features of audio that arrives in pieces."""

import numpy as np

from edgegenre.frontend.framing import check_pcm
from edgegenre.frontend.protocol import Extractor


class FeatureStream:
    """Push any number of samples, get the rows that became complete.

    The rows of all pushes together equal the features of the whole signal to the bit, as a row depends on its own
    samples alone.
    """

    def __init__(self, extractor: Extractor) -> None:
        self.extractor = extractor
        self.reset()

    def reset(self) -> None:
        """Forget all samples heard so far."""
        self._pending = np.empty(0, np.int16)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take int16 samples [any number, also 0]; return the new features [new rows, frequency].

        At most frame_length - 1 samples are kept. Raises FeatureError when `samples` is not one channel of int16.
        """
        check_pcm(samples)
        pending = np.concatenate([self._pending, samples])
        spec = self.extractor.spec
        consumed = spec.frames_in(len(pending)) * spec.hop_length
        self._pending = pending[consumed:].copy()
        return self.extractor.features(pending)
