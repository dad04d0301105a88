"""The audit as tables: the models and their twins, every comparison, what was saved in fact, accuracies."""

from collections.abc import Sequence

from edgegenre.records.words import accuracy_words, data_words, millions, milliseconds
from edgegenre.report.audit import Audit
from edgegenre.report.audit_pairs import Work
from edgegenre.report.elsewhere import Elsewhere
from edgegenre.report.places import Place
from edgegenre.report.tables import NOTHING, Table, kilobytes, make_table

_VIEWS = {"parameters": "equal parameters", "width": "equal width", "accuracy": "equal accuracy"}


def audit_table(found: Audit) -> Table:
    """Every model and twin: what it holds and costs, beside the paper's Table II, and what a clip takes everywhere."""
    return make_table(
        caption="Every model and, below, the standard network of equal width of each separable one. Parameters, "
        "multiplies and RAM of an int8 stream are computed; int8 weights take a byte a parameter. Printed: Table II of "
        "Liang et al. 2019 (Extended Ballroom, mean of ten runs). Times are processor milliseconds on one thread, "
        "measured; columns of cores are emulated instructions of a clip. Networks that were not trained have random "
        f"weights, which cost the same. {_artist_words(found)}",
        columns=[
            ("model", "text"),
            ("separable", "text"),
            ("parameters", "number"),
            ("printed", "number"),
            ("accuracy, printed", "number"),
            ("accuracy by artist, ours", "number"),
            ("multiplies", "number"),
            ("int8 size", "number"),
            ("RAM, streaming", "number"),
            *((place.name, "number") for place in found.places),
        ],
        rows=[
            (
                work.name,
                "yes" if work.separable else "no",
                f"{work.parameters:,}",
                f"{work.printed_parameters:,}" if work.printed_parameters else NOTHING,
                f"{work.printed_accuracy:.2f} %" if work.printed_accuracy else NOTHING,
                _artist_cell(work, found),
                millions(work.multiplies),
                kilobytes(work.parameters),
                kilobytes(work.stream_bytes),
                *(_cost(found.costs[place].get(work.name), place) for place in found.places),
            )
            for work in found.works
        ],
    )


def _artist_words(found: Audit) -> str:
    accuracies = list(found.by_artist.values())
    if not accuracies:
        return "No accuracy on artists apart was measured."
    repeats = f", {accuracies[0].repeats} trainings" if accuracies[0].repeats else ""
    return (
        f"By artist: int8 on {data_words(accuracies[0])}{repeats}, no artist both learned from and tested, with 95 % "
        "intervals."
    )


def _artist_cell(work: Work, found: Audit) -> str:
    """Twins are never trained."""
    if work.name in found.by_artist:
        return accuracy_words(found.by_artist[work.name])
    trained = work.printed_accuracy is not None
    return "not measured" if trained and found.by_artist else NOTHING


def pairing_table(found: Audit) -> Table:
    """Every comparison: savings in multiplies, and at each place in time or instructions."""
    return make_table(
        caption="Savings are standard over separable: above 1 the separable model needs less. Multiplies by formulas "
        "(2) and (4) of Liang et al. 2019, computed.",
        columns=[
            ("separable", "text"),
            ("standard", "text"),
            ("held equal", "text"),
            ("multiplies", "number"),
            ("saving", "number"),
            ("convolutions alone", "number"),
            ("parameters", "number"),
            *((f"saved, {place.name}", "number") for place in found.places),
        ],
        rows=[
            (
                item.separable.name,
                item.standard.name,
                _VIEWS[item.view],
                f"{millions(item.separable.multiplies)} / {millions(item.standard.multiplies)}",
                f"{item.saving:.2f}×",
                f"{item.convolution_saving:.2f}×",
                f"{item.separable.parameters:,} / {item.standard.parameters:,}",
                *(f"{at.saving:.2f}×" if (at := item.at(place)) else NOTHING for place in found.places),
            )
            for item in (*found.equal_parameters, *found.equal_width, *found.equal_accuracy)
        ],
    )


def elsewhere_table(found: Sequence[Elsewhere]) -> Table:
    """The other papers' separable networks beside standard ones."""
    places = list(dict.fromkeys(at.place for item in found for at in item.measured))
    return make_table(
        caption="Separable convolution in the other papers; savings are standard over separable. Multiplies of a "
        "window or patch and parameters are computed, what was saved in time is measured on one thread.",
        columns=[
            ("paper", "text"),
            ("separable", "text"),
            ("standard", "text"),
            ("multiplies", "number"),
            ("saving", "number"),
            ("parameters", "number"),
            *((f"saved, {place.name}", "number") for place in places),
            ("the paper says", "long"),
        ],
        rows=[
            (
                item.paper,
                item.separable.name,
                item.standard.name,
                f"{millions(item.separable.multiplies)} / {millions(item.standard.multiplies)}",
                f"{item.saving:.2f}×",
                f"{item.separable.parameters:,} / {item.standard.parameters:,}",
                *(_saved(item, place) for place in places),
                item.claim,
            )
            for item in found
        ],
    )


def _saved(item: Elsewhere, place: Place) -> str:
    return next((f"{at.saving:.2f}×" for at in item.measured if at.place == place), NOTHING)


def realized_table(found: Audit) -> Table | None:
    """How much of the multiplies saved is saved in fact, one row a place; None where nothing was measured."""
    if not found.realized:
        return None
    kinds = [(view, recurrent) for view in ("parameters", "width") for recurrent in (False, True)]
    rows = []
    for place in dict.fromkeys(item.place for item in found.realized):
        cells = []
        for kind in kinds:
            item = next((one for one in found.realized if (one.view, one.recurrent, one.place) == (*kind, place)), None)
            told = f"{item.saving:.2f}× of {item.multiply_saving:.2f}×: {100 * item.share:.0f} %" if item else NOTHING
            cells.append(told)
        rows.append((place.name, *cells, place.provenance))
    return make_table(
        caption="Saved in fact, of the saving in multiplies, and the share: geometric means over the pairs that were "
        "measured at a place. 100 % means that time or instructions follow the multiplies.",
        columns=[
            ("place", "text"),
            ("equal parameters, CNN", "number"),
            ("equal parameters, CRNN", "number"),
            ("equal width, CNN", "number"),
            ("equal width, CRNN", "number"),
            ("provenance", "badge"),
        ],
        rows=rows,
    )


def _cost(value: float | None, place: Place) -> str:
    if value is None:
        return NOTHING
    return milliseconds(value) if place.unit == "ms" else millions(value)


def accuracy_table(found: Audit) -> Table | None:
    """The points of the accuracy-against-cost curves; None where nothing can be compared."""
    rows = [
        (
            point.model,
            point.family,
            "yes" if point.separable else "no",
            millions(point.multiplies),
            accuracy_words(point.accuracy),
            f"{100 * point.accuracy.macro_f1:.1f} %" if point.accuracy.macro_f1 is not None else NOTHING,
            {"artist": "artist", "track": "track", None: NOTHING}[point.accuracy.grouping],
            curve.title,
        )
        for curve in found.curves
        for point in sorted(curve.points, key=lambda point: (point.family, point.multiplies))
    ]
    if not rows:
        return None
    return make_table(
        caption="Accuracies that may be compared, with 95 % intervals: the same data, split and arithmetic. Grouped by "
        "artist, no artist is both learned from and tested; by track alone, figures flatter.",
        columns=[
            ("model", "text"),
            ("family", "text"),
            ("separable", "text"),
            ("multiplies", "number"),
            ("accuracy", "number"),
            ("macro F1", "number"),
            ("grouped by", "text"),
            ("scored on", "long"),
        ],
        rows=rows,
    )
