"""VGG16 and YAMNet against the counts that are published for them."""

import pytest

from edgegenre.network.costs import costs
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.zoo.described import DESCRIBED, vgg16, yamnet_body


@pytest.mark.parametrize(
    ("name", "parameters", "multiplies"),
    [
        ("vgg16", 203_908_522, 38_242_569_024),
        ("vgg16-gap", 21_456_298, 38_060_116_800),
        ("yamnet", 3_195_456 + 2_689_930, 62 * 68_631_552 + 2_688_256),
        ("yamnet-lstm", 3_195_456 + 3_269_098, 62 * 68_631_552 + 202_464_032),
    ],
)
def test_the_counts_are_those_of_the_paper_s_layers(name: str, parameters: int, multiplies: int) -> None:
    described = DESCRIBED[name]
    assert (described.parameters, described.multiplies) == (parameters, multiplies)


def test_the_body_of_vgg16_is_the_published_one() -> None:
    """14,714,688 parameters in Keras with include_top=False; 13 x 9 places of 512 are left of 432 x 288 pixels."""
    network = vgg16("vgg16", flat=True)
    body = [layer for layer in costs(network, frames_per_second=1).layers if layer.name.startswith("conv")]
    assert sum(layer.parameters for layer in body) == 14_714_688
    assert network.shapes()["pool5"] == (13, 9, 512)
    assert network.shapes()["flat"].values == 59_904


def test_yamnet_is_the_published_one() -> None:
    """3.7 M weights and 69.2 M multiplies with its layer of 521 classes (tensorflow/models, yamnet)."""
    found = costs(yamnet_body(), frames_per_second=100)
    biases = sum(
        shape.channels for name, shape in yamnet_body().shapes().items() if name not in ("features", "average")
    )
    assert found.parameters - biases == 3_184_512
    assert round((found.parameters - biases + 1024 * 521 + 521) / 1e6, 1) == 3.7
    assert round((found.multiplies + 1024 * 521) / 1e6, 2) == 69.17
    assert yamnet_body().shapes()["pointwise14"] == (3, 2, 1024)


def test_yamnet_in_standard_convolutions_would_multiply_nearly_nine_times_as_often() -> None:
    """Thirteen layers of 3 x 3 x in x out in place of 3 x 3 x in + in x out, at the same places."""
    wide = costs(with_standard_convolutions(yamnet_body()), frames_per_second=100)
    assert round(wide.multiplies / 68_631_552, 1) == 8.7
