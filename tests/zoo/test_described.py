"""VGG16 as the paper has it, against the counts that are published for it."""

from edgegenre.network.costs import costs
from edgegenre.zoo.described import DESCRIBED, vgg16


def test_the_counts_are_those_of_the_paper_s_layers() -> None:
    described = DESCRIBED["vgg16"]
    assert (described.parameters, described.multiplies) == (203_908_522, 38_242_569_024)


def test_the_body_of_vgg16_is_the_published_one() -> None:
    """14,714,688 parameters in Keras with include_top=False; 13 x 9 places of 512 are left of 432 x 288 pixels."""
    network = vgg16()
    body = [layer for layer in costs(network, frames_per_second=1).layers if layer.name.startswith("conv")]
    assert sum(layer.parameters for layer in body) == 14_714_688
    assert network.shapes()["pool5"] == (13, 9, 512)
    assert network.shapes()["flat"].values == 59_904
