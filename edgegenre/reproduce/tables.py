"""The results as plain texts: tables of ours beside theirs, and sentences that say what the figures are of."""

from edgegenre.datasets.groups import SplitBy
from edgegenre.report.tables import NOTHING, Table, make_table
from edgegenre.reproduce.results import Comparison, Results, Row, Spread
from edgegenre.zoo.described import DESCRIBED

WAYS: dict[SplitBy, str] = {"track": "by track", "artist": "by artist", "published": "published split"}


def title(results: Results) -> str:
    """One line: whose table this is."""
    return f"The models of {results.plan.paper.words}: theirs and ours"


def sentences(results: Results) -> list[str]:
    """What the figures are of: which data stood in for which, how it was divided, what is not there."""
    plan = results.plan
    found = [_data_words(results), _split_words(results)]
    if len(results.outcomes) < len(plan.jobs):
        found.append(f"Unfinished: {len(results.outcomes)} of {len(plan.jobs)} runs are done; the table is of these.")
    found += plan.notes
    scored = {row.entry.paper_scored for row in results.rows}
    found.append(f"The paper's accuracy is of: {'; '.join(sorted(scored))}. Ours is of test tracks.")
    found += [
        f"{described.name}, {described.paper_accuracy:.2f} % in the paper, is not trained: it needs {described.needs}."
        for described in DESCRIBED.values()
        if described.paper == plan.paper.words and described.paper_accuracy is not None
    ]
    found += [
        f"{entry.name}, {entry.printed_accuracy} in the paper, stands on weights from a file: it is trained where it "
        "is named."
        for entry in plan.paper.entries
        if entry.backbone is not None and entry not in [trained for trained, _ in plan.models]
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
    recipes = sorted({protocol.name for _, protocol in plan.models})
    repeats = "1 repeat" if plan.repeats == 1 else f"{plan.repeats} repeats"
    folds = "" if plan.folds is None else f" of {plan.folds} folds each"
    drawn = (
        "on the published split: what repeats and tests tell is the chance of training alone, not that of other tracks"
        if plan.ways == ("published",)
        else "each on splits of its own, which are the same for every model"
    )
    return f"Ours by the recipe {', '.join(recipes)}: {repeats}{folds}, {drawn}; mean ± standard deviation over runs."


def main_table(results: Results) -> Table:
    """A row for each model: parameters, multiplies and accuracy, theirs and ours."""
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
    entry = row.entry
    cells = [
        entry.name,
        NOTHING if entry.paper_parameters is None else f"{entry.paper_parameters:,}",
        f"{row.parameters:,}",
        f"{row.multiplies / 1e6:.1f} M",
        f"{entry.paper_accuracy:.2f}",
    ]
    for by in ways:
        score = row.scores[by]
        spreads = [None] * 4 if score is None else [score.accuracy, score.macro_f1, score.windows, score.baseline]
        cells += [_spread(spread) for spread in spreads]
        cells.append("0" if score is None else str(score.accuracy.runs))
    return cells


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return NOTHING
    deviation = "" if spread.deviation is None else f" ± {100 * spread.deviation:.1f}"
    return f"{100 * spread.mean:.1f}{deviation}"


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
        _p(difference.p),
        _p(comparison.p_holm),
    ]


def _p(value: float | None) -> str:
    if value is None:
        return NOTHING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
