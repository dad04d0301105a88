"""Every kind of layer keeps the contract of tests/contract.py."""

import pytest

from edgegenre.network.layers import (
    LAYER_KINDS,
    Add,
    AnyLayer,
    AveragePool,
    Concat,
    Convolution,
    Dense,
    DepthwiseConv,
    Elu,
    Flatten,
    FlattenRows,
    GlobalAverage,
    GlobalMax,
    Gru,
    LeakyRelu,
    Lstm,
    MaxPool,
    Transpose,
)
from edgegenre.network.shape import Shape
from tests.contract import verify_contract

MAP, ROWS, VECTOR = Shape(23, 6, 3), Shape(17, 1, 5), Shape(1, 1, 12)

CASES: dict[str, tuple[AnyLayer, tuple[Shape, ...]]] = {
    "convolution": (Convolution(channels=5, kernel=(4, 3), stride=(2, 1)), (MAP,)),
    "convolution without padding": (
        Convolution(channels=5, kernel=(4, 6), padding="valid", activation="none"),
        (MAP,),
    ),
    "dense with batch norm and ReLU": (Convolution(channels=7, kernel=(1, 1)), (VECTOR,)),
    "depthwise": (DepthwiseConv(kernel=(3, 3)), (MAP,)),
    "depthwise without activation": (DepthwiseConv(kernel=(3, 3), batch_norm=False, activation="none"), (MAP,)),
    "depthwise without padding": (DepthwiseConv(kernel=(3, 3), stride=(2, 2), padding="valid"), (MAP,)),
    "average pool": (AveragePool(window=(2, 2)), (MAP,)),
    "max pool": (MaxPool(window=(5, 2)), (MAP,)),
    "global average": (GlobalAverage(), (MAP,)),
    "global max": (GlobalMax(), (MAP,)),
    "leaky relu": (LeakyRelu(slope=0.3), (MAP,)),
    "elu": (Elu(), (MAP,)),
    "add": (Add(), (MAP, MAP)),
    "concat": (Concat(), (MAP, Shape(23, 6, 2), Shape(23, 6, 1))),
    "flatten": (Flatten(), (MAP,)),
    "flatten rows": (FlattenRows(), (MAP,)),
    "transpose": (Transpose(), (MAP,)),
    "gru": (Gru(units=6), (ROWS,)),
    "gru that returns its rows": (Gru(units=6, returns_rows=True), (ROWS,)),
    "lstm": (Lstm(units=4), (ROWS,)),
    "lstm that returns its rows": (Lstm(units=4, returns_rows=True), (ROWS,)),
    "dense": (Dense(units=6), (VECTOR,)),
}


def test_every_kind_has_a_case() -> None:
    assert {type(layer) for layer, _ in CASES.values()} == set(LAYER_KINDS.values())


@pytest.mark.parametrize("case", CASES)
def test_a_layer_keeps_its_contract(case: str) -> None:
    layer, shapes = CASES[case]
    verify_contract(layer, *shapes)
