"""An integer network as a stream walks it: layers that turn rows into rows, one head, dense layers."""

from dataclasses import dataclass

from edgegenre.errors import QuantizationError
from edgegenre.integer.tensors import AnyIntegerLayer, IntegerLayer, IntegerNetwork, IntegerRecurrent
from edgegenre.network.layers import Dense, GlobalAverage, WindowedLayer
from edgegenre.network.shape import Shape


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """rows: windowed layers, each with the shape of its input in a window. head: a global average or a recurrent layer,
    where the time axis ends. dense: what follows, on vectors."""

    rows: tuple[tuple[IntegerLayer, Shape], ...]
    head: AnyIntegerLayer
    head_shape: Shape
    dense: tuple[tuple[IntegerLayer, Shape], ...]


def chain_of(network: IntegerNetwork) -> Chain:
    """Sort the layers of `network`. Raises QuantizationError when it is no such chain."""
    pairs = list(network.with_shapes())
    names = [network.network.inputs[0].name, *(layer.node.name for layer, _ in pairs)]
    heads = [index for index, (layer, _) in enumerate(pairs) if _is_head(layer)]
    if len(heads) == 1 and all(layer.node.inputs == (name,) for (layer, _), name in zip(pairs, names, strict=False)):
        (head,) = heads
        rows = tuple(_plain(layer, shape) for layer, shape in pairs[:head])
        dense = tuple(_plain(layer, shape) for layer, shape in pairs[head + 1 :])
        windowed = all(isinstance(layer.node.layer, WindowedLayer) for layer, _ in rows)
        if rows and dense and windowed and all(isinstance(layer.node.layer, Dense) for layer, _ in dense):
            return Chain(rows=rows, head=pairs[head][0], head_shape=pairs[head][1], dense=dense)
    raise QuantizationError(
        f"'{network.network.name}' cannot run as a stream: it needs a chain of convolutions and pools, then one global "
        "average or one recurrent layer, then dense layers."
    )


def _is_head(layer: AnyIntegerLayer) -> bool:
    return isinstance(layer, IntegerRecurrent) or isinstance(layer.node.layer, GlobalAverage)


def _plain(layer: AnyIntegerLayer, shape: Shape) -> tuple[IntegerLayer, Shape]:
    assert isinstance(layer, IntegerLayer)
    return layer, shape
