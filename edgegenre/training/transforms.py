"""From the augmentations of a protocol to the transforms that carry them out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from edgegenre.audio.stems import load_sound
from edgegenre.errors import TrainingError
from edgegenre.files import cache_folder
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.progress import Progress
from edgegenre.runs.augmentation import Augmentation, ZeroedStretch
from edgegenre.training.batches import Transform
from edgegenre.training.pcm_shelf import PcmShelf
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


def transforms_of(augmentation: Sequence[Augmentation], audio: Audio) -> tuple[Transform, ...]:
    """A transform for each. Raises AudioError when a track cannot be read, TrainingError when none suits the inputs."""
    return tuple(_TRANSFORMS[type(item)](item, audio) for item in augmentation)


def _zeroing(item: ZeroedStretch, audio: Audio) -> Zeroing:
    """Reads the tracks' PCM."""
    fitting = [name for name, fed in audio.inputs.items() if isinstance(fed.frontend, Mfcc)]
    if len(fitting) != 1:
        raise TrainingError(
            f"augmentation 'zeroed-stretch': the model has {len(fitting)} inputs of MFCC, and it is for one. "
            "Choose a recipe without it."
        )
    (name,) = fitting
    pcm = PcmShelf(audio.in_memory, cache_folder())
    with audio.progress.task("reading audio for augmentation", len(audio.tracks)) as task:
        for path in audio.tracks:
            pcm.add(load_sound(path, audio.inputs[name].frontend.sample_rate))
            task.advance(1, path.name)
    return Zeroing(
        audio.windows,
        pcm,
        name=name,
        fed=audio.inputs[name],
        seconds=item.seconds,
        device=audio.device,
    )


_TRANSFORMS: dict[type[Augmentation], Callable[..., Transform]] = {ZeroedStretch: _zeroing}
