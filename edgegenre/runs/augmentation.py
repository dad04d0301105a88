"""The augmentations that a protocol may ask for, as frozen data. All ranges are drawn from anew for every window."""

from dataclasses import dataclass
from typing import ClassVar

from edgegenre.runs.fields import Rule, check_fields, number, refuse, whole

_SHARE = number(0, 1)
_DECIBELS = number(-120, 120)


@dataclass(frozen=True, kw_only=True)
class ZeroedStretch:
    """A random stretch of each training signal is set to zero, on the PCM (Liang et al.). seconds: its length."""

    seconds: float

    RULES: ClassVar[dict[str, Rule]] = {"seconds": number(0, 60, above=True)}

    def __post_init__(self) -> None:
        check_fields("augmentation 'zeroed-stretch'", self, self.RULES)


@dataclass(frozen=True, kw_only=True)
class Level:
    """Each window is louder or quieter by a gain drawn evenly from `low` to `high` dB."""

    low: float = -30.0
    high: float = 6.0

    RULES: ClassVar[dict[str, Rule]] = {"low": _DECIBELS, "high": _DECIBELS}

    def __post_init__(self) -> None:
        check_fields("augmentation 'level'", self, self.RULES)
        _in_order("level", self.low, self.high)


@dataclass(frozen=True, kw_only=True)
class FrequencyResponse:
    """Each window is heard through the magnitude response of some microphone and room.

    deviation: of the gain of every band, in dB; the gains are a sum of `waves` cosines over the bands, with amplitudes
    drawn from a normal distribution. cut: the share of windows that lose their highest, and apart from that the share
    that lose their lowest frequencies, from a random frequency on with a random slope.
    """

    deviation: float = 3.0
    waves: int = 4
    cut: float = 0.3

    RULES: ClassVar[dict[str, Rule]] = {"deviation": number(0, 60), "waves": whole(1, 64), "cut": _SHARE}

    def __post_init__(self) -> None:
        check_fields("augmentation 'frequency-response'", self, self.RULES)


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """Steady noise of a random spectrum is added to a share of the windows.

    low, high: its loudest band lies so many dB below the window's loudest, drawn evenly. deviation: of the noise in
    every band, in dB, drawn as the gains of FrequencyResponse are; 0 is white noise.
    """

    share: float = 0.5
    low: float = 5.0
    high: float = 40.0
    deviation: float = 6.0

    RULES: ClassVar[dict[str, Rule]] = {
        "share": _SHARE,
        "low": _DECIBELS,
        "high": _DECIBELS,
        "deviation": number(0, 60),
    }

    def __post_init__(self) -> None:
        check_fields("augmentation 'noise-floor'", self, self.RULES)
        _in_order("noise-floor", self.low, self.high)


@dataclass(frozen=True, kw_only=True)
class Mixup:
    """Each window is mixed with another of its batch, and its loss in the same parts (Zhang et al., 2018).

    alpha: of the beta distribution that a window's own share is drawn from.
    """

    alpha: float = 0.4

    RULES: ClassVar[dict[str, Rule]] = {"alpha": number(0, 100, above=True)}

    def __post_init__(self) -> None:
        check_fields("augmentation 'mixup'", self, self.RULES)


@dataclass(frozen=True, kw_only=True)
class SpecAugment:
    """Stretches of time and runs of bands are replaced by the training tracks' mean (Park et al., 2019).

    time_masks, band_masks: how many of either. longest_time: of the window's rows, longest_band: of its bands, the
    largest share that one mask covers.
    """

    time_masks: int = 1
    longest_time: float = 0.2
    band_masks: int = 1
    longest_band: float = 0.2

    RULES: ClassVar[dict[str, Rule]] = {
        "time_masks": whole(0, 100),
        "longest_time": _SHARE,
        "band_masks": whole(0, 100),
        "longest_band": _SHARE,
    }

    def __post_init__(self) -> None:
        check_fields("augmentation 'spec-augment'", self, self.RULES)


def _in_order(name: str, low: float, high: float) -> None:
    if low > high:
        refuse(f"augmentation '{name}'", [f"low is {low:g}, above high, {high:g}"])


Augmentation = ZeroedStretch | Level | FrequencyResponse | NoiseFloor | Mixup | SpecAugment

Heard = Level | FrequencyResponse | NoiseFloor
"""What a microphone and a room do."""

AUGMENTATIONS: dict[str, type[Augmentation]] = {
    "zeroed-stretch": ZeroedStretch,
    "level": Level,
    "frequency-response": FrequencyResponse,
    "noise-floor": NoiseFloor,
    "mixup": Mixup,
    "spec-augment": SpecAugment,
}
"""By the name that JSON gives them."""
