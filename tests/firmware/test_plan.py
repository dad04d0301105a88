"""Numbers that the fields of the C tables cannot hold are refused, and what may still slip through does not compile."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edgegenre.errors import ExportError, RuntimeEngineError
from edgegenre.export.c.plan import packed_offsets, stack
from edgegenre.export.c.tables import plans
from edgegenre.integer.operations.base import unproven
from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS
from edgegenre.network.layers import AnyLayer, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.runtime.compile_c import OPTIONS, compile_c, host_compiler
from edgegenre.runtime.engines.native import NativeEngine
from tests.networks import random_integer_network, unit_integers
from tests.support import program

LIMIT = 0xFFFF


def with_row_layer(layer: AnyLayer, time: int = 4, frequency: int = 3) -> Network:
    """`layer` alone before the head."""
    layers = [("row", layer), ("average", GlobalAverage()), ("logits", Dense(units=2))]
    return chain("one-row-layer", input_shape=Shape(time, frequency, 1), layers=layers)


TOO_LARGE: dict[str, AnyLayer] = {
    "kernel has 65536": Convolution(channels=1, kernel=(LIMIT + 1, 1)),
    "kernel has 65539": Convolution(channels=1, kernel=(1, LIMIT + 4)),
    "kernel has 65537": DepthwiseConv(kernel=(1, LIMIT + 2)),
    "stride has 65536": Convolution(channels=1, kernel=(1, 1), stride=(LIMIT + 1, 1)),
    "stride has 65540": DepthwiseConv(kernel=(1, 1), stride=(1, LIMIT + 5)),
    "output shape has 65536": Convolution(channels=LIMIT + 1, kernel=(1, 1)),
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_a_number_that_its_field_cannot_hold_is_refused(what: str) -> None:
    network = unit_integers(with_row_layer(TOO_LARGE[what]))
    with pytest.raises(ExportError, match=f"layer 'row': its {what}, and the C runtime holds at most 65535"):
        stack(network)
    with pytest.raises(RuntimeEngineError, match=what):
        NativeEngine(network)


def test_an_input_of_too_many_rows_is_refused() -> None:
    with pytest.raises(ExportError, match="input shape has 65536"):
        stack(unit_integers(with_row_layer(Convolution(channels=1, kernel=(1, 1)), time=LIMIT + 1)))


def test_the_largest_kernel_and_stride_are_computed() -> None:
    layer = Convolution(channels=2, kernel=(1, LIMIT), stride=(1, LIMIT))
    network = unit_integers(with_row_layer(layer))
    features = np.arange(-6, 6, dtype=np.int8).reshape(1, 4, 3)
    for arithmetic in ARITHMETICS:
        found = NativeEngine(network, arithmetic).logits(features)
        np.testing.assert_array_equal(found, run(network, features, arithmetic))


def test_memory_beyond_32_bit_offsets_is_refused() -> None:
    """65,535 rows of 65,535 values are 131,071 bytes less than 2**32; the row behind them takes twice 65,535."""
    layer = Convolution(channels=2, kernel=(LIMIT, 1))
    network = unit_integers(with_row_layer(layer, frequency=LIMIT))
    with pytest.raises(ExportError, match="bytes of one kind of memory is too large"):
        plans(network, None)


def test_repacked_weights_beyond_32_bit_offsets_are_refused() -> None:
    """A dense layer of 65,535 times 65,535 weights; one array element stands for all of them."""
    small = stack(random_integer_network("odd"))
    (layer, shape), *_ = small.dense
    large = unproven(
        layer,
        weights=np.broadcast_to(np.int8(1), (LIMIT, 1, 1, LIMIT)),
        bias=np.broadcast_to(np.int32(0), (LIMIT,)),
    )
    assert packed_offsets(small)[-1] < 1 << 32
    with pytest.raises(ExportError, match="bytes of one kind of memory"):
        packed_offsets(dataclasses.replace(small, dense=((large, shape),)))


def test_the_native_build_refuses_a_table_with_a_number_that_does_not_fit(tmp_path: Path) -> None:
    program("gcc", "gcc")
    source = tmp_path / "table.c"
    source.write_text("#include <stdint.h>\nconst uint16_t kernel = 65539;\n")
    with pytest.raises(ExportError, match="65539"):
        compile_c("gcc", [*OPTIONS, "-c", source, "-o", tmp_path / "table.o"])
    source.write_text("#include <stdint.h>\nconst uint16_t kernel = 65535;\n")
    compile_c(host_compiler(), [*OPTIONS, "-c", source, "-o", tmp_path / "table.o"])
