"""Pandey, Hossain and Bayraktar: Table I, raw accuracy after 100 and after 200 epochs."""

from edgegenre.reproduce.paper_table import Cell, ResultTable

_PRINTED = (
    ("shallow CNN", "shallow-cnn", 0.6312, 0.638),
    ("deep network", "deep-cnn", 0.6267, 0.631),
    ("CRNN", "lstm-crnn", 0.6452, 0.6472),
)
_ROWS = (
    *((f"{heading}, 100 epochs", model, "paper", printed) for heading, model, printed, _ in _PRINTED),
    *((f"{heading}, 200 epochs", model, "paper-200", printed) for heading, model, _, printed in _PRINTED),
)

TABLES = (
    ResultTable(
        number="1",
        name="Table I",
        caption="Accuracy on GTZAN in percent, mean of 5 runs. Raw: of each segment for itself. The other three are of "
        "tracks, by the vote of their 15 segments.",
        rows=tuple(heading for heading, *_ in _ROWS),
        columns=("raw", "sum of probabilities", "maximum probability", "majority"),
        cells=tuple(
            (
                Cell(model=model, recipe=recipe, metric="windows", printed=printed),
                Cell(model=model, recipe=recipe, metric="sum"),
                Cell(model=model, recipe=recipe, metric="maximum"),
                Cell(model=model, recipe=recipe, metric="majority"),
            )
            for _, model, recipe, printed in _ROWS
        ),
        notes=(
            "Table I prints the accuracy of segments alone; a track's vote is worth many points more, so compare raw "
            "with raw. The paper divides 75 : 25 and watches its test tracks while it trains.",
        ),
    ),
)
