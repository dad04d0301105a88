"""What `verify` feeds the engines, and whether it exercised the network at all."""

from collections.abc import Mapping

import numpy as np

from edgegenre.bundle import SAMPLES, Bundle
from edgegenre.errors import BundleError
from edgegenre.integer.tensors import INT8_HIGH, INT8_LOW, IntegerNetwork
from edgegenre.network.network import Network
from edgegenre.untrusted import UnreadableError, read_npz

# A tensor below or above these says little about the arithmetic: too few rounding decisions differ.
FEWEST_VALUES = 8
LARGEST_SHARE_AT_TOP = 0.25
LARGEST_SHARE_OF_ONE_VALUE = 0.995
SMALLEST_SHARE_OF_DISTINCT_LOGITS = 0.5

_DEVIATION = 32  # steps of the int8 input in one standard deviation of normalized features


def random_clips(network: Network, clips: int, seed: int) -> np.ndarray:
    """int8 [clips, time, frequency] of the spread that normalized features have.

    In turns white noise and slow random walks: the first exercises convolutions, the second survives their averaging.
    """
    time, frequency, _ = network.input_shape
    generator = np.random.default_rng(seed)
    noise = generator.normal(0, 1, (clips, time, frequency))
    walks = np.cumsum(noise, axis=1)
    walks = (walks - walks.mean(axis=1, keepdims=True)) / walks.std(axis=1, keepdims=True).clip(1e-9)
    steps = np.where(np.arange(clips)[:, np.newaxis, np.newaxis] % 2 == 0, walks, noise) * _DEVIATION
    return np.clip(np.rint(steps), INT8_LOW, INT8_HIGH).astype(np.int8)


def recorded_clips(bundle: Bundle, clips: int) -> dict[str, np.ndarray]:
    """At most `clips` windows of real music from the bundle: "features", and logits by the names of `arithmetics`.

    They are taken at even distances, so that every class has its turn. Raises BundleError when the file is not sound.
    """
    path, integers = bundle.path(SAMPLES), bundle.integers
    assert integers is not None
    types = {"features": np.int8} | {f"logits_{name}": integers.output.dtype for name in integers.arithmetics}
    try:
        found = read_npz(path)
        arrays = {name: found[name] for name in types}
    except (UnreadableError, KeyError) as error:
        raise BundleError(f"{path}: cannot be read ({error}). Export the bundle again.") from error
    network = bundle.manifest.network
    time, frequency, _ = network.input_shape
    count = len(arrays["features"]) if arrays["features"].ndim else 0
    expected = {"features": (count, time, frequency)}
    for name, array in arrays.items():
        if array.dtype != types[name] or array.shape != expected.get(name, (count, network.classes)) or not count:
            raise BundleError(f"{path}: '{name}' is {array.dtype} {array.shape}, not what the network takes.")
    chosen = np.linspace(0, count - 1, min(clips, count)).round().astype(int)
    return {name: array[chosen] for name, array in arrays.items()}


def unexercised(network: IntegerNetwork, tensors: Mapping[str, np.ndarray]) -> list[str]:
    """Why a comparison on these tensors would prove little: one sentence a tensor, none when all are fit.

    tensors: int8 [clips, ...] by node name. A tensor is near-constant when it has fewer than FEWEST_VALUES different
    values or nearly all of them are one; saturated when more than LARGEST_SHARE_AT_TOP of it lies at the upper limit
    (the lower one, too, where that is not the zero of a ReLU). Logits must differ from clip to clip.
    """
    reasons = []
    for layer in network.layers:
        name, values = layer.node.name, tensors[layer.node.name]
        distinct, counts = np.unique(values, return_counts=True)
        top = float((values == layer.output.high).mean())
        bottom = float((values == layer.output.low).mean()) if layer.output.zero_point != layer.output.low else 0.0
        if min(values.size, FEWEST_VALUES) > len(distinct) or counts.max() > LARGEST_SHARE_OF_ONE_VALUE * values.size:
            reasons.append(f"'{name}' is near-constant: {len(distinct)} different values in {values.size}.")
        elif max(top, bottom) > LARGEST_SHARE_AT_TOP:
            reasons.append(f"'{name}' is saturated: {max(top, bottom):.0%} of its values lie at the limit.")
    logits = tensors[network.layers[-1].node.name].reshape(len(tensors[network.layers[-1].node.name]), -1)
    different = len(np.unique(logits, axis=0))
    if different < SMALLEST_SHARE_OF_DISTINCT_LOGITS * len(logits):
        reasons.append(f"the logits are near-constant: {different} different answers to {len(logits)} clips.")
    return reasons
