"""Benito Calvino and Pacheco Garcia: Data Input Approaches for CNNs towards Music Genre Recognition.

The residual network of Zhang et al. (2016) fed with the spectrum, with the samples, or with both, each time on the
first 22.7 s of a track ("whole") or on segments of 3 s.

A 1-D convolution of 3072 samples that advances by 1024 is one of (3, 1024) over rows of 1024 samples, without padding;
one of (4, 1025) over frames of 2048 samples gives as many rows. docs/papers/002-calvino-pacheco.md says what the paper
leaves open and what was decided.
"""

import dataclasses
from functools import partial

from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.protocol import Frontend
from edgegenre.network.layers import Add, AnyLayer, Concat, Convolution, Dense, Elu, GlobalAverage, GlobalMax
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.segments import OverlappingSegments
from edgegenre.zoo.entry import ZooEntry

PAPER = "Calvino & Pacheco"
CLASSES = 8
MAPS = 256
HIDDEN = (300, 150)

SPECTRUM = Magnitude(sample_rate=44_100, frame_length=2048, hop_length=1024, window_frames=977, floor=1e-5)
SAMPLES = Raw(sample_rate=44_100, frame_length=1024, hop_length=1024, window_frames=976)
SEGMENT_FRAMES, ADVANCE_FRAMES, SEGMENTS = 128, 64, 14

FIRST_KERNEL = {"spectrum": (4, 1025), "samples": (3, 1024)}
KERNEL = (4, 1)

PROTOCOL = Protocol(
    name="paper",
    phases=(Phase(epochs=15, learning_rate=5e-4, batch=50),),
    batch_norm_momentum=0.1,
)
"""Section V."""

DROPOUT = {"conv2": 0.2, "conv3": 0.2, "sum": 0.2, "dense2": 0.2, "logits": 0.2}
"""Section V: after each layer but the last."""


def whole_inputs(*names: str) -> dict[str, Frontend]:
    """The front ends of these inputs for the first 22.7 s."""
    known: dict[str, Frontend] = {"spectrum": SPECTRUM, "samples": SAMPLES}
    return {name: known[name] for name in names}


def segment_inputs(*names: str) -> dict[str, Frontend]:
    """The same for segments of 3 s: 128 frames, or the 127 rows of samples that give as many rows."""
    known: dict[str, Frontend] = {
        "spectrum": dataclasses.replace(SPECTRUM, window_frames=SEGMENT_FRAMES),
        "samples": dataclasses.replace(SAMPLES, window_frames=SEGMENT_FRAMES - 1),
    }
    return {name: known[name] for name in names}


def network(name: str, frontends: dict[str, Frontend], classes: int = CLASSES) -> Network:
    """Three convolutions, the first one's output added to the third's; maximum and mean over time; three dense layers.

    Batch norm and ELU follow every layer but the last. Several inputs share the maps of the first layer evenly.
    """
    nodes: list[Node] = []

    def add(name: str, layer: AnyLayer, *inputs: str) -> str:
        nodes.append(Node(name=name, layer=layer, inputs=inputs))
        return name

    def activated(name: str, layer: Convolution, source: str) -> str:
        return add(f"{name}_elu", Elu(), add(name, layer, source))

    firsts = []
    for source in frontends:
        maps = MAPS // len(frontends)
        first = Convolution(channels=maps, kernel=FIRST_KERNEL[source], padding="valid", activation="none")
        firsts.append(activated(f"conv1_{source}" if len(frontends) > 1 else "conv1", first, source))
    early = add("conv1", Concat(), *firsts) if len(firsts) > 1 else firsts[0]
    late = early
    for number in (2, 3):
        late = activated(f"conv{number}", Convolution(channels=MAPS, kernel=KERNEL, activation="none"), late)
    total = add("sum", Add(), early, late)
    tensor = add("pooled", Concat(), add("maximum", GlobalMax(), total), add("average", GlobalAverage(), total))
    for number, units in enumerate(HIDDEN, start=1):
        tensor = activated(f"dense{number}", Convolution(channels=units, kernel=(1, 1), activation="none"), tensor)
    add("logits", Dense(units=classes), tensor)
    inputs = tuple(Input(name=name, shape=Shape(*spec.window_shape)) for name, spec in frontends.items())
    return Network(name=name, inputs=inputs, nodes=tuple(nodes))


def _entry(name: str, frontends: dict[str, Frontend], accuracy: float, *, segmented: bool) -> ZooEntry:
    plain = PROTOCOL
    if segmented:
        plain = dataclasses.replace(plain, segments=OverlappingSegments(advance_frames=ADVANCE_FRAMES, most=SEGMENTS))
    dropped = dataclasses.replace(plain, name="paper-dropout", dropout=DROPOUT)
    return ZooEntry(
        name=name,
        family="ResNet",
        paper=PAPER,
        frontends=frontends,
        paper_classes=CLASSES,
        paper_parameters=None,
        paper_accuracy=accuracy,
        paper_scored="tracks of FMA small",
        standard_partner=None,
        build=partial(network, name, frontends),
        protocols={"paper": plain, "paper-dropout": dropped},
        vote="sum",
    )


ENTRIES = (
    _entry("res-1d", whole_inputs("samples"), 26.4, segmented=False),
    _entry("res-2d", whole_inputs("spectrum"), 39.5, segmented=False),
    _entry("res-1d2d", whole_inputs("spectrum", "samples"), 37.6, segmented=False),
    _entry("res-1d-segments", segment_inputs("samples"), 31.4, segmented=True),
    _entry("res-2d-segments", segment_inputs("spectrum"), 42.9, segmented=True),
    _entry("res-1d2d-segments", segment_inputs("spectrum", "samples"), 42.8, segmented=True),
)
