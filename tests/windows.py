"""The windows of a model that has one input."""

import numpy as np

from edgegenre.frontend.protocol import Frontend
from edgegenre.frontend.windows import input_windows


def windows(features: np.ndarray, frontend: Frontend) -> np.ndarray:
    """[windows, time, frequency] of features [rows, frequency] by `frontend`."""
    return input_windows({"features": features}, {"features": frontend})["features"]
