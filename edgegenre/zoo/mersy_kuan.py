"""Mersy and Kuan: music genre classification by separated stems, with standard and depthwise separable convolutions.

Four small models for ten seconds of electronic dance music: two hear the stems bass, drums and other as three channels
of a mel spectrogram, two hear one channel, the whole mix or the mix without its vocals.

docs/papers/004-mersy-kuan.md says what the paper leaves open and what was decided.
"""

import dataclasses
from collections.abc import Mapping
from functools import partial

from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.protocol import Frontend
from edgegenre.network.layers import AnyLayer, Concat, Convolution, Dense, DepthwiseConv, Flatten, MaxPool
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Penalty, Protocol
from edgegenre.zoo.entry import ZooEntry

PAPER = "Mersy & Kuan"
CLASSES = 6
FILTERS = 3
KERNEL = (3, 3)
POOL = (2, 2)


def heard(name: str) -> MelDecibels:
    """458 frames of 128 bands, 10.7 s, of what is heard of a song (`audio.stems.HEARD`)."""
    return MelDecibels(
        sample_rate=22_050,
        frame_length=2048,
        hop_length=512,
        window_frames=458,
        mel_bands=128,
        low_hz=0.0,
        high_hz=11_025.0,
        power_floor=1e-10,
        heard=name,
    )


STEMS: Mapping[str, Frontend] = {stem: heard(stem) for stem in ("bass", "drums", "other")}


def network(name: str, frontends: Mapping[str, Frontend], classes: int = CLASSES, *, separable: bool) -> Network:
    """Two convolutions of three filters with batch norm, ReLU and a max pool each; the logits of the flattened map.

    Several inputs are joined as channels. separable: each convolution is a depthwise one without batch norm, bias and
    activation, and a pointwise one.
    """
    nodes: list[Node] = []

    def add(name: str, layer: AnyLayer, *inputs: str) -> str:
        nodes.append(Node(name=name, layer=layer, inputs=inputs))
        return name

    tensor = add("stems", Concat(), *frontends) if len(frontends) > 1 else next(iter(frontends))
    for number in (1, 2):
        if separable:
            depthwise = DepthwiseConv(kernel=KERNEL, batch_norm=False, bias=False, activation="none")
            tensor = add(f"depthwise{number}", depthwise, tensor)
            tensor = add(f"pointwise{number}", Convolution(channels=FILTERS, kernel=(1, 1)), tensor)
        else:
            tensor = add(f"conv{number}", Convolution(channels=FILTERS, kernel=KERNEL), tensor)
        tensor = add(f"pool{number}", MaxPool(window=POOL), tensor)
    add("logits", Dense(units=classes), add("flat", Flatten(), tensor))
    inputs = tuple(Input(name=name, shape=Shape(*spec.window_shape)) for name, spec in frontends.items())
    return Network(name=name, inputs=inputs, nodes=tuple(nodes))


PAPER_LAST = Protocol(
    name="paper-last",
    phases=(Phase(epochs=6, learning_rate=1e-3, batch=32),),
    dropout={"logits": 0.5},
    penalties=(Penalty(norm="l1", factor=0.01, of="kernels"), Penalty(norm="l2", factor=0.01, of="kernels")),
    class_weights="balanced",
    batch_norm_momentum=0.1,
    watch_test=True,
)
"""Section 2, with the weights of the last epoch."""

PROTOCOL = dataclasses.replace(PAPER_LAST, name="paper", final_weights=FinalWeights(by="loss"))
"""The paper keeps the epoch of the lowest loss on its test songs; here on songs that are for validation alone. The test
songs are watched, so that `edgegenre reproduce` can tell what that epoch scored.
"""


def _entry(name: str, frontends: Mapping[str, Frontend], accuracy: float, *, separable: bool = False) -> ZooEntry:
    return ZooEntry(
        name=name,
        family="DS-CNN" if separable else "CNN",
        paper=PAPER,
        frontends=frontends,
        paper_classes=CLASSES,
        paper_parameters=None,
        paper_accuracy=accuracy,
        paper_scored="segments of 66 songs, mean of 50 trials",
        standard_partner=None,
        build=partial(network, name, frontends, separable=separable),
        protocols={"paper": PROTOCOL, "paper-last": PAPER_LAST},
    )


ENTRIES = (
    _entry("stem3-cnn", STEMS, 45.6),
    _entry("stem3-ds", STEMS, 45.1, separable=True),
    _entry("spec1-full", {"features": heard("mix")}, 38.0),
    _entry("spec1-novox", {"features": heard("no-vocals")}, 38.4),
)
