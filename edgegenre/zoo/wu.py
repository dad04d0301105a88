"""Wu: Music Genre Classification (2022), what it feeds with MFCC: a multilayer perceptron and three LSTM in a row.

Both hear pieces of 3 s, 126 frames. docs/papers/003-wu.md says what the paper leaves open, what was decided, and which
of its systems are not here.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.kinds.summary import Summary
from edgegenre.frontend.protocol import Frontend
from edgegenre.network.layers import AnyLayer, Convolution, Dense, FlattenRows, Lstm
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Protocol
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.search import Hyperparameters, SearchSpace

PAPER = "Wu"
CLASSES = 10
HIDDEN = (448, 672, 32)
STATES = (416, 32, 48)


def mfcc(coefficients: int) -> Mfcc:
    """126 frames of this many coefficients, 3.0 s at 22,050 Hz."""
    return Mfcc(
        sample_rate=22_050,
        frame_length=2048,
        hop_length=512,
        window_frames=126,
        mel_bands=128,
        low_hz=0.0,
        high_hz=11_025.0,
        power_floor=1e-10,
        coefficients=coefficients,
    )


SUMMARY = Summary(of=mfcc(20))
SEQUENCE = mfcc(13)


def perceptron(classes: int = CLASSES, hidden: tuple[int, ...] = HIDDEN, features: int = SUMMARY.frequency) -> Network:
    """Three hidden layers with ReLU over a row of features, by default 20 means and 20 deviations."""
    return perceptron_over("mlp", features, hidden, classes)


def perceptron_over(name: str, features: int, hidden: Sequence[int], classes: int) -> Network:
    """Hidden layers with ReLU over one row of so many features, which the first reads as one window; the logits."""
    layers: list[tuple[str, AnyLayer]] = []
    kernel = (1, features)
    for number, units in enumerate(hidden, start=1):
        layers.append((f"dense{number}", Convolution(channels=units, kernel=kernel, padding="valid", batch_norm=False)))
        kernel = (1, 1)
    layers.append(("logits", Dense(units=classes)))
    return chain(name, input_shape=Shape(1, features, 1), layers=layers)


def recurrent(classes: int = CLASSES, states: tuple[int, ...] = STATES) -> Network:
    """Three LSTM over the frames."""
    return recurrent_over("lstm", Shape(*SEQUENCE.window_shape), states, classes)


def recurrent_over(name: str, shape: Shape, states: Sequence[int], classes: int) -> Network:
    """LSTM one on another over the rows of an input of that shape; the last state of the last gives the logits."""
    layers: list[tuple[str, AnyLayer]] = [("rows", FlattenRows())]
    for number, units in enumerate(states, start=1):
        layers.append((f"lstm{number}", Lstm(units=units, returns_rows=number < len(states))))
    layers.append(("logits", Dense(units=classes)))
    return chain(name, input_shape=shape, layers=layers)


def paper_protocol(
    epochs: int, dropout: Mapping[str, float], *, batch: int = 12, final_weights: FinalWeights | None = None
) -> Protocol:
    """Section IV; four fifths to train and to validate, four fifths of these to train."""
    return Protocol(
        name="paper",
        phases=(Phase(epochs=epochs, learning_rate=1e-3, batch=batch),),
        dropout=dropout,
        final_weights=final_weights or FinalWeights(),
        split=(16, 4, 5),
        repeats=2,
    )


SEARCH = dataclasses.replace(
    paper_protocol(50, {}, final_weights=FinalWeights(by="accuracy", patience=5)), name="space paper"
)
"""How every trial of the paper's search is trained: stopped early, on validation accuracy. The paper says that it stops
so, and neither how patiently nor after how many epochs at most.
"""

SPACES = {
    "mlp": SearchSpace(
        units=(range(32, 1025, 32),) * 3,
        dropout={"dense2": (0.0, 0.25), "dense3": (0.0, 0.25), "logits": (0.0, 0.25)},
        learning_rates=(1e-2, 1e-3, 1e-4),
        batches=range(4, 65, 4),
        best=Hyperparameters(
            units=HIDDEN, dropout={"dense2": 0.0, "dense3": 0.0, "logits": 0.0}, learning_rate=1e-3, batch=12
        ),
        build=perceptron,
        protocol=SEARCH,
    ),
    "lstm": SearchSpace(
        units=(range(16, 513, 16),) * 3,
        dropout={"lstm3": (0.0, 0.1, 0.15, 0.2, 0.25, 0.3)},
        learning_rates=(1e-2, 1e-3, 1e-4),
        batches=range(4, 65, 4),
        best=Hyperparameters(units=STATES, dropout={"lstm3": 0.2}, learning_rate=1e-3, batch=12),
        build=recurrent,
        protocol=SEARCH,
    ),
}
"""What was searched is printed: units, dropout, learning rate, batch. In which range is not: the steps are those that
all printed results are multiples of, the learning rates those of KerasTuner's guide.
"""


def wu_entry(
    name: str,
    family: str,
    frontend: Frontend,
    build: Callable[[int], Network],
    protocol: Protocol,
    *,
    accuracy: float | None,
    scored: str,
    space: SearchSpace | None = None,
) -> ZooEntry:
    """One of the paper's models, or one in its manner: a single input, tracks by the sum of their windows."""
    return ZooEntry(
        name=name,
        family=family,
        paper=PAPER,
        frontends={"features": frontend},
        paper_classes=CLASSES,
        paper_parameters=None,
        paper_accuracy=accuracy,
        paper_scored=scored,
        standard_partner=None,
        build=build,
        protocols={"paper": protocol},
        vote="sum",
        space=space,
    )


_PIECES = "pieces of 3 s of GTZAN, other pieces of the same tracks trained on"

ENTRIES = (
    wu_entry(
        "mlp", "MLP", SUMMARY, perceptron, paper_protocol(11, {}), accuracy=88.9, scored=_PIECES, space=SPACES["mlp"]
    ),
    wu_entry(
        "lstm",
        "LSTM",
        SEQUENCE,
        recurrent,
        paper_protocol(16, {"lstm3": 0.2}),
        accuracy=77.3,
        scored=_PIECES,
        space=SPACES["lstm"],
    ),
)
