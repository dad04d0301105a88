"""The frozen network of the package `musicnn` (Pons and Serra, ISMIR 2019): its weights lie in the package.

The package is read, never run: it asks for versions of numpy and TensorFlow that no longer install, so that it is
installed without what it depends on.
"""

import importlib.util
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edgegenre.backbones.backbone import Arrays, Backbone
from edgegenre.backbones.files.reading import read_layouts
from edgegenre.backbones.kept import kept_layout
from edgegenre.backbones.tensors import numbered
from edgegenre.errors import MissingDependencyError, missing

BANDS = 96
TIMBRAL_FILTERS, TEMPORAL_FILTERS, MIDDLE_FILTERS = 204, 51, 64
TIMBRAL_BANDS = (38, 67)
TEMPORAL_FRAMES = (128, 64, 32)
MIDDLE_FRAMES = 7
MAPS = len(TIMBRAL_BANDS) * TIMBRAL_FILTERS + len(TEMPORAL_FRAMES) * TEMPORAL_FILTERS
POOLED = 2 * (MAPS + 3 * MIDDLE_FILTERS)
PENULTIMATE, TAGS = 200, 50

PATCH_FRAMES = 124
"""Two seconds, of frames of 512 samples every 256 at 16 kHz. It was trained on three; it takes any number."""

KERNELS = (
    *((MIDDLE_FRAMES, bands, 1, TIMBRAL_FILTERS) for bands in TIMBRAL_BANDS),
    *((frames, 1, 1, TEMPORAL_FILTERS) for frames in TEMPORAL_FRAMES),
    *((MIDDLE_FRAMES, width, 1, MIDDLE_FILTERS) for width in (MAPS, MIDDLE_FILTERS, MIDDLE_FILTERS)),
)
"""Of the convolutions, in TensorFlow's layout; all keep the time axis, none pads frequency."""

_BATCH = 8


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {}
    for number, kernel in enumerate(KERNELS):
        shapes[f"{numbered('conv2d', number)}/kernel"] = kernel
        shapes[f"{numbered('conv2d', number)}/bias"] = kernel[-1:]
    for number, channels in enumerate((1, *(kernel[-1] for kernel in KERNELS), POOLED, PENULTIMATE)):
        for part in ("beta", "gamma", "moving_mean", "moving_variance"):
            shapes[f"{numbered('batch_normalization', number)}/{part}"] = (channels,)
    for name, inputs, units in (("dense", POOLED, PENULTIMATE), ("dense_1", PENULTIMATE, TAGS)):
        shapes[f"{name}/kernel"], shapes[f"{name}/bias"] = (inputs, units), (units,)
    return shapes


WEIGHTS = _shapes()
"""The arrays of the checkpoint that the network is made of: shape by name."""


def checkpoint_prefix() -> str:
    """What the names of the checkpoint's files begin with. Raises MissingDependencyError without the package."""
    found = importlib.util.find_spec("musicnn")
    if found is None or not found.submodule_search_locations:
        raise MissingDependencyError(
            "The backbone 'musicnn' needs the package 'musicnn', which is not installed. Install it without the old "
            "packages that it asks for: pip install --no-deps musicnn==0.1.0"
        )
    return str(Path(found.submodule_search_locations[0]) / "MSD_musicnn") + "/"


def check_installed() -> None:
    """Raise MissingDependencyError unless the weights are there, and what reads them; neither is imported for it."""
    checkpoint_prefix()
    if importlib.util.find_spec("tensorflow") is None:
        raise missing("tensorflow", "teacher", "Reading musicnn's weights")


def installed_weights() -> Arrays:
    """The arrays of the package's checkpoint. Raises MissingDependencyError without it or TensorFlow, BackboneError
    when it is damaged."""
    check_installed()
    from edgegenre.backbones.tensorflow_checkpoint import read_checkpoint

    return read_checkpoint(checkpoint_prefix(), WEIGHTS)


def _read(path: Path) -> Arrays:
    """The arrays of an .npz under the checkpoint's names."""
    return read_layouts(path, "musicnn", (kept_layout(WEIGHTS),))


def _start(arrays: Arrays) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    from edgegenre.backbones.musicnn_network import Musicnn

    network = Musicnn(arrays)

    def answers(patches: np.ndarray) -> np.ndarray:
        parts = torch.from_numpy(patches[..., 0]).split(_BATCH)
        values: np.ndarray = torch.cat([network(part).penultimate for part in parts]).numpy()
        return values

    return answers


def _multiplies(frames: int) -> int:
    """Of convolutions and the dense layer in front of the answer, for a patch of `frames`."""
    widths = (*(BANDS,) * 5, MAPS, MIDDLE_FILTERS, MIDDLE_FILTERS)
    places = (frames * (width - kernel[1] + 1) for kernel, width in zip(KERNELS, widths, strict=True))
    return sum(math.prod(kernel) * count for kernel, count in zip(KERNELS, places, strict=True)) + POOLED * PENULTIMATE


def _trained() -> int:
    """Without the layer of tags, and without batch norm's averages."""
    return sum(
        math.prod(shape) for name, shape in WEIGHTS.items() if not name.startswith("dense_1") and "moving" not in name
    )


MUSICNN = Backbone(
    name="musicnn",
    patch=(PATCH_FRAMES, BANDS, 1),
    values=PENULTIMATE,
    parameters=_trained(),
    multiplies=_multiplies(PATCH_FRAMES),
    shapes=WEIGHTS,
    read=_read,
    start=_start,
    wanted="the package musicnn (pip install --no-deps musicnn==0.1.0) and what reads it "
    "(pip install 'edgegenre[teacher]')",
    installed=installed_weights,
)
