"""A crafted network costs neither minutes nor gigabytes: its sizes refuse it, with the number that is too large."""

import math
from typing import Any

import pytest

from edgegenre.errors import NetworkError
from edgegenre.limits import (
    LARGEST_TENSOR,
    LONGEST_WINDOW_SECONDS,
    MOST_FRAMES_PER_SECOND,
    MOST_LAYERS,
    MOST_MULTIPLIES,
    MOST_STATE_BYTES,
    MOST_WEIGHTS,
    check_frames,
    check_network,
)
from edgegenre.network.description import network_from_dict

NAME = "crafted"


def description(shape: list[int], *nodes: dict[str, Any]) -> dict[str, Any]:
    """A chain of `nodes` on an input of `shape`."""
    names = ["features", *(f"layer{number}" for number in range(len(nodes)))]
    chained = [
        {"name": name, "inputs": [before]} | node for before, name, node in zip(names, names[1:], nodes, strict=False)
    ]
    return {"name": NAME, "inputs": [{"name": "features", "shape": shape}], "nodes": chained}


def convolution(channels: int, kernel: tuple[int, int]) -> dict[str, Any]:
    shape = {"kernel": list(kernel), "stride": [1, 1]}
    return {
        "kind": "convolution",
        "channels": channels,
        **shape,
        "batch_norm": True,
        "activation": "relu",
        "padding": "same",
    }


MILLION = 1 << 20

CRAFTED = {
    "layers of a million channels": (description([599, 12, 1], convolution(MILLION, (1, 1))), 599 * 12 * MILLION),
    "an input of a tebi of values": (description([MILLION, MILLION, 1], convolution(1, (1, 1))), MILLION * MILLION),
    "a kernel as long as the window": (description([599, 599, 40], convolution(1, (599, 599))), 599**4 * 40),
    "many weights": (description([1, 1, MILLION], convolution(128, (1, 1))), 128 * MILLION + 2 * 128),
    "hours of multiplies": (description([4096, 64, 64], *[convolution(64, (8, 8))] * 300), None),
    "a ring of gigabytes": (description([64, 4, MILLION], {"kind": "average_pool", "window": [64, 4]}), 256 * MILLION),
    "a recurrent layer of a million units": (
        description([1, 1, 1], {"kind": "gru", "units": MILLION, "returns_rows": False}),
        None,
    ),
    "thousands of layers": (description([2, 2, 1], *[convolution(1, (1, 1))] * 1001), 1001),
}


@pytest.mark.parametrize(("data", "number"), CRAFTED.values(), ids=CRAFTED)
def test_a_crafted_network_is_refused_with_the_number_in_the_sentence(data: dict[str, Any], number: int | None) -> None:
    with pytest.raises(NetworkError, match=f"{number:,}" if number else r"\d,\d{3},\d{3}"):
        network_from_dict(data)


def test_what_lies_at_a_bound_is_read_and_one_more_is_not() -> None:
    def check(*, tensor: int = 1, multiplies: int = 0, weights: int = 0, state_bytes: int = 0, layers: int = 1) -> None:
        names = [f"layer{number}" for number in range(layers)]
        check_network(
            NAME,
            tensors=dict.fromkeys(names, (1, 1, tensor)),
            multiplies={name: multiplies if name == "layer0" else 0 for name in names},
            weights={"layer0": weights},
            state_bytes={"layer0": state_bytes},
        )

    bounds = {
        "tensor": LARGEST_TENSOR,
        "weights": MOST_WEIGHTS,
        "state_bytes": MOST_STATE_BYTES,
        "layers": MOST_LAYERS,
    }
    for name, bound in bounds.items():
        check(**{name: bound})
        with pytest.raises(NetworkError, match=f"more than {bound:,}"):
            check(**{name: bound + 1})
    channels = math.ceil(MOST_MULTIPLIES / (1 << 20))
    check(tensor=channels, multiplies=MOST_MULTIPLIES)
    with pytest.raises(NetworkError, match=f"{MOST_MULTIPLIES + 1:,} multiplies"):
        check(tensor=channels, multiplies=MOST_MULTIPLIES + 1)


def test_a_hop_of_one_sample_and_an_endless_window_are_refused() -> None:
    check_frames(frames_per_second=MOST_FRAMES_PER_SECOND, window_seconds=LONGEST_WINDOW_SECONDS)
    with pytest.raises(NetworkError, match="16,000 frames a second"):
        check_frames(frames_per_second=16_000, window_seconds=30)
    with pytest.raises(NetworkError, match="10,000 s"):
        check_frames(frames_per_second=20, window_seconds=10_000)
