"""The audit's measured side: what the standard partners of a separable model take, timed beside it.

A partner need not be trained for that: time does not depend on the weights. So it is built with random int8 weights and
runs on LiteRT like the bundle itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.bench.rounds import Runner
from edgegenre.bench.runners import some_features
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.float_layers import array_shapes
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.runtime.engine_files import EngineFile
from edgegenre.runtime.engines.litert import LiteRTEngine
from edgegenre.zoo.registry import MODELS

STEP = 1 / 32
NOTE = "random weights: the time is meant, not the answer"


@dataclass(frozen=True, kw_only=True, eq=False)
class Partner:
    """A standard network that a measured separable model is compared with, ready to be timed."""

    network: Network
    runner: Runner


def partners(models: Sequence[str]) -> list[Partner]:
    """The standard networks of equal parameters and of equal width for each separable model among `models`.

    Those that are themselves among `models` are left out, as are recurrent ones: `random_integers` makes none.
    Raises MissingDependencyError without LiteRT.
    """
    networks: dict[str, Network] = {}
    for name in models:
        entry = MODELS.get(name)
        if entry is None or entry.standard_partner is None:
            continue
        for network in (
            MODELS[entry.standard_partner].build(entry.paper_classes),
            with_standard_convolutions(entry.build(entry.paper_classes)),
        ):
            if not network.recurrent and network.name not in models:
                networks[network.name] = network
    return [Partner(network=network, runner=_runner(network)) for network in networks.values()]


def random_integers(network: Network) -> IntegerNetwork:
    """The network with random int8 weights, quantized on random features: the time is meant, not the answer."""
    generator = np.random.default_rng(0)
    arrays = {
        node.name: {
            name: generator.normal(0, 1 / math.sqrt(math.prod(size[1:])), size).astype(np.float32)
            for name, size in array_shapes(node.layer, shape).items()
        }
        for node, (shape, *_) in network.with_shapes()
    }
    features = {item.name: generator.normal(0, 1, (1, *item.shape)) for item in network.inputs}
    return quantize(FloatNetwork(network=network, arrays=arrays), features, quantization_recipe("min-max"))


def _runner(network: Network) -> Runner:
    integers = random_integers(network)
    file = EngineFile(path=Path(f"{network.name}.tflite"), content=tflite_bytes(integers, ""))
    engine = LiteRTEngine(file, network, integers.output)
    features = some_features(network)[np.newaxis]
    return Runner(
        engine="litert",
        arithmetic="float32",
        workload="clip",
        frames=features.shape[1],
        run=lambda: engine.logits(features),
    )
