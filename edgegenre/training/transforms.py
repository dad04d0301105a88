"""From the augmentations of a protocol to the transforms that carry them out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from edgegenre.audio.decode import load_pcm
from edgegenre.errors import TrainingError
from edgegenre.files import cache_folder
from edgegenre.frontend.inputs import FeatureInput, frontends_of
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.protocol import Frontend
from edgegenre.progress import Progress
from edgegenre.runs.augmentation import (
    AUGMENTATIONS,
    Augmentation,
    FrequencyResponse,
    Level,
    Mixup,
    NoiseFloor,
    SpecAugment,
    ZeroedStretch,
)
from edgegenre.training.batches import Transform
from edgegenre.training.grid import GridTransform
from edgegenre.training.masking import MaskingTransform
from edgegenre.training.microphone import LevelTransform, NoiseTransform, ResponseTransform
from edgegenre.training.mixing import MixingTransform
from edgegenre.training.pcm_shelf import PcmShelf
from edgegenre.training.samples import Samples
from edgegenre.training.spectra import Spectra, is_spectral, spectra_of
from edgegenre.training.windows import Windows
from edgegenre.training.zeroing import Zeroing


@dataclass(frozen=True, kw_only=True, eq=False)
class Audio:
    """What a transform may be made of. tracks: the sound files of `windows`, by track number.

    in_memory: bytes of audio that may be kept in memory; the rest lies in the cache folder meanwhile.
    """

    windows: Windows
    tracks: Sequence[Path]
    inputs: Mapping[str, FeatureInput]
    device: torch.device
    in_memory: int
    progress: Progress


def check_augmentation(augmentation: Sequence[Augmentation], frontends: Mapping[str, Frontend]) -> None:
    """Raise TrainingError naming the first augmentation that has no form for an input, and why."""
    for item in augmentation:
        name = next(name for name, kind in AUGMENTATIONS.items() if kind is type(item))
        problem = _MAKERS[type(item)].problem(frontends)
        if problem:
            raise TrainingError(f"augmentation '{name}': {problem} Choose a recipe without it.")


def transforms_of(augmentation: Sequence[Augmentation], audio: Audio) -> tuple[Transform, ...]:
    """A transform for each, and a last one back to the int8 grid where one leaves it.

    Raises AudioError when a track cannot be read, TrainingError as `check_augmentation` does.
    """
    check_augmentation(augmentation, frontends_of(audio.inputs))
    found = [_MAKERS[type(item)].make(item, audio) for item in augmentation]
    if any(_MAKERS[type(item)].off_grid for item in augmentation):
        found.append(GridTransform())
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class _Maker:
    """make: the transform of an augmentation. problem: what speaks against it with these front ends, "" for nothing.

    off_grid: whether the features that it makes lie off the int8 grid.
    """

    make: Callable[[Any, Audio], Transform]
    problem: Callable[[Mapping[str, Frontend]], str]
    off_grid: bool = True


def _zeroing(item: ZeroedStretch, audio: Audio) -> Zeroing:
    """Reads the tracks' PCM."""
    (name,) = _mfcc(frontends_of(audio.inputs))
    pcm = PcmShelf(audio.in_memory, cache_folder())
    with audio.progress.task("reading audio for augmentation", len(audio.tracks)) as task:
        for path in audio.tracks:
            pcm.add(load_pcm(path, audio.inputs[name].frontend.sample_rate))
            task.advance(1, path.name)
    return Zeroing(
        audio.windows,
        pcm,
        name=name,
        fed=audio.inputs[name],
        seconds=item.seconds,
        device=audio.device,
    )


def _mfcc(frontends: Mapping[str, Frontend]) -> list[str]:
    return [name for name, frontend in frontends.items() if isinstance(frontend, Mfcc)]


def _not_one_mfcc(frontends: Mapping[str, Frontend]) -> str:
    count = len(_mfcc(frontends))
    return "" if count == 1 else f"the model has {count} inputs of MFCC, and it is for one."


def _not_spectral(frontends: Mapping[str, Frontend]) -> str:
    return _first_unfit(frontends, is_spectral, "a spectrum")


def _not_amplified(frontends: Mapping[str, Frontend]) -> str:
    return _first_unfit(frontends, lambda item: is_spectral(item) or isinstance(item, Raw), "a spectrum or samples")


def _first_unfit(frontends: Mapping[str, Frontend], fit: Callable[[Frontend], bool], wanted: str) -> str:
    for name, frontend in frontends.items():
        if not fit(frontend):
            return f"it changes {wanted}, and the input '{name}' holds {frontend.contents}."
    return ""


def _spectra(audio: Audio) -> dict[str, Spectra]:
    return {name: spectra_of(fed, audio.device) for name, fed in audio.inputs.items()}


def _level(item: Level, audio: Audio) -> LevelTransform:
    inputs: dict[str, Spectra | Samples] = {
        name: spectra_of(fed, audio.device) if is_spectral(fed.frontend) else Samples(fed, audio.device)
        for name, fed in audio.inputs.items()
    }
    return LevelTransform(item=item, inputs=inputs)


_MAKERS: dict[type[Augmentation], _Maker] = {
    ZeroedStretch: _Maker(make=_zeroing, problem=_not_one_mfcc, off_grid=False),
    Level: _Maker(make=_level, problem=_not_amplified),
    FrequencyResponse: _Maker(
        make=lambda item, audio: ResponseTransform(item=item, spectra=_spectra(audio)), problem=_not_spectral
    ),
    NoiseFloor: _Maker(
        make=lambda item, audio: NoiseTransform(item=item, spectra=_spectra(audio)), problem=_not_spectral
    ),
    SpecAugment: _Maker(
        make=lambda item, audio: MaskingTransform(item=item, spectra=_spectra(audio)), problem=_not_spectral
    ),
    Mixup: _Maker(make=lambda item, audio: MixingTransform(item=item), problem=lambda frontends: ""),
}
