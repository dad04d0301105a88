"""What computes the features of a deployed model: in integers where the kind has them, in floats elsewhere."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from edgegenre.errors import FeatureError
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.integer_kinds.log_mel import integer_log_mel
from edgegenre.frontend.integer_kinds.magnitude import integer_magnitude
from edgegenre.frontend.integer_kinds.mel_decibels import integer_mel_decibels
from edgegenre.frontend.integer_kinds.mfcc import integer_mfcc
from edgegenre.frontend.integer_kinds.raw import integer_raw
from edgegenre.frontend.integer_kinds.summary import IntegerSummary
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.protocol import Extractor, Frontend

Form = Literal["int8", "float"]
"""How a model is deployed: int8 networks take features that are computed in integers, too."""

INTEGER_FORMS: dict[str, Callable[[Any, Normalization], Extractor]] = {
    "mfcc": integer_mfcc,
    "log-mel": integer_log_mel,
    "mel-db": integer_mel_decibels,
    "magnitude": integer_magnitude,
    "raw": integer_raw,
    "summary": IntegerSummary,
}
"""By kind: a front end and its normalization to what computes them in integers; it refuses what it cannot compute."""


RUN_ON_HOSTS: dict[str, str] = {
    "embedding": "a frozen backbone computes it in floats on a PC, and the network behind it alone is integers",
}
"""Kinds without integers that int8 networks are fed all the same: why, as the end of a sentence."""


class FloatExtractor:
    """The float64 definition, normalized and rounded: for float models whose front end has no integer form, and for
    kinds in `RUN_ON_HOSTS`."""

    def __init__(self, spec: Frontend, normalization: Normalization) -> None:
        self.spec = spec
        self.normalization = normalization

    def features(self, pcm: np.ndarray) -> np.ndarray:
        """int8 [rows, frequency], scale 1/32 and zero point 0, of int16 PCM [samples]."""
        return self.normalization.quantize(self.spec.float64(pcm))


def integer_extractor(item: FeatureInput) -> Extractor:
    """What computes an input's features in integers. Raises FeatureError with the reason when nothing does."""
    kind = item.frontend.kind
    if kind not in INTEGER_FORMS:
        why = f": {RUN_ON_HOSTS[kind]}" if kind in RUN_ON_HOSTS else ""
        raise FeatureError(f"front end '{kind}' has no integer form{why}.")
    return INTEGER_FORMS[kind](item.frontend, item.normalization)


def extractor(item: FeatureInput) -> Extractor:
    """The integer form of an input where there is one, the float form elsewhere."""
    try:
        return integer_extractor(item)
    except FeatureError:
        return FloatExtractor(item.frontend, item.normalization)


def check_deployable(frontends: Mapping[str, Frontend], form: Form) -> None:
    """Raise FeatureError with one sentence when an input could not be deployed as `form`; nothing is decoded for it."""
    if form == "float":
        return
    for name, frontend in frontends.items():
        if frontend.kind in RUN_ON_HOSTS:
            continue
        count = frontend.statistics
        try:
            integer_extractor(
                FeatureInput(
                    frontend=frontend, normalization=Normalization(mean=(0.0,) * count, deviation=(1.0,) * count)
                )
            )
        except FeatureError as error:
            raise FeatureError(f"input '{name}' cannot be deployed in integers: {error}") from error
