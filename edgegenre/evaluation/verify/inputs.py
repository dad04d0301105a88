"""What `verify` feeds the engines, and whether it exercised the network at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.bundle import SAMPLES, Bundle, sample_name
from edgegenre.errors import BundleError
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.quantization import INT8_HIGH, INT8_LOW
from edgegenre.network.network import Input
from edgegenre.network.shape import Shape
from edgegenre.untrusted import UnreadableError, read_npz

# A tensor below or above these says little about the arithmetic: too few rounding decisions differ.
FEWEST_VALUES = 8
LARGEST_SHARE_AT_TOP = 0.25
LARGEST_SHARE_OF_ONE_VALUE = 0.995
SMALLEST_SHARE_OF_DISTINCT_LOGITS = 0.5

_DEVIATION = 32  # steps of the int8 input in one standard deviation of normalized features


def random_clips(inputs: Sequence[Input], clips: int, seed: int) -> dict[str, np.ndarray]:
    """int8 [clips, time, frequency, channels] of the spread that normalized features have, by input.

    In turns white noise and slow random walks: the first exercises convolutions, the second survives their averaging.
    """
    generator = np.random.default_rng(seed)
    return {item.name: _random(item.shape, clips, generator) for item in inputs}


def _random(shape: Shape, clips: int, generator: np.random.Generator) -> np.ndarray:
    noise = generator.normal(0, 1, (clips, *shape))
    walks = np.cumsum(noise, axis=1)
    walks = (walks - walks.mean(axis=1, keepdims=True)) / walks.std(axis=1, keepdims=True).clip(1e-9)
    walking = (np.arange(clips) % 2 == 0).reshape(-1, 1, 1, 1) & (shape.time > 1)
    steps = np.where(walking, walks, noise) * _DEVIATION
    return np.clip(np.rint(steps), INT8_LOW, INT8_HIGH).astype(np.int8)


@dataclass(frozen=True, kw_only=True, eq=False)
class RecordedClips:
    """Windows of real music: features [clips, time, frequency, channels] by input, logits [clips, classes] by the
    network's `arithmetics`."""

    features: dict[str, np.ndarray]
    logits: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(next(iter(self.features.values())))


def recorded_clips(bundle: Bundle, clips: int) -> RecordedClips:
    """At most `clips` windows of real music from the bundle.

    They are taken at even distances, so that every class has its turn. Raises BundleError when the file is not sound.
    """
    path, integers = bundle.path(SAMPLES), bundle.integers
    assert integers is not None
    types: dict[str, type] = {sample_name(item.name): np.int8 for item in integers.inputs}
    types |= {f"logits_{name}": integers.output.dtype for name in integers.arithmetics}
    try:
        found = read_npz(path)
        arrays = {name: found[name] for name in types}
    except (UnreadableError, KeyError) as error:
        raise BundleError(f"{path}: cannot be read ({error}). Export the bundle again.") from error
    first = arrays[sample_name(integers.inputs[0].name)]
    count = len(first) if first.ndim else 0
    expected = {sample_name(item.name): (count, *item.shape) for item in integers.inputs}
    for name, array in arrays.items():
        if array.dtype != types[name] or array.shape != expected.get(name, (count, integers.classes)) or not count:
            raise BundleError(f"{path}: '{name}' is {array.dtype} {array.shape}, not what the network takes.")
    chosen = np.linspace(0, count - 1, min(clips, count)).round().astype(int)
    return RecordedClips(
        features={item.name: arrays[sample_name(item.name)][chosen] for item in integers.inputs},
        logits={name: arrays[f"logits_{name}"][chosen] for name in integers.arithmetics},
    )


def unexercised(network: IntegerNetwork, tensors: Mapping[str, np.ndarray]) -> list[str]:
    """Why a comparison on these tensors would prove little: one sentence a tensor, none when all are fit.

    tensors: int8 [clips, ...] by operation. A tensor is near-constant when it has fewer than FEWEST_VALUES different
    values or nearly all of them are one; saturated when more than LARGEST_SHARE_AT_TOP of it lies at the upper limit
    (the lower one, too, where that is not the zero of a ReLU). Logits must differ from clip to clip.
    """
    reasons = []
    for operation in network.operations:
        name, values = operation.name, tensors[operation.name]
        distinct, counts = np.unique(values, return_counts=True)
        top = float((values == operation.output.high).mean())
        bottom = (
            float((values == operation.output.low).mean())
            if operation.output.zero_point != operation.output.low
            else 0.0
        )
        if min(values.size, FEWEST_VALUES) > len(distinct) or counts.max() > LARGEST_SHARE_OF_ONE_VALUE * values.size:
            reasons.append(f"'{name}' is near-constant: {len(distinct)} different values in {values.size}.")
        elif max(top, bottom) > LARGEST_SHARE_AT_TOP:
            reasons.append(f"'{name}' is saturated: {max(top, bottom):.0%} of its values lie at the limit.")
    logits = tensors[network.logits.name]
    logits = logits.reshape(len(logits), -1)
    different = len(np.unique(logits, axis=0))
    if different < SMALLEST_SHARE_OF_DISTINCT_LOGITS * len(logits):
        reasons.append(f"the logits are near-constant: {different} different answers to {len(logits)} clips.")
    return reasons
