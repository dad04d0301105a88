"""An IntegerNetwork as a whole-clip int8 .tflite."""

import numpy as np

from edgegenre.bundle import METADATA_KEY
from edgegenre.errors import ExportError
from edgegenre.export.tflite.graph import TfliteWriter, add_dense, add_reshaped, add_slice, add_widened, add_windowed
from edgegenre.export.tflite.recurrent import TfliteRecurrent, states_of
from edgegenre.integer.tensors import IntegerLayer, IntegerNetwork, IntegerRecurrent, Quantization
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.shape import Shape


def tflite_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .tflite file: int8 [1, time, frequency, 1] in, logits [1, classes] out, tensors named like the nodes.

    A dense layer is a 1 x 1 convolution, an average pool a depthwise one with equal weights (DESIGN, "The integer
    arithmetic"). Activations and logits are int8, or int16 where the network is `wide`. `metadata` rides in the buffer
    "edgegenre". Raises ExportError for a layer that has no such form, MissingDependencyError without flatbuffers or
    ai-edge-litert.
    """
    writer = TfliteWriter(network.network.name)
    (only,) = network.network.inputs
    indices = {only.name: writer.tensor(only.name, (1, *only.shape), quantization=network.input)}
    writer.graph.inputs = [indices[only.name]]
    if network.wide:
        indices[only.name] = add_widened(
            writer, only.name, (1, *only.shape), indices[only.name], network.layers[0].input
        )
    for layer, shape in network.with_shapes():
        source = indices[layer.node.inputs[0]]
        if isinstance(layer, IntegerRecurrent):
            indices[layer.node.name] = _recurrent(writer, layer, shape, source)
        else:
            indices[layer.node.name] = _add(writer, layer, shape, source)
    logits = indices[network.network.output.name]
    flat = add_reshaped(writer, "output", (1, network.network.classes), logits, network.output)
    writer.graph.outputs = [flat]
    return writer.finish({METADATA_KEY: metadata})


def _add(writer: TfliteWriter, layer: IntegerLayer, shape: Shape, source: int) -> int:
    """Add the operator of `layer` on tensor `source`; returns its output's index."""
    match layer.node.layer:
        case Convolution() | DepthwiseConv() | AveragePool() as description:
            return add_windowed(writer, layer, description, shape, source)
        case GlobalAverage():
            return _mean(writer, layer, shape, source)
        case Dense():
            return add_dense(writer, layer, source)
    raise ExportError(f"layer '{layer.node.name}' ({type(layer.node.layer).__name__}) has no int8 .tflite form.")


def _recurrent(writer: TfliteWriter, layer: IntegerRecurrent, shape: Shape, source: int) -> int:
    """All rows one after another: operators for each row, on one set of constants."""
    cell = TfliteRecurrent(writer, layer)
    entering = Quantization(scale=layer.gate_scale, zero_point=0, bits=16)
    gates = cell.input_gates(source, shape.time)
    zero = np.zeros((1, layer.units), np.int16)
    states = [
        writer.constant(f"{layer.node.name}/first_state/{number}", zero, quantization)
        for number, quantization in enumerate(states_of(layer))
    ]
    for row in range(shape.time):
        parts = [
            add_slice(writer, f"{layer.node.name}/input/{row}/{gate}", (row, 0), (1, layer.units), values, entering)
            for gate, values in enumerate(gates)
        ]
        states = cell.next_states(parts, states, f"/{row}")
    return cell.output(states[0])


def _mean(writer: TfliteWriter, layer: IntegerLayer, shape: Shape, source: int) -> int:
    axes = writer.constant(f"{layer.node.name}/axes", np.array([1, 2], np.int32))
    output = writer.tensor(layer.node.name, (1, 1, 1, shape.channels), quantization=layer.output)
    return writer.operator("MEAN", layer.output.bits, [source, axes], output, writer.options("Reducer", keepDims=True))
