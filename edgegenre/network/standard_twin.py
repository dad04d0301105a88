"""Which networks use depthwise separable convolution, and the same networks in standard convolutions."""

import dataclasses

from edgegenre.network.layers import Convolution, DepthwiseConv
from edgegenre.network.network import Network, Node


def separable(network: Network) -> bool:
    """Whether a layer is a depthwise convolution."""
    return any(isinstance(node.layer, DepthwiseConv) for node in network.nodes)


def with_standard_convolutions(network: Network) -> Network:
    """The network with each separable block (depthwise, then pointwise) replaced by one standard convolution.

    The convolution has the depthwise kernel and stride and the pointwise channels: equal width. A depthwise layer that
    no pointwise convolution follows stays.
    """
    nodes = {node.name: node for node in network.nodes}
    readers = {name: [node for node in network.nodes if name in node.inputs] for name in nodes}
    merged: dict[str, Node] = {}
    for node in network.nodes:
        source = nodes.get(node.inputs[0])
        if source is None or not isinstance(source.layer, DepthwiseConv) or not _is_pointwise(node):
            continue
        if len(readers[source.name]) == 1:
            assert isinstance(node.layer, Convolution)
            layer = dataclasses.replace(node.layer, kernel=source.layer.kernel, stride=source.layer.stride)
            merged[source.name] = node
            nodes[node.name] = Node(name=node.name, layer=layer, inputs=source.inputs)
    kept = tuple(nodes[node.name] for node in network.nodes if node.name not in merged)
    return Network(name=f"{network.name}-standard", inputs=network.inputs, nodes=kept)


def _is_pointwise(node: Node) -> bool:
    return isinstance(node.layer, Convolution) and node.layer.kernel == (1, 1) and node.layer.stride == (1, 1)
