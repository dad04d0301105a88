"""The stream plan: rows, delays and histories by hand, and what cannot stream says so."""

import pytest

from edgegenre.errors import NetworkError, QuantizationError
from edgegenre.integer.streaming import IntegerStream
from edgegenre.network.costs import costs
from edgegenre.network.layers import (
    Add,
    AnyLayer,
    Concat,
    Convolution,
    Dense,
    Flatten,
    GlobalAverage,
    GlobalMax,
    Lstm,
    MaxPool,
)
from edgegenre.network.network import Input, Network, Node, chain
from edgegenre.network.shape import Shape
from edgegenre.zoo.registry import model
from tests.networks import random_integers


def graph(*nodes: tuple[str, AnyLayer, tuple[str, ...]], time: int = 40) -> Network:
    made = tuple(Node(name=name, layer=layer, inputs=inputs) for name, layer, inputs in nodes)
    return Network(name="graph", inputs=(Input(name="x", shape=Shape(time, 1, 2)),), nodes=made)


def same(kernel: int, channels: int = 2, stride: int = 1) -> Convolution:
    return Convolution(channels=channels, kernel=(kernel, 1), stride=(stride, 1), activation="none")


RESIDUAL = graph(
    ("first", same(3), ("x",)),
    ("second", same(5), ("first",)),
    ("sum", Add(), ("first", "second")),
    ("average", GlobalAverage(), ("sum",)),
    ("logits", Dense(units=2), ("average",)),
)


def test_an_early_branch_waits_as_history_of_its_edge() -> None:
    """The second convolution waits for two rows after its own: the sum finds `first` two rows ahead of `second`."""
    plan = RESIDUAL.stream_plan()
    early, late = plan.rows["sum"].edges
    assert (plan.rows["first"].delay, plan.rows["second"].delay, plan.rows["sum"].delay) == (1, 3, 3)
    assert (early.history, late.history) == (2, 0)
    assert (early.ring, late.ring) == (3, 1)
    assert plan.rows["sum"].span == (-3, 3)


def test_two_readers_share_the_longest_ring() -> None:
    """`first` is read by a kernel of five rows and by the sum, which needs the row before the last two."""
    plan = RESIDUAL.stream_plan()
    assert plan.ring_rows("first") == 5
    assert plan.ring_rows("second") == 0
    price = {layer.name: layer.state_bytes for layer in costs(RESIDUAL, frames_per_second=1).layers}
    assert (price["first"], price["second"], price["sum"]) == (3 * 2, 5 * 2, 0)


def test_a_step_of_ds_crnn1_takes_16_frames() -> None:
    """First convolution stride 4, second block stride 2, pool 2."""
    plan = model("ds-crnn1").build(13).stream_plan()
    assert plan.frames_per_step == 16
    assert (plan.leading.name, plan.leading_source) == ("gru", "pool")
    assert plan.leading_rows.total == 37


def test_branches_of_unequal_rate_do_not_meet() -> None:
    """Both make 20 rows, one of every frame without padding, the other of every second one."""
    network = graph(
        ("slow", same(3, stride=2), ("x",)),
        ("fast", Convolution(channels=2, kernel=(21, 1), padding="valid"), ("x",)),
        ("sum", Add(), ("slow", "fast")),
        ("average", GlobalAverage(), ("sum",)),
        ("logits", Dense(units=2), ("average",)),
    )
    with pytest.raises(NetworkError, match=r"'sum' joins branches of unequal rate \(1, 2 frames a row\)"):
        network.stream_plan()


def test_what_no_head_ends_cannot_stream() -> None:
    with pytest.raises(NetworkError, match="nothing ends the time axis"):
        chain("rows", input_shape=Shape(8, 1, 1), layers=[("conv", same(3))]).stream_plan()


def test_a_dense_layer_on_flattened_maps_keeps_sums_alone() -> None:
    """Two flattened branches side by side: 4 bytes a unit in place of 40 x 2 + 20 x 2 values."""
    network = graph(
        ("left", same(3), ("x",)),
        ("right", MaxPool(window=(2, 1)), ("x",)),
        ("flat_left", Flatten(), ("left",)),
        ("flat_right", Flatten(), ("right",)),
        ("joined", Concat(), ("flat_left", "flat_right")),
        ("hidden", Convolution(channels=7, kernel=(1, 1)), ("joined",)),
        ("logits", Dense(units=2), ("hidden",)),
    )
    plan = network.stream_plan()
    (head,) = plan.heads
    assert (head.name, head.sums) == ("hidden", True)
    assert [(feed.source, feed.offset) for feed in head.feeds] == [("left", 0), ("right", 80)]
    price = {layer.name: layer.state_bytes for layer in costs(network, frames_per_second=1).layers}
    assert (price["flat_left"], price["joined"], price["hidden"]) == (0, 0, 4 * 7)


@pytest.mark.parametrize("head", [Flatten(), Lstm(units=2, returns_rows=True)])
def test_what_needs_a_whole_window_has_no_continuous_mode(head: AnyLayer) -> None:
    last: list[tuple[str, AnyLayer]] = [("last", Lstm(units=2))] if isinstance(head, Lstm) else []
    network = chain(
        "window",
        input_shape=Shape(12, 1, 1),
        layers=[("conv", same(3)), ("head", head), *last, ("logits", Dense(units=2))],
    )
    with pytest.raises(QuantizationError, match=r"has no continuous mode: .* needs one whole window"):
        IntegerStream(random_integers(network), mode="continuous")


def test_maximum_and_mean_may_end_one_tensor() -> None:
    network = graph(
        ("conv", same(3), ("x",)),
        ("largest", GlobalMax(), ("conv",)),
        ("average", GlobalAverage(), ("conv",)),
        ("both", Concat(), ("largest", "average")),
        ("logits", Dense(units=2), ("both",)),
    )
    plan = network.stream_plan()
    assert [head.name for head in plan.heads] == ["largest", "average"]
    assert plan.tail == ("both", "logits")
