"""Counting what differs between an engine's tensors and the numpy reference's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.quantization import arithmetic_name
from edgegenre.integer.requantize import Arithmetic
from edgegenre.metrics import top1_agreement

Reference = Mapping[str, np.ndarray]
"""Integers [clips, values] by node name."""


@dataclass(frozen=True, kw_only=True)
class EngineResult:
    """How one engine compares with the numpy reference of the arithmetic it is held to.

    outputs: values compared, logits and inner tensors together. mismatches: how many differ, by at most
    `max_difference` steps. top1_agreement: share of clips with the reference's best class. tensors: how many tensors
    were compared. first_difference: the earliest tensor that differs, "" when none does. family_flips: clips whose best
    class is another one in the other arithmetic, where there is one: no mismatch, but good to know.
    """

    engine: str
    arithmetic: str
    outputs: int
    mismatches: int
    max_difference: int
    top1_agreement: float
    tensors: int
    first_difference: str
    family_flips: int

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return dict(vars(self))


class Tally:
    """Counts what differs from the references, one for each of the network's `arithmetics`."""

    def __init__(self, integers: IntegerNetwork, references: Mapping[str, Reference]) -> None:
        self.integers, self.references = integers, references
        self.logits_name = integers.logits.name
        self._order = [operation.name for operation in integers.operations]

    def result(
        self,
        engine: str,
        arithmetic: Arithmetic,
        tensors: Iterable[tuple[str, np.ndarray]],
        *,
        clips: slice = slice(None),
    ) -> EngineResult:
        """Compare (node name, integers [clips, values]), the logits among them, with the reference of those clips."""
        family = arithmetic_name(self.integers.output, arithmetic)
        count = Count()
        agreement, flips = 0.0, 0
        differing = []
        for name, values in tensors:
            expected = self.references[family][name][clips]
            if count.add(values, expected):
                differing.append(name)
            if name == self.logits_name:
                agreement = top1_agreement(values, expected)
                flips = self.family_flips(values, family, clips)
        return EngineResult(
            engine=engine,
            arithmetic=family,
            outputs=count.outputs,
            mismatches=count.mismatches,
            max_difference=count.max_difference,
            top1_agreement=agreement,
            tensors=count.tensors,
            first_difference=min(differing, key=self._order.index, default=""),
            family_flips=flips,
        )

    def family_flips(self, logits: np.ndarray, family: str, clips: slice) -> int:
        """Clips whose best class differs from the other family's; 0 where there is one family."""
        others = [reference for name, reference in self.references.items() if name != family]
        best = [np.argmax(reference[self.logits_name][clips], axis=1) for reference in others]
        return sum(int((np.argmax(logits, axis=1) != other).sum()) for other in best)


@dataclass
class Count:
    """A running count of compared values."""

    outputs: int = 0
    mismatches: int = 0
    max_difference: int = 0
    tensors: int = 0

    def add(self, values: np.ndarray, expected: np.ndarray) -> int:
        """Count one tensor; returns how many of its values differ. An engine that leaves values out differs in all."""
        self.tensors += 1
        self.outputs += expected.size
        if values.shape != expected.shape:
            self.mismatches += expected.size
            return expected.size
        difference = np.abs(values.astype(np.int64) - expected.astype(np.int64))
        found = int((difference > 0).sum())
        self.mismatches += found
        self.max_difference = max(self.max_difference, int(difference.max(initial=0)))
        return found
