"""What every kind of front end answers, and what computes the int8 features of a deployed model."""

from typing import Any, ClassVar, Protocol

import numpy as np


class Frontend(Protocol):
    """How int16 PCM [samples] becomes rows of features; frozen data, of one of the kinds in `registry.KINDS`.

    Row i covers samples [i * hop_length, i * hop_length + frame_length): nothing is centered, padded or looked up in
    the rest of the clip, so that a stream computes the same rows. PCM counts as value / 32768.
    """

    kind: ClassVar[str]

    @property
    def heard(self) -> str:
        """Which of `audio.stems.HEARD` is heard of a song in stems; "mix" is all of it, and any other sound."""
        ...

    @property
    def sample_rate(self) -> int:
        """Samples a second."""
        ...

    @property
    def frame_length(self) -> int:
        """Samples that a row covers."""
        ...

    @property
    def hop_length(self) -> int:
        """Samples between the starts of neighboring rows."""
        ...

    @property
    def window_frames(self) -> int:
        """Rows of one window: the input length of the network."""
        ...

    @property
    def frequency(self) -> int:
        """Values in a row and channel."""
        ...

    @property
    def channels(self) -> int:
        """Channels of a row; features have an axis for them where there is more than one."""
        ...

    @property
    def window_shape(self) -> tuple[int, int, int]:
        """[time, frequency, channels] of one window, as the network's input has it."""
        ...

    @property
    def statistics(self) -> int:
        """How many means and deviations the normalization has: `frequency`, or 1 where all values share one."""
        ...

    @property
    def contents(self) -> str:
        """What a row holds, for people: "12 MFCC coefficients"."""
        ...

    @property
    def frame_seconds(self) -> float:
        """Length of the audio that a row covers."""
        ...

    @property
    def hop_seconds(self) -> float:
        """Time between the starts of neighboring rows."""
        ...

    @property
    def window_seconds(self) -> float:
        """Length of the audio that fills one window."""
        ...

    def frames_in(self, samples: int) -> int:
        """Complete rows in `samples` samples; 0 when there is not even one."""
        ...

    def samples_for(self, frames: int) -> int:
        """The fewest samples that hold `frames` rows; 0 for no row."""
        ...

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The definition: float64 [rows, frequency] of int16 PCM [samples]. The other forms answer to it.

        Raises FeatureError when `pcm` is not one channel of int16.
        """
        ...

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """The same in float32 and quickly, for training; each kind states its bound. workers: threads, None for one a
        core."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, the kind among them; `registry.frontend_from_dict` takes them back."""
        ...


class Extractor(Protocol):
    """What computes the features that a deployed network takes."""

    @property
    def spec(self) -> Frontend:
        """What is computed."""
        ...

    def features(self, pcm: np.ndarray) -> np.ndarray:
        """int8 [rows, frequency], scale 1/32 and zero point 0, of int16 PCM [samples].

        Rows depend on their own samples alone. Raises FeatureError when `pcm` is not one channel of int16.
        """
        ...
