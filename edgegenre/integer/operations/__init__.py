"""The integer operations: the small language that every engine speaks alike (docs/design.md, "The integers").

Quantization lowers the layers of a network to these once. An export knows nothing else.
"""

from edgegenre.integer.operations.base import POINT, Window
from edgegenre.integer.operations.cell import Cell
from edgegenre.integer.operations.unweighted import Join, Largest, Lookup, Mean, Rearrange, Sum
from edgegenre.integer.operations.weighted import PerChannel, Product, WeightedOperation

Operation = Product | PerChannel | Largest | Lookup | Sum | Join | Mean | Cell | Rearrange

OPERATION_KINDS: dict[str, type[Operation]] = {
    "product": Product,
    "per_channel": PerChannel,
    "largest": Largest,
    "lookup": Lookup,
    "sum": Sum,
    "join": Join,
    "mean": Mean,
    "cell": Cell,
    "rearrange": Rearrange,
}
"""Every kind by the name it has in files and sentences."""


def kind_of(operation: Operation) -> str:
    """The name of the operation's kind."""
    return next(name for name, kind in OPERATION_KINDS.items() if type(operation) is kind)


__all__ = [
    "OPERATION_KINDS",
    "POINT",
    "Cell",
    "Join",
    "Largest",
    "Lookup",
    "Mean",
    "Operation",
    "PerChannel",
    "Product",
    "Rearrange",
    "Sum",
    "WeightedOperation",
    "Window",
    "kind_of",
]
