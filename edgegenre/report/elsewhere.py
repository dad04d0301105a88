"""Separable convolution in the other papers: what they say of it, and what holds by computation and measurement."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgegenre.backbones.yamnet import yamnet_network
from edgegenre.network.costs import costs
from edgegenre.network.layers import Dense
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.records.record import Record
from edgegenre.records.words import ENGINES, millions
from edgegenre.report.audit_findings import NO_SAVING, Verdict
from edgegenre.report.audit_pairs import Measured, Work, both_measured, work_of, work_of_costs
from edgegenre.report.places import place_costs
from edgegenre.zoo.registry import MODELS

_YAMNET_FRAMES = 100
"""A second."""
_KERNEL = 9
"""Weights of a 3 x 3 filter: the k of Mersy and Kuan."""
_PROMISED = 9 * _KERNEL / (3 * _KERNEL + 9)
"""How many times fewer weights a convolution of three channels has when it is separable."""
_NEARLY = 0.9
"""The share of a promise from which on it is called kept."""


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """A separable network of another paper beside a standard one.

    claim: what the paper says of it. text: what of that holds, with `verdict`. measured: what both took where both were
    measured.
    """

    paper: str
    separable: Work
    standard: Work
    claim: str
    verdict: Verdict
    text: str
    measured: tuple[Measured, ...] = ()

    @property
    def saving(self) -> float:
        """How many times fewer multiplies the separable network needs."""
        return self.standard.multiplies / self.separable.multiplies


def elsewhere(records: Sequence[Record]) -> tuple[Elsewhere, ...]:
    """The pairs of the other papers. `records` give what a clip takes."""
    return _stems(records), _yamnet()


def _stems(records: Sequence[Record]) -> Elsewhere:
    """Mersy and Kuan compare two networks of three channels."""
    one, other = MODELS["stem3-ds"], MODELS["stem3-cnn"]
    separable, standard = work_of(one), work_of(other)
    measured = both_measured(one.name, other.name, place_costs(records))
    dense = sum(layer.parameters for layer in other.costs().layers if layer.kind == Dense.__name__)
    sentences = [
        f"A separable 3 × 3 convolution of three channels has 36 weights instead of 81, {_PROMISED:.2f} times fewer; a "
        f"window takes {standard.multiplies / separable.multiplies:.2f} times fewer multiplies "
        f"({millions(separable.multiplies)} against {millions(standard.multiplies)}). Of the network's parameters "
        f"{100 * (1 - separable.parameters / standard.parameters):.2f} % are saved: the dense layer holds "
        f"{100 * dense / standard.parameters:.1f} % of the standard one's."
    ]
    if measured:
        told = ", ".join(f"{item.place.name} {item.saving:.2f} times" for item in measured)
        sentences.append(f"Time saved in fact, where {_PROMISED:.2f} times would be in proportion: {told}.")
    else:
        sentences.append("Times were not measured: `edgegenre bench --suite stems` measures them.")
    sentences += _refusals(records, one.name)
    return Elsewhere(
        paper=one.paper,
        separable=separable,
        standard=standard,
        claim="With three channels a separable convolution has 3k + 9 parameters instead of 9k, “thereby "
        "proportionately reducing computation time”.",
        verdict=_kept([item.saving for item in measured]),
        text=" ".join(sentences),
        measured=measured,
    )


def _yamnet() -> Elsewhere:
    """Wu's system hears music through YAMNet, which is separable itself."""
    body = yamnet_network()
    twin = with_standard_convolutions(body)
    separable = work_of_costs(body.name, True, costs(body, frames_per_second=_YAMNET_FRAMES))
    standard = work_of_costs(twin.name, False, costs(twin, frames_per_second=_YAMNET_FRAMES))
    saving = standard.multiplies / separable.multiplies
    return Elsewhere(
        paper=MODELS["yamnet"].paper,
        separable=separable,
        standard=standard,
        claim="Nothing: YAMNet, whose convolutions are separable, is taken as it is.",
        verdict="holds",
        text="At equal width the usual claim holds: standard convolutions of the same widths would take "
        f"{saving:.1f} times the multiplies of a patch "
        f"({millions(standard.multiplies)} against {millions(separable.multiplies)}) and have "
        f"{standard.parameters / separable.parameters:.1f} times the parameters. Computed alone: for lack of "
        "YAMNet's weights neither accuracy nor time is measured.",
    )


def _kept(savings: Sequence[float]) -> Verdict:
    """Whether a promise of `_PROMISED` times less time is kept everywhere, somewhere or nowhere."""
    if not savings:
        return "unknown"
    if min(savings) >= _NEARLY * _PROMISED:
        return "holds"
    return "partly" if max(savings) >= NO_SAVING else "fails"


def _refusals(records: Sequence[Record], model: str) -> list[str]:
    """Sentences of the engines that were asked for `model` and refused it."""
    told = {
        record.engine: record.note.rpartition("; ")[2]
        for record in records
        if record.model == model and record.workload == "clip" and record.threads == 1 and not record.latency
    }
    return [f"Refused by {ENGINES.get(engine, engine)}: {note}" for engine, note in told.items() if note]
