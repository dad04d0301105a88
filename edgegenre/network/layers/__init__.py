"""The layers, by kind. No framework is imported here: torch, the integers and every export read these fields.

Parameters follow Liang et al., Table II: convolutions without bias, batch norm's gamma and beta after every
convolution, the dense layer with bias, a GRU with one bias vector a gate.
"""

from typing import get_args

from edgegenre.network.layers.activation import Elu, LeakyRelu
from edgegenre.network.layers.base import ROW_BY_ROW, TimeWindow
from edgegenre.network.layers.convolution import Convolution, DepthwiseConv
from edgegenre.network.layers.dense import Dense
from edgegenre.network.layers.joining import Add, Concat
from edgegenre.network.layers.pooling import AveragePool, GlobalAverage, GlobalMax, MaxPool
from edgegenre.network.layers.rearranging import Flatten, FlattenRows, Transpose
from edgegenre.network.layers.recurrent import Gru, Lstm

RecurrentLayer = Gru | Lstm
ActivationLayer = LeakyRelu | Elu
ACTIVATIONS: tuple[type[ActivationLayer], ...] = get_args(ActivationLayer)
"""Functions of one value: their tables in numpy and in integers need no entries of their own."""
AnyLayer = (
    Convolution
    | DepthwiseConv
    | AveragePool
    | MaxPool
    | GlobalAverage
    | GlobalMax
    | LeakyRelu
    | Elu
    | Add
    | Concat
    | Flatten
    | FlattenRows
    | Transpose
    | Gru
    | Lstm
    | Dense
)

LAYER_KINDS: dict[str, type[AnyLayer]] = {
    "convolution": Convolution,
    "depthwise": DepthwiseConv,
    "average_pool": AveragePool,
    "max_pool": MaxPool,
    "global_average": GlobalAverage,
    "global_max": GlobalMax,
    "leaky_relu": LeakyRelu,
    "elu": Elu,
    "add": Add,
    "concat": Concat,
    "flatten": Flatten,
    "flatten_rows": FlattenRows,
    "transpose": Transpose,
    "gru": Gru,
    "lstm": Lstm,
    "dense": Dense,
}
"""Every kind by the name it has in files."""

__all__ = [
    "ACTIVATIONS",
    "LAYER_KINDS",
    "ROW_BY_ROW",
    "ActivationLayer",
    "Add",
    "AnyLayer",
    "AveragePool",
    "Concat",
    "Convolution",
    "Dense",
    "DepthwiseConv",
    "Elu",
    "Flatten",
    "FlattenRows",
    "GlobalAverage",
    "GlobalMax",
    "Gru",
    "LeakyRelu",
    "Lstm",
    "MaxPool",
    "RecurrentLayer",
    "TimeWindow",
    "Transpose",
]
