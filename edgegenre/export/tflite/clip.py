"""An IntegerNetwork as a whole-clip int8 .tflite."""

from edgegenre.bundle import METADATA_KEY
from edgegenre.export.tflite.graph import TfliteWriter, add_reshaped, add_widened
from edgegenre.export.tflite.operations import add_operation
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.quantization import read_as_int16


def tflite_bytes(network: IntegerNetwork, metadata: str) -> bytes:
    """The .tflite file: int8 [1, time, frequency, channels] in, logits [1, classes] out, tensors named as they are.

    A dense layer is a 1 x 1 convolution, an average pool a depthwise one with equal weights (docs/design.md,
    "Exactness"). Activations and logits are int8, or int16 where the network is `wide`. `metadata` rides in the buffer
    "edgegenre". Raises ExportError for an operation that has no such form, MissingDependencyError without flatbuffers
    or ai-edge-litert.
    """
    writer = TfliteWriter(network.name)
    tensors = {
        item.name: writer.tensor(item.name, (1, *item.shape), quantization=item.quantization) for item in network.inputs
    }
    writer.graph.inputs = list(tensors.values())
    if network.wide:
        for item in network.inputs:
            target = read_as_int16(item.quantization)
            tensors[item.name] = add_widened(writer, item.name, (1, *item.shape), tensors[item.name], target)
    for operation, shapes in network.with_shapes():
        read = [tensors[name] for name in operation.inputs]
        tensors[operation.name] = add_operation(writer, operation, read, shapes)
    flat = add_reshaped(writer, "output", (1, network.classes), tensors[network.logits.name], network.output)
    writer.graph.outputs = [flat]
    return writer.finish({METADATA_KEY: metadata})
