"""Benito Calvino and Pacheco Garcia: Tables 1 to 3, three inputs, whole and segmented, with and without dropout."""

from edgegenre.reproduce.paper_table import Cell, ResultTable


def _cell(model: str, printed: float, recipe: str = "paper") -> Cell:
    return Cell(model=model, recipe=recipe, metric="accuracy", printed=printed)


_DROPOUT = "paper-dropout"
_SPLIT = (
    "The paper divides FMA small 80 : 10 : 10; --split published takes the published parts, which keep artists apart."
)

TABLES = (
    ResultTable(
        number="1",
        name="Table 1",
        caption="Accuracy of test tracks in percent, by input: samples, spectrum, both.",
        rows=("not segmented", "segmented"),
        columns=("1D input", "2D input", "1D+2D input"),
        cells=(
            (_cell("res-1d", 0.264), _cell("res-2d", 0.395), _cell("res-1d2d", 0.376)),
            (
                _cell("res-1d-segments", 0.314),
                _cell("res-2d-segments", 0.429),
                _cell("res-1d2d-segments", 0.428),
            ),
        ),
        notes=(f"Table 1: {_SPLIT}",),
    ),
    ResultTable(
        number="2",
        name="Table 2",
        caption="Accuracy of test tracks in percent, segmented, with a dropout of 0.2 after each layer but the last.",
        rows=("segmented, dropout",),
        columns=("2D input", "1D+2D input"),
        cells=((_cell("res-2d-segments", 0.378, _DROPOUT), _cell("res-1d2d-segments", 0.369, _DROPOUT)),),
        notes=("Table 2: what stands next to it in the paper, segmented without dropout, is in its Table 1.",),
    ),
    ResultTable(
        number="3",
        name="Table 3",
        caption="Accuracy of test tracks in percent, segmented, without and with a dropout of 0.2.",
        rows=("without dropout", "with dropout"),
        columns=("2D input", "1D+2D input"),
        cells=(
            (_cell("res-2d-segments", 0.469), _cell("res-1d2d-segments", 0.0)),
            (_cell("res-2d-segments", 0.423, _DROPOUT), _cell("res-1d2d-segments", 0.0, _DROPOUT)),
        ),
        notes=(
            "Table 3 is a draft that was left in: it repeats Table 2's caption with other figures than Tables 1 and 2, "
            "and two of its four are zero. Quote those.",
        ),
    ),
)
