"""The inputs of a model by name: a front end and its normalization for each, all computed from the same samples."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import numpy as np

from edgegenre.audio.stems import WHOLE, reader_of
from edgegenre.errors import AudioError, FeatureError
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.protocol import Frontend
from edgegenre.frontend.registry import frontend_from_dict

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class FeatureInput:
    """What one input of a network is fed: features of `frontend`, brought to int8 by `normalization`.

    Raises FeatureError when the normalization has not as many means as the front end has statistics.
    """

    frontend: Frontend
    normalization: Normalization

    def __post_init__(self) -> None:
        if len(self.normalization.mean) != self.frontend.statistics:
            raise FeatureError(
                f"the normalization has {len(self.normalization.mean)} means for {self.frontend.contents}, which take "
                f"{self.frontend.statistics}."
            )

    @classmethod
    def fit(cls, frontend: Frontend, features: Sequence[np.ndarray]) -> Self:
        """With the normalization that fits the features [rows, frequency] of the training tracks.

        `features` is read twice, one array at a time. Raises FeatureError without any row.
        """
        return cls(frontend=frontend, normalization=Normalization.fit(features, statistics=frontend.statistics))

    @classmethod
    def unfitted(cls, frontend: Frontend) -> Self:
        """With means of 0 and deviations of 10: for what does not depend on the music."""
        values = frontend.statistics
        return cls(frontend=frontend, normalization=Normalization(mean=(0.0,) * values, deviation=(10.0,) * values))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return {"frontend": self.frontend.to_dict(), "normalization": self.normalization.to_dict()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The input in a manifest, which is not trusted. Raises FeatureError when it is not well formed."""
        if not isinstance(values, Mapping) or set(values) != {"frontend", "normalization"}:
            raise FeatureError("an input needs exactly the entries 'frontend' and 'normalization'.")
        return cls(
            frontend=frontend_from_dict(values["frontend"]),
            normalization=Normalization.from_dict(values["normalization"]),
        )


def unfitted_inputs(frontends: Mapping[str, Frontend]) -> dict[str, FeatureInput]:
    """`FeatureInput.unfitted` of each, by input name."""
    return {name: FeatureInput.unfitted(frontend) for name, frontend in frontends.items()}


def inputs_to_dict(inputs: Mapping[str, FeatureInput]) -> dict[str, Any]:
    """Plain JSON values by input name; `inputs_from_dict` takes them back."""
    return {name: item.to_dict() for name, item in inputs.items()}


def inputs_from_dict(values: Mapping[str, Any]) -> dict[str, FeatureInput]:
    """The inputs in a manifest or a run's config, which are not trusted.

    Raises FeatureError when one is not well formed, there is none, or their sample rates differ.
    """
    if not isinstance(values, Mapping):
        raise FeatureError("the inputs must be a table of names and inputs.")
    inputs = {str(name): FeatureInput.from_dict(item) for name, item in values.items()}
    sample_rate(frontends_of(inputs))
    return inputs


def frontends_of(inputs: Mapping[str, FeatureInput]) -> dict[str, Frontend]:
    """The front end of every input."""
    return {name: item.frontend for name, item in inputs.items()}


def sample_rate(frontends: Mapping[str, Frontend]) -> int:
    """The one sample rate of all inputs. Raises FeatureError when they differ: they hear the same samples."""
    rates = {name: frontend.sample_rate for name, frontend in frontends.items()}
    if len(set(rates.values())) != 1:
        found = ", ".join(f"'{name}' {rate} Hz" for name, rate in rates.items()) or "there is no input"
        raise FeatureError(f"all inputs of a model share one sample rate, but {found}.")
    return next(iter(rates.values()))


def clock(frontends: Mapping[str, Frontend]) -> Frontend:
    """The front end whose rows time is counted in: that of the first input."""
    return next(iter(frontends.values()))


class SoundFile(NamedTuple):
    """pcm: int16 [samples] that each input hears, by the input's name. together: the sum of what is heard, clipped.
    remarks: what is odd, a sentence each."""

    pcm: dict[str, np.ndarray]
    together: np.ndarray
    remarks: tuple[str, ...]


def read_sound(path: Path, frontends: Mapping[str, Frontend]) -> SoundFile:
    """A sound file or a song in stems. Raises AudioError as `load_sound` does."""
    rate = sample_rate(frontends)
    heard: dict[str, np.ndarray] = {}
    remarks: list[str] = []
    for name in dict.fromkeys(frontend.heard for frontend in frontends.values()):
        reader = reader_of(path, rate, name)
        heard[name] = reader.load()
        remarks += reader.remarks
    total = np.stack(list(heard.values())).sum(axis=0, dtype=np.int32)
    return SoundFile(
        pcm={name: heard[frontend.heard] for name, frontend in frontends.items()},
        together=np.clip(total, -32768, 32767).astype(np.int16),
        remarks=tuple(remarks),
    )


@contextlib.contextmanager
def errors_of(path: Path) -> Iterator[None]:
    """Turn a FeatureError about what was read from `path` into an AudioError that names it."""
    try:
        yield
    except FeatureError as error:
        raise AudioError(f"{path}: {error} Remove it, or pass --skip-broken.") from error


def check_one_sound(frontends: Mapping[str, Frontend], who: str) -> None:
    """Raise FeatureError where an input hears a stem of a song, which no plain sound has. who: "a stream"."""
    stems = sorted({frontend.heard for frontend in frontends.values()} - set(WHOLE))
    if stems:
        raise FeatureError(
            f"{who} is one sound, and this model hears the stems {', '.join(stems)} of a song each for itself. "
            "Separate them first (`edgegenre data separate`) and classify the song's folder."
        )


def only(inputs: Mapping[str, T], who: str) -> T:
    """The only input, for what truly takes one. who: "the C runtime".

    Raises FeatureError naming the inputs when there are more.
    """
    if len(inputs) != 1:
        raise FeatureError(f"{who} takes one input, and this model has {len(inputs)}: {', '.join(inputs)}.")
    (item,) = inputs.values()
    return item
