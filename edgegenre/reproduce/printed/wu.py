"""Wu: the accuracies of section 4, and the hyperparameters that its figures list. The paper numbers no table."""

from edgegenre.network.layers import Convolution, Lstm
from edgegenre.reproduce.paper_table import Cell, Layout, LayoutTable, ResultTable
from edgegenre.zoo.entry import ZooEntry

_ACCURACY = (
    ("MLP", "mlp", 0.889),
    ("VGG16", "vgg16", 0.655),
    ("YAMNet", "yamnet", 0.849),
    ("LSTM", "lstm", 0.773),
    ("YAMNet & LSTM", "yamnet-lstm", 0.842),
)


def _ours(entry: ZooEntry) -> tuple[str, ...]:
    network, protocol = entry.build(entry.paper_classes), entry.recipe("paper")
    units = [
        node.layer.channels if isinstance(node.layer, Convolution) else node.layer.units
        for node in network.nodes
        if isinstance(node.layer, Convolution | Lstm)
    ]
    (phase,) = protocol.phases
    dropout = [f"{share:g} before {name}" for name, share in protocol.dropout.items()]
    return (
        ", ".join(map(str, units)),
        ", ".join(dropout) or "none",
        f"{phase.learning_rate:g}",
        str(phase.batch),
        str(phase.epochs),
    )


TABLES = (
    ResultTable(
        number="1",
        name="Section 4",
        caption="Accuracy on GTZAN in percent. What is told apart is a piece of 3 s; vgg16, yamnet and yamnet-lstm "
        "hear whole clips.",
        rows=tuple(heading for heading, *_ in _ACCURACY),
        columns=("accuracy of pieces", "accuracy of tracks"),
        cells=tuple(
            (Cell(model=model, metric="windows", printed=printed), Cell(model=model, metric="sum"))
            for _, model, printed in _ACCURACY
        ),
        notes=(
            "Section 4: the paper deals its pieces out at random, so that pieces of one track are trained on and "
            "tested on: its figures are comparable with ours by piece alone, and those say nothing about new music. "
            "The text also calls LSTM the worst with 60 %, and the hybrid 85 %.",
        ),
    ),
    LayoutTable(
        number="2",
        name="Figures 2 and 5 to 8",
        caption="The best hyperparameters that the paper found with KerasTuner. Ours is read from our networks and "
        "from the recipe 'paper'.",
        columns=("units", "dropout", "learning rate", "batch", "epochs"),
        rows=(
            Layout(heading="MLP", model="mlp", printed=("448, 672, 32", "none", "0.001", "12", "11")),
            Layout(heading="VGG16", model="vgg16", printed=("3072, 1536, 288", "after the first", "0.001", "28", "6")),
            Layout(heading="YAMNet", model="yamnet", printed=("1024, 512, 128", "yes", "0.001", "52", "5")),
            Layout(heading="LSTM", model="lstm", printed=("416, 32, 48", "0.2 after the second", "0.001", "12", "16")),
            Layout(
                heading="YAMNet & LSTM",
                model="yamnet-lstm",
                printed=("480, 128, 80", "0.15 after the first", "0.001", "44", "not printed"),
            ),
        ),
        ours=_ours,
        notes=("Figures 2 and 5 to 8: of the optimizer the learning rate alone is printed; ours is Adam.",),
    ),
)
