"""The results as plain texts: tables of ours beside theirs, and sentences that say what the figures are of."""

from edgegenre.datasets.groups import SplitBy
from edgegenre.report.tables import NOTHING, Kind, Table, make_table
from edgegenre.reproduce.distributions import welch_table
from edgegenre.reproduce.paper_table import Cell, LayoutTable, ResultTable
from edgegenre.reproduce.plan import PAPER, variant_name
from edgegenre.reproduce.results import Comparison, Results, Row
from edgegenre.reproduce.words import WAYS, p_words, spread_words
from edgegenre.zoo.described import DESCRIBED
from edgegenre.zoo.papers import Paper


def title(results: Results) -> str:
    """One line: whose table this is."""
    return f"The models of {results.plan.paper.words}: theirs and ours"


def sentences(results: Results) -> list[str]:
    """What the figures are of: which data stood in for which, how it was divided, what is not there."""
    plan = results.plan
    found = [_data_words(results), _split_words(results)]
    if len(results.outcomes) < len(plan.jobs):
        found.append(f"Unfinished: {len(results.outcomes)} of {len(plan.jobs)} runs are done; the table is of these.")
    if "piece" in plan.ways:
        found.append(
            "By piece, leaking: pieces of one track are trained on and tested on, and what is scored is a piece. It is "
            "there to compare with a paper that divides so, and says nothing about new music."
        )
    found += plan.notes
    found += [note for table in plan.tables for note in table.notes]
    scored = {row.variant.entry.paper_scored for row in results.rows}
    ours = "test tracks, by piece of test pieces" if "piece" in plan.ways else "test tracks"
    found.append(f"The paper's accuracy is of: {'; '.join(sorted(scored))}. Ours is of {ours}.")
    found += [
        f"{described.name}, {described.paper_accuracy:.2f} % in the paper, is not trained: it needs {described.needs}."
        for described in DESCRIBED.values()
        if described.paper == plan.paper.words and described.paper_accuracy is not None
    ]
    found += [
        f"{entry.name}, {entry.printed_accuracy} in the paper, stands on weights from a file: it is trained where it "
        "is named."
        for entry in plan.paper.entries
        if entry.backbone is not None and entry not in [variant.entry for variant in plan.variants]
    ]
    return found


def _data_words(results: Results) -> str:
    plan = results.plan
    dataset, paper = plan.dataset, plan.paper
    size = f"{len(dataset.tracks):,} tracks, {len(dataset.labels)} genres"
    if dataset.synthetic:
        return (
            f"The paper's data: {paper.data}; rhythms rendered by edgegenre ({size}) stood in for it: the figures are "
            "synthetic and say nothing about real music."
        )
    # Several folders are one data set "gtzan (mini + more)".
    if paper.layout is not None and dataset.name.partition(" (")[0] == paper.layout:
        return f"The paper's data: {paper.data}; ours goes by the same name, '{dataset.name}': {size}."
    return f"The paper's data: {paper.data}; '{dataset.name}' ({size}) stood in for it."


def _split_words(results: Results) -> str:
    plan = results.plan
    recipes = sorted({variant.protocol.name for variant in plan.variants})
    repeats = "1 repeat" if plan.repeats == 1 else f"{plan.repeats} repeats"
    folds = "" if plan.folds is None else f" of {plan.folds} folds each"
    drawn = (
        "on the published split: what repeats and tests tell is the chance of training alone, not that of other tracks"
        if plan.ways == ("published",)
        else "each on splits of its own, which are the same for every model"
    )
    return f"Ours by the recipe {', '.join(recipes)}: {repeats}{folds}, {drawn}; mean ± standard deviation over runs."


def all_tables(results: Results) -> list[Table]:
    """The paper's tables with ours beside theirs, all variants, and every two of them compared where they can be."""
    found = []
    for table in results.plan.tables:
        found.append(paper_table(results, table))
        tested = welch_table(results, table)
        if tested is not None:
            found.append(tested)
    found.append(main_table(results))
    compared = comparison_table(results)
    return found if compared is None else [*found, compared]


def paper_table(results: Results, table: ResultTable) -> Table:
    """The paper's rows and columns; behind each of its columns ours, once for each kind of split."""
    ways = results.plan.ways
    columns: list[tuple[str, Kind]] = [("", "text")]
    for number, heading in enumerate(table.columns):
        columns.append((f"{heading}, printed", "number"))
        if _counts(table, number):
            columns.append(("ours", "number"))
        else:
            columns += [(_heading(heading, by), "number") for by in ways]
    rows = [
        [heading, *(text for number, cell in enumerate(cells) for text in _texts(results, table, number, cell))]
        for heading, cells in zip(table.rows, table.cells, strict=True)
    ]
    return make_table(
        caption=f"{results.plan.paper.words}, {table.name}. {table.caption} Behind it ours, mean ± standard deviation.",
        columns=columns,
        rows=rows,
    )


def _heading(heading: str, by: SplitBy) -> str:
    return f"{heading}, ours {WAYS[by]}"


def _counts(table: ResultTable, column: int) -> bool:
    """Whether that column holds parameters: a count is the same whatever a split goes by."""
    cells = [row[column] for row in table.cells]
    return any(cell is not None and cell.metric == "parameters" for cell in cells)


def _texts(results: Results, table: ResultTable, column: int, cell: Cell | None) -> list[str]:
    """What is printed, and ours."""
    ways = results.plan.ways
    if _counts(table, column):
        return [NOTHING] * 2 if cell is None else [_count(cell.printed), _count(_parameters(results, cell.model))]
    if cell is None:
        return [NOTHING] * (1 + len(ways))
    scores = [results.score(variant_name(cell.model, cell.recipe), by).get(cell.metric) for by in ways]
    return [NOTHING if cell.printed is None else f"{100 * cell.printed:.2f}", *map(spread_words, scores)]


def _parameters(results: Results, model: str) -> int | None:
    return next((row.parameters for row in results.rows if row.variant.entry.name == model), None)


def _count(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f}"


def main_table(results: Results) -> Table:
    """A row for each variant: parameters, multiplies and accuracy, theirs and ours."""
    ways = results.plan.ways
    scores = [heading for by in ways for heading in _headings(by)]
    return make_table(
        caption="Parameters and multiplies are computed, for the paper's number of genres and one window. "
        "Accuracies in percent, ours of test tracks; windows: of each of their windows for itself; baseline: of a "
        "classical classifier on the same features and tracks.",
        columns=[
            ("model", "text"),
            ("parameters, printed", "number"),
            ("ours", "number"),
            ("multiplies", "number"),
            ("accuracy, printed", "number"),
            *((heading, "number") for heading in scores),
        ],
        rows=[_row(row, ways) for row in results.rows],
    )


def _headings(by: SplitBy) -> list[str]:
    return [
        f"ours, {WAYS[by]}",
        f"macro F1, {WAYS[by]}",
        f"windows, {WAYS[by]}",
        f"baseline, {WAYS[by]}",
        f"runs, {WAYS[by]}",
    ]


def _row(row: Row, ways: tuple[SplitBy, ...]) -> list[str]:
    entry = row.variant.entry
    cells = [
        row.variant.name,
        _count(entry.paper_parameters),
        f"{row.parameters:,}",
        f"{row.multiplies / 1e6:.1f} M",
        NOTHING if entry.paper_accuracy is None or row.variant.recipe != PAPER else f"{entry.paper_accuracy:.2f}",
    ]
    for by in ways:
        score = row.scores[by]
        cells += [spread_words(score.get(metric)) for metric in ("accuracy", "macro_f1", "windows", "baseline")]
        cells.append(str(score["accuracy"].runs) if score else "0")
    return cells


def comparison_table(results: Results) -> Table | None:
    """A row for every two models and kind of split; None where no two were tested on the same tracks."""
    if not results.comparisons:
        return None
    return make_table(
        caption="Accuracy of the first less that of the second on the same test tracks, in points. Interval (95 %) and "
        "p by the corrected resampled t-test (Nadeau and Bengio 2003), which needs two splits whose differences are "
        "not equal; p (Holm) is corrected for the number of pairs.",
        columns=[
            ("models", "text"),
            ("split", "text"),
            ("splits", "number"),
            ("difference", "number"),
            ("95 % interval", "number"),
            ("p", "number"),
            ("p (Holm)", "number"),
        ],
        rows=[_comparison(comparison) for comparison in results.comparisons],
    )


def _comparison(comparison: Comparison) -> list[str]:
    difference = comparison.difference
    interval = NOTHING
    if difference.low is not None and difference.high is not None:
        interval = f"{100 * difference.low:+.1f} to {100 * difference.high:+.1f}"
    return [
        f"{comparison.one} – {comparison.other}",
        WAYS[comparison.by],
        str(comparison.splits),
        f"{100 * difference.value:+.1f}",
        interval,
        p_words(difference.p),
        p_words(comparison.p_holm),
    ]


def layout_table(paper: Paper, table: LayoutTable) -> Table:
    """How the paper says that its models are made, and how ours are; a model that is not trained has no "ours"."""
    entries = {entry.name: entry for entry in paper.entries}
    rows = []
    for row in table.rows:
        ours = table.ours(entries[row.model]) if row.model in entries else (NOTHING,) * len(table.columns)
        pairs = zip(row.printed, ours, strict=True)
        rows.append([row.heading, *(text for pair in pairs for text in pair)])
    return make_table(
        caption=f"{paper.words}, {table.name}. {table.caption}",
        columns=[
            ("", "text"),
            *((f"{heading}, {whose}", "text") for heading in table.columns for whose in ("printed", "ours")),
        ],
        rows=rows,
    )
