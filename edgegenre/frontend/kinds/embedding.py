"""What a frozen backbone makes of the sound, as Wu (2022) feeds VGG16's and YAMNet's answers to networks of its own."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from edgegenre.backbones.catalog import BACKBONES
from edgegenre.backbones.weights import answering, only_weights, take_in
from edgegenre.errors import BackboneError, FeatureError
from edgegenre.frontend.framing import Timed, check_pcm
from edgegenre.frontend.patches.table import PATCHES
from edgegenre.frontend.protocol import Frontend

SUMMARIES = ("none", "mean-deviation")
MOST_PATCHES = 10_000


@dataclass(frozen=True, kw_only=True)
class Embedding(Timed):
    """Rows of what the backbone `backbone` answers to patches of the sound; float32, on a host, frozen.

    patches: that a row is made of; rows follow one another by as many. summary: "none", the answer to the one patch as
    it is; "mean-deviation", the means of the answers, then their (population's) standard deviations. window_frames:
    rows of one window. weights: the SHA-256 of the backbone's weights; None before they are known, in the zoo.
    Raises FeatureError when a value is out of range or contradicts another.
    """

    kind: ClassVar[str] = "embedding"

    backbone: str
    patches: int = 1
    summary: str = "none"
    window_frames: int = 1
    weights: str | None = None
    sample_rate: int = field(init=False)
    frame_length: int = field(init=False)
    hop_length: int = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.backbone, str) or self.backbone not in BACKBONES:
            raise FeatureError(
                f"front end: backbone {self.backbone!r} is not known; there are: {', '.join(BACKBONES)}."
            )
        if self.summary not in SUMMARIES:
            raise FeatureError(f"front end: summary must be one of {', '.join(SUMMARIES)}, not {self.summary!r}.")
        for name, value in (("patches", self.patches), ("window_frames", self.window_frames)):
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_PATCHES:
                raise FeatureError(f"front end: {name} must be a whole number from 1 to {MOST_PATCHES}, not {value!r}.")
        if (self.summary == "none") != (self.patches == 1):
            raise FeatureError("front end: a row of several patches, and no other, needs a summary.")
        if self.weights is not None and not re.fullmatch(r"[0-9a-f]{64}", str(self.weights)):
            raise FeatureError("front end: weights must be a SHA-256 of 64 hexadecimal digits.")
        cut = PATCHES[self.backbone]
        object.__setattr__(self, "sample_rate", cut.sample_rate)
        object.__setattr__(self, "frame_length", cut.length + (self.patches - 1) * cut.hop)
        object.__setattr__(self, "hop_length", self.patches * cut.hop)

    @property
    def frequency(self) -> int:
        """Values in a row."""
        return BACKBONES[self.backbone].values * (1 if self.summary == "none" else 2)

    @property
    def contents(self) -> str:
        """What a row holds."""
        values = (
            f"{BACKBONES[self.backbone].values} values that {self.backbone} makes of {PATCHES[self.backbone].contents}"
        )
        return values if self.summary == "none" else f"means and deviations over {self.patches} patches of {values}"

    @property
    def needs(self) -> str:
        """What a computer needs for it, in a sentence."""
        backbone = BACKBONES[self.backbone]
        return (
            f"The frozen backbone {self.backbone} ({backbone.parameters:,} parameters, {self.backbone_multiplies:,} "
            "multiplies a window, in floats) is not part of the bundle. It runs where torch is installed, with "
            f"the weights that `docs/training.md` tells of ({backbone.wanted}), of the SHA-256 {self.weights}."
        )

    @property
    def backbone_parameters(self) -> int:
        """Of the backbone."""
        return BACKBONES[self.backbone].parameters

    @property
    def backbone_multiplies(self) -> int:
        """Of the backbone, for one window."""
        return BACKBONES[self.backbone].multiplies * self.patches * self.window_frames

    def float32(self, pcm: np.ndarray, *, workers: int | None = None) -> np.ndarray:
        """The definition: float32 [rows, values] of int16 PCM [samples]; torch has threads of its own.

        Raises FeatureError when `pcm` is not one channel of int16, BackboneError when the weights are not here,
        MissingDependencyError without torch.
        """
        check_pcm(pcm)
        cut, count = PATCHES[self.backbone], self.frames_in(len(pcm)) * self.patches
        if not count:
            return np.empty((0, self.frequency), np.float32)
        sha256 = only_weights(self.backbone) if self.weights is None else self.weights
        answers = answering(self.backbone, sha256)(cut.cut(pcm[: cut.length + (count - 1) * cut.hop]))
        if self.summary == "none":
            return answers
        rows = answers.reshape(-1, self.patches, BACKBONES[self.backbone].values)
        summed_up = [rows.mean(axis=1, dtype=np.float64), rows.std(axis=1, dtype=np.float64)]
        return np.concatenate(summed_up, axis=1).astype(np.float32)

    def float64(self, pcm: np.ndarray) -> np.ndarray:
        """The same as float64: a float backbone has no finer definition."""
        return self.float32(pcm).astype(np.float64)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {"kind": self.kind, **{name: getattr(self, name) for name in _FIELDS}}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """A front end from a manifest, which is not trusted. Raises FeatureError when not well formed."""
        if set(values) != {"kind", *_FIELDS} or values["weights"] is None:
            raise FeatureError(
                f"front end '{cls.kind}': it needs exactly the entries {', '.join(_FIELDS)}; the file is damaged or "
                "was written by another version."
            )
        return cls(**{name: values[name] for name in _FIELDS})


_FIELDS = ("backbone", "patches", "summary", "window_frames", "weights")


def with_weights(frontends: Mapping[str, Frontend], path: Path | None) -> dict[str, Frontend]:
    """The front ends with the weights of their backbones named: those in the file `path`, or the only ones there are.

    Raises BackboneError when there are none or different ones, when the file is not of this backbone, or when no input
    has a backbone for it.
    """
    if path is not None and not any(isinstance(frontend, Embedding) for frontend in frontends.values()):
        raise BackboneError(f"--weights {path}: this model has no frozen backbone. Leave it out.")
    return {name: _named(frontend, path) for name, frontend in frontends.items()}


def _named(frontend: Frontend, path: Path | None) -> Frontend:
    if not isinstance(frontend, Embedding):
        return frontend
    sha256 = only_weights(frontend.backbone) if path is None else take_in(frontend.backbone, path)
    return dataclasses.replace(frontend, weights=sha256)
