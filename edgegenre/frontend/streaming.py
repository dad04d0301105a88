"""Features of audio that arrives in pieces."""

from typing import Protocol

import numpy as np

from edgegenre.frontend.framing import check_pcm
from edgegenre.frontend.spec import FrontendSpec


class Frontend(Protocol):
    """What can be streamed: IntegerFrontend is the one that gives equal bytes whatever the pieces."""

    spec: FrontendSpec

    def features(self, pcm: np.ndarray) -> np.ndarray:
        """Features [frames, coefficients] of int16 PCM [samples]."""
        ...


class StreamingFrontend:
    """Push any number of samples, get the frames that became complete.

    With IntegerFrontend the frames of all pushes together equal the features of the whole signal to the bit.
    """

    def __init__(self, frontend: Frontend) -> None:
        self.frontend = frontend
        self.reset()

    def reset(self) -> None:
        """Forget all samples heard so far."""
        self._pending = np.empty(0, np.int16)

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take int16 samples [any number, also 0]; return the new features [new frames, coefficients].

        At most frame_length - 1 samples are kept. Raises FeatureError when `samples` is not one channel of int16.
        """
        check_pcm(samples)
        pending = np.concatenate([self._pending, samples])
        spec = self.frontend.spec
        consumed = spec.frames_in(len(pending)) * spec.hop_length
        self._pending = pending[consumed:].copy()
        return self.frontend.features(pending)
