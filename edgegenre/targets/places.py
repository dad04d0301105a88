"""Where a model of the zoo runs, known before it is trained: which engines, how it streams, which boards take it."""

from dataclasses import dataclass

import numpy as np

from edgegenre.export.c.chain import chain_refusal
from edgegenre.export.c.frontend import frontend_refusal
from edgegenre.export.steps import step_refusal
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.normalization import Normalization
from edgegenre.integer.network import IntegerInput, IntegerNetwork
from edgegenre.network.float_layers import array_shapes
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network
from edgegenre.quantize.calibrate import INPUT
from edgegenre.quantize.lowering import Lowering
from edgegenre.quantize.recipe import quantization_recipe
from edgegenre.targets.boards import boards
from edgegenre.zoo.entry import ZooEntry

_ENGINES = ("reference", "onnxruntime", "litert")


@dataclass(frozen=True, kw_only=True)
class Places:
    """engines: those of a PC or Raspberry Pi that compute the int8 model, by the names of `open_engine`.

    streaming_refusal, firmware_refusal: why no engine but numpy streams it row by row, and why the C runtime cannot
    compute it, in a sentence; None where they can. boards: whose memories hold its weights and its rows (computed).
    """

    engines: tuple[str, ...]
    streaming_refusal: str | None
    firmware_refusal: str | None
    boards: tuple[str, ...]


def places(entry: ZooEntry) -> Places:
    """Where `entry` runs with as many classes as in its paper."""
    network, costs = entry.build(entry.paper_classes), entry.costs()
    integers = unit_integers(network)
    in_c = chain_refusal(integers) is None
    refusals = [frontend_refusal(_inputs(entry)), chain_refusal(integers)]
    refusal = " ".join(sentence for sentence in refusals if sentence) or None
    fitting = [
        board.name
        for board in boards().values()
        if refusal is None and costs.parameters <= board.flash and costs.ram_stream_bytes <= board.ram
    ]
    return Places(
        engines=(*_ENGINES, "native") if in_c else _ENGINES,
        streaming_refusal=step_refusal(integers),
        firmware_refusal=refusal,
        boards=tuple(fitting),
    )


def unit_integers(network: Network) -> IntegerNetwork:
    """The operations of `network` with weights and ranges that mean nothing: for what depends on its layers alone."""
    arrays = {
        node.name: {name: _few(size) for name, size in array_shapes(node.layer, shape).items()}
        for node, (shape, *_) in network.with_shapes()
    }
    inputs = tuple(IntegerInput(name=item.name, shape=item.shape, quantization=INPUT) for item in network.inputs)
    ranges = {node.name: (-4.0, 4.0) for node in network.nodes}
    lowering = Lowering(FloatNetwork(network=network, arrays=arrays), inputs, ranges, quantization_recipe("min-max"))
    return IntegerNetwork(name=network.name, inputs=inputs, operations=lowering.operations())


def _few(size: tuple[int, ...]) -> np.ndarray:
    """Weights of which few count, so that no sum of them leaves the proven ranges."""
    return np.resize(np.array([0.01, *[0.0001] * 20], np.float32), size)


def _inputs(entry: ZooEntry) -> dict[str, FeatureInput]:
    return {
        name: FeatureInput(
            frontend=frontend,
            normalization=Normalization(mean=(0.0,) * frontend.statistics, deviation=(1.0,) * frontend.statistics),
        )
        for name, frontend in entry.frontends.items()
    }
