"""What quantization-aware training did to an integer network, judged on validation tracks. numpy alone."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from edgegenre.metrics import accuracy
from edgegenre.runs.phase import Phase
from edgegenre.voting import Vote, track_shares


@dataclass(frozen=True, kw_only=True)
class Fidelity:
    """How near an integer network is to the float network it was made from.

    accuracy: share of tracks classified rightly. agreement: share of tracks that get the float network's class.
    logit_error: mean |logit - float logit| over windows and classes.
    """

    accuracy: float
    agreement: float
    logit_error: float

    @classmethod
    def of(
        cls, logits: np.ndarray, float_logits: np.ndarray, track: np.ndarray, labels: np.ndarray, vote: Vote
    ) -> Self:
        """From real logits [windows, classes] of both networks, and each window's track and class number [windows].

        vote: how a track's windows decide on its class.
        """
        first = np.unique(track, return_index=True)[1]
        predicted, expected = (track_shares(values, track, vote).argmax(axis=1) for values in (logits, float_logits))
        return cls(
            accuracy=accuracy(labels[first], predicted),
            agreement=accuracy(expected, predicted),
            logit_error=float(np.abs(logits - float_logits).mean()),
        )

    def better_than(self, other: Self) -> bool:
        """Nearer to the float network's logits, and no worse on any track count.

        The counts alone would choose by luck where the tracks are few.
        """
        no_worse = self.accuracy >= other.accuracy and self.agreement >= other.agreement
        return no_worse and self.logit_error < other.logit_error


@dataclass(frozen=True, kw_only=True)
class FineTuned:
    """kept_iteration: after how many iterations the kept integers were found; 0: those of plain calibration are kept.

    before, after: plain calibration and what was kept, on the validation tracks.
    """

    schedule: Phase
    seed: int
    kept_iteration: int
    before: Fidelity
    after: Fidelity

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the manifest."""
        return dataclasses.asdict(self)


def in_words(record: Mapping[str, Any]) -> str:
    """A sentence for people, without its full stop, from `FineTuned.to_dict`, as a manifest holds it."""
    before, after, iterations = record["before"], record["after"], record["schedule"]["iterations"]
    if record["kept_iteration"] == 0:
        return (
            f"Quantization-aware training ({iterations} iterations) was no better than plain calibration on the "
            f"validation tracks: plain calibration is kept ({_figures(before)})"
        )
    return (
        f"Quantization-aware training: the state after {record['kept_iteration']} of {iterations} iterations is kept; "
        f"on the validation tracks {_figures(after)}; before {_figures(before)}"
    )


def _figures(fidelity: Mapping[str, float]) -> str:
    return (
        f"accuracy {fidelity['accuracy']:.3f}, agreement with float {fidelity['agreement']:.3f}, "
        f"logit error {fidelity['logit_error']:.4f}"
    )
