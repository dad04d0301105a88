"""Is depthwise separable convolution (DSC) the efficient choice? Three comparisons, on every target that was measured.

Liang et al. compare models of equal parameters. Multiplies are computed here from the network descriptions by formulas
(2) and (4); instructions and times come from records; nothing is taken from the paper's results. Every sentence follows
from the figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgegenre.records.record import Accuracy, Record
from edgegenre.report.audit_curves import Curve, by_artist, comparable_records, curves_of
from edgegenre.report.audit_findings import Finding, accuracy_finding, conclusion, parameter_finding, width_finding
from edgegenre.report.audit_pairs import Pairing, Realized, Work, pairing_of, realized_savings, twin_of, work_of
from edgegenre.report.places import Place, place_costs
from edgegenre.zoo.entry import ZooEntry
from edgegenre.zoo.registry import MODELS


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The three views, in the order of `findings`. The third is empty where no accuracies can be compared.

    works: every model of the zoo that takes part, then the width-matched twins. places: where something was measured.
    by_artist: by model, its accuracy in int8 on real music of artists that it never heard, all on the same data.
    """

    works: tuple[Work, ...]
    equal_parameters: tuple[Pairing, ...]
    equal_width: tuple[Pairing, ...]
    equal_accuracy: tuple[Pairing, ...]
    curves: tuple[Curve, ...]
    places: tuple[Place, ...]
    costs: Mapping[Place, Mapping[str, float]]
    by_artist: Mapping[str, Accuracy]
    findings: tuple[Finding, Finding, Finding]
    realized: tuple[Realized, ...]
    conclusion: tuple[str, ...]


def audit(records: Sequence[Record] = (), models: Mapping[str, ZooEntry] = MODELS) -> Audit:
    """Compare every separable model of the zoo with its standard partner, and with itself at equal width.

    `records` give the accuracies of the third view, of which only those on the same data and split are compared, and
    what a clip takes at each place: milliseconds of an engine on a processor, or counted instructions of a core.
    """
    measured = place_costs(records)
    pairs = [
        (name, entry.standard_partner)
        for name, entry in models.items()
        if entry.standard_partner is not None and entry.standard_partner in models
    ]
    compared = {name: work_of(models[name]) for names in pairs for name in names}
    twins = {name: twin_of(models[name]) for name, _ in pairs}
    parameters = tuple(
        pairing_of("parameters", compared[one], compared[other], models, measured) for one, other in pairs
    )
    width = tuple(pairing_of("width", compared[name], twins[name], models, measured) for name, _ in pairs)
    comparable = comparable_records(records, models)
    curves = curves_of(comparable, models)
    accuracy, finding = accuracy_finding(curves, models, measured)
    realized = tuple(realized_savings([*parameters, *width]))
    findings = (parameter_finding(parameters), width_finding(width), finding)
    return Audit(
        works=(*compared.values(), *twins.values()),
        equal_parameters=parameters,
        equal_width=width,
        equal_accuracy=accuracy,
        curves=curves,
        places=tuple(measured),
        costs=measured,
        by_artist=by_artist(comparable),
        findings=findings,
        realized=realized,
        conclusion=conclusion(realized),
    )
