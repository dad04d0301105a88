"""The float GRU step by step: torch's reset-after form with one bias a gate (DESIGN, "Paper facts to hold to")."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class GruStep:
    """One row's values, float32.

    from_input, from_state: [clips, 3 * units], what enters the gates reset, update, new. entering: the same three once
    summed. state: [clips, units], after the row.
    """

    from_input: np.ndarray
    from_state: np.ndarray
    entering: np.ndarray
    state: np.ndarray


def gru_steps(x: np.ndarray, arrays: Mapping[str, np.ndarray]) -> Iterator[GruStep]:
    """Walk through the rows of `x`, float32 [clips, rows, 1, channels], from a state of zero."""
    units = arrays["weights_hidden"].shape[1]
    state = np.zeros((len(x), units), np.float32)
    all_inputs = x[:, :, 0] @ arrays["weights_input"].T + arrays["bias"]
    for row in range(x.shape[1]):
        from_input, from_state = all_inputs[:, row], state @ arrays["weights_hidden"].T
        gates = from_input[:, : 2 * units] + from_state[:, : 2 * units]
        opened = _sigmoid(gates)
        reset, update = opened[:, :units], opened[:, units:]
        new = from_input[:, 2 * units :] + reset * from_state[:, 2 * units :]
        state = (1 - update) * np.tanh(new) + update * state
        entering = np.concatenate([gates, new], axis=1)
        yield GruStep(from_input=from_input, from_state=from_state, entering=entering, state=state)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.float32(0.5) * (np.float32(1) + np.tanh(np.float32(0.5) * x))
