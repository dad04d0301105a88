"""Counting what differs between an engine's tensors and the numpy reference's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.tensors import IntegerNetwork
from edgegenre.metrics import top1_agreement

Reference = Mapping[str, np.ndarray]
"""int8 [clips, values] by node name."""


@dataclass(frozen=True, kw_only=True)
class EngineResult:
    """How one engine compares with the numpy reference of the arithmetic it is held to.

    outputs: values compared, logits and inner tensors together. mismatches: how many differ, by at most
    `max_difference` steps. top1_agreement: share of clips with the reference's best class. tensors: how many tensors
    were compared. first_difference: the earliest tensor that differs, "" when none does. family_flips: clips whose best
    class is another one in the other arithmetic: no mismatch, but good to know.
    """

    engine: str
    arithmetic: Arithmetic
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


class Comparison:
    """Counts what differs from the references."""

    def __init__(self, integers: IntegerNetwork, references: Mapping[Arithmetic, Reference]) -> None:
        self.integers, self.references = integers, references
        self.logits_name = integers.network.output.name
        self._order = [layer.node.name for layer in integers.layers]

    def result(
        self,
        engine: str,
        arithmetic: Arithmetic,
        tensors: Iterable[tuple[str, np.ndarray]],
        *,
        clips: slice = slice(None),
    ) -> EngineResult:
        """Compare (node name, int8 [clips, values]), the logits among them, with the reference of those clips."""
        count = Count()
        agreement, flips = 0.0, 0
        differing = []
        for name, values in tensors:
            expected = self.references[arithmetic][name][clips]
            if count.add(values, expected):
                differing.append(name)
            if name == self.logits_name:
                agreement = top1_agreement(values, expected)
                flips = self.family_flips(values, arithmetic, clips)
        return EngineResult(
            engine=engine,
            arithmetic=arithmetic,
            outputs=count.outputs,
            mismatches=count.mismatches,
            max_difference=count.max_difference,
            top1_agreement=agreement,
            tensors=count.tensors,
            first_difference=min(differing, key=self._order.index, default=""),
            family_flips=flips,
        )

    def family_flips(self, logits: np.ndarray, arithmetic: Arithmetic, clips: slice) -> int:
        """Clips whose best class differs from the other family's."""
        (other,) = set(ARITHMETICS) - {arithmetic}
        expected = self.references[other][self.logits_name][clips]
        return int((np.argmax(logits, axis=1) != np.argmax(expected, axis=1)).sum())


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
