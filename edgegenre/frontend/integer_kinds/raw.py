"""Raw samples in integers: the sample itself is the count."""

from fractions import Fraction

import numpy as np

from edgegenre.frontend.integer_kinds.form import IntegerForm
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.normalization import Normalization


def integer_raw(spec: Raw, normalization: Normalization) -> IntegerForm:
    """Equal to the quantized definition but for exact ties, which are rounded up here."""

    def counts(frames: np.ndarray) -> np.ndarray:
        return frames.T.astype(np.int64)

    return IntegerForm(spec, normalization, counts, unit=Fraction(1, 32768), floors=np.zeros(1))
