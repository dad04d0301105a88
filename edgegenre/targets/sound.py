"""A bundle's C runtime on a sound, beside what the numpy reference makes of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.audio.decode import load_pcm
from edgegenre.errors import AudioError, BundleError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.runtime.compile_c import FrontendVariant
from edgegenre.runtime.model import Model
from edgegenre.targets.cores import find_processor
from edgegenre.targets.emulator import Emulated, emulate


@dataclass(frozen=True, kw_only=True, eq=False)
class SoundRun:
    """found: what the emulated core did. feature_steps: int8 steps between each of its features and the integer front
    end's. mismatches: logits unlike the reference's of the features that the C made, over all decisions."""

    found: Emulated
    feature_steps: np.ndarray
    mismatches: int


def integers_of(model: Model) -> IntegerNetwork:
    """The integers that firmware is made from. Raises BundleError for a run or a float bundle."""
    if model.bundle is None or model.bundle.integers is None:
        raise BundleError(f"{model.folder}: firmware is made from an int8 bundle. Write one: edgegenre export --int8.")
    return model.bundle.integers


def run_sound(
    model: Model,
    sound: Path,
    target_name: str,
    *,
    arithmetic: Arithmetic | None = None,
    variant: FrontendVariant = "integer",
    mode: Mode = "clip",
) -> SoundRun:
    """Build for the processor `target_name`, run the first window of `sound` (in continuous mode all of it), compare.

    arithmetic: default what suits the processor.
    Raises AudioError when there is not enough audio for a decision, BundleError and ExportError as `integers_of` and
    `emulate` do.
    """
    processor, integers = find_processor(target_name), integers_of(model)
    frontend = model.firmware_frontend
    pcm = _samples(model, sound, mode)
    (features,) = model.features(pcm).values()
    found = emulate(integers, frontend, pcm, processor, arithmetic=arithmetic, mode=mode, variant=variant)
    expected = _decisions(integers, found.features, found.arithmetic, mode)
    if not expected:
        raise AudioError(f"{sound}: not enough audio for a decision ({len(pcm) / model.sample_rate:.1f} s).")
    return SoundRun(
        found=found,
        feature_steps=abs(found.features.astype(int) - features),
        mismatches=_mismatches([item.logits for item in found.decisions if item.status], expected),
    )


def _samples(model: Model, sound: Path, mode: Mode) -> np.ndarray:
    """The samples to run. Raises AudioError when a clip wants more audio."""
    spec, window = model.clock, model.clock.window_frames
    pcm = load_pcm(sound, spec.sample_rate)
    if mode == "continuous":
        return pcm
    if spec.frames_in(len(pcm)) < window:
        raise AudioError(
            f"{sound}: not enough audio ({len(pcm) / spec.sample_rate:.1f} s) for a window of "
            f"{spec.samples_for(window) / spec.sample_rate:.1f} s. Give a longer sound, or --mode continuous."
        )
    return pcm[: spec.samples_for(window)]


def _decisions(integers: IntegerNetwork, features: np.ndarray, arithmetic: Arithmetic, mode: Mode) -> list[np.ndarray]:
    """The logits of every decision that the numpy reference makes of int8 features [frames, coefficients]."""
    if mode == "clip":
        return list(run(integers, features[None], arithmetic))
    stream = IntegerStream(integers, arithmetic=arithmetic, mode=mode)
    return [item.logits for item in stream.push(features)]


def _mismatches(found: list[np.ndarray], expected: list[np.ndarray]) -> int:
    """Logits that differ; all those of a decision that only one side made."""
    together = sum(int((one != other).sum()) for one, other in zip(found, expected, strict=False))
    return together + abs(len(found) - len(expected)) * len(expected[0])
