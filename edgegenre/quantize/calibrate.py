"""Post-training quantization: a FloatNetwork and training features in, an IntegerNetwork out. No torch."""

from collections.abc import Mapping

import numpy as np

from edgegenre.errors import QuantizationError
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer.network import IntegerInput, IntegerNetwork
from edgegenre.integer.quantization import Quantization
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import RecurrentLayer
from edgegenre.network.network import Features, Node, named_inputs
from edgegenre.progress import SILENT, Progress
from edgegenre.quantize.lowering import Lowering
from edgegenre.quantize.ranges import MinMax, Observer
from edgegenre.quantize.recipe import QuantizationRecipe
from edgegenre.quantize.recurrent import entering_gates

INPUT = Quantization(scale=1 / STEPS_PER_DEVIATION, zero_point=0)
"""The network's input: int8, +-4 standard deviations."""

BATCH = 8


def quantize(
    network: FloatNetwork, features: Features, recipe: QuantizationRecipe, *, progress: Progress = SILENT
) -> IntegerNetwork:
    """Choose scales from normalized training features, as `named_inputs` takes them, and round every weight.

    Raises QuantizationError when a layer has no integer form, or there are no features.
    """
    if not recipe.quantizes:
        raise QuantizationError(f"recipe '{recipe.name}' makes no integers: it is for the float export.")
    given = named_inputs(network.network.name, network.network.inputs, features)
    if not all(map(len, given.values())):
        raise QuantizationError("calibration needs at least one training clip.")
    clips = {name: array[: recipe.clips] for name, array in given.items()}
    ranges = observe(network, clips, recipe, progress=progress)
    inputs = tuple(
        IntegerInput(name=item.name, shape=item.shape, quantization=INPUT) for item in network.network.inputs
    )
    operations = Lowering(network, inputs, ranges, recipe).operations()
    return IntegerNetwork(name=network.network.name, inputs=inputs, operations=operations)


def observe(
    network: FloatNetwork,
    features: Mapping[str, np.ndarray],
    recipe: QuantizationRecipe,
    *,
    progress: Progress = SILENT,
) -> dict[str, tuple[float, float]]:
    """The real range of every tensor over the features, by the recipe's observers.

    For a recurrent layer, whose output has a fixed scale: the range of what enters its gates, all of it.
    """
    observers: dict[str, Observer] = {}
    recurrent: dict[str, list[Node]] = {}
    for node in network.network.nodes:
        if isinstance(node.layer, RecurrentLayer):
            recurrent.setdefault(node.inputs[0], []).append(node)
    names = {node.name for nodes in recurrent.values() for node in nodes}
    clips = len(next(iter(features.values())))
    with progress.task("calibrating", clips) as task:
        for start in range(0, clips, BATCH):
            batch = {name: array[start : start + BATCH] for name, array in features.items()}
            for name, values in network.tensors(batch):
                if name not in names:
                    observers.setdefault(name, recipe.observer()).observe(values)
                for node in recurrent.get(name, ()):
                    assert isinstance(node.layer, RecurrentLayer)
                    entering = entering_gates(node.layer, values, network.arrays[node.name])
                    observers.setdefault(node.name, MinMax()).observe(entering)
            task.advance(min(BATCH, clips - start))
    return {name: observer.range() for name, observer in observers.items()}
