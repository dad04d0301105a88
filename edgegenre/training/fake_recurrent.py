"""A recurrent layer of an IntegerNetwork as a torch module: its own integer steps forward, real ones backward."""

import dataclasses

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.integer import int16, recurrent
from edgegenre.integer.lstm import CELL_SHIFT
from edgegenre.integer.operations import Cell
from edgegenre.integer.operations.base import unproven
from edgegenre.network.float_layers import Arrays
from edgegenre.training.straight_through import int32_within, replaced, rounded, steps_within

_CELL_SCALE = 2.0**-CELL_SHIFT


class FakeRecurrent(nn.Module):
    """A GRU or LSTM. int8 steps relative to the zero point, [clips, channels, time, 1], to those of the last state,
    [clips, units, 1, 1], or of every one, [clips, units, time, 1].

    weights_input, weights_hidden: in int8 steps, as they are deployed. bias: what training adds to the integers' bias,
    in steps of 1/128, those of the state as int8. Every state is `integer.recurrent`'s; gradients are those of the
    real-valued step at that state.
    """

    def __init__(self, cell: Cell, arrays: Arrays) -> None:
        super().__init__()
        self._cell = cell
        inputs, hidden = (np.repeat(scales, cell.units)[:, None] for scales in (cell.scales_input, cell.scales_hidden))
        self.weights_input = nn.Parameter(steps_within(arrays["weights_input"], cell.weights_input, inputs))
        self.weights_hidden = nn.Parameter(steps_within(arrays["weights_hidden"], cell.weights_hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(len(cell.bias)))
        self._input_scales, self._hidden_scales = torch.from_numpy(inputs), torch.from_numpy(hidden)
        # Real value of one step of the integer bias.
        self._bias_scales = torch.from_numpy(cell.input_step * inputs[:, 0].astype(np.float64))

    def forward(self, x: Tensor) -> Tensor:
        cell, units = unproven(self._cell, **self._moment()), self._cell.units
        rows = x.squeeze(3).transpose(1, 2)
        exact_rows = (rows.detach().numpy() + cell.input.zero_point).astype(np.int8)
        weights = rounded(self.weights_input) * self._input_scales
        from_input = functional.linear(rows * cell.input.scale, weights, (self._bias() * self._bias_scales).float())
        weights_hidden = rounded(self.weights_hidden) * self._hidden_scales
        exact = recurrent.first_state(cell, len(rows))
        state = _real_states(exact, units)
        made = []
        for time in range(rows.shape[1]):
            from_state = functional.linear(_as_int8(cell, state, exact), weights_hidden)
            surrogate = _step(cell, from_input[:, time], from_state, state)
            exact = recurrent.step(cell, exact_rows[:, time], exact)
            state = replaced(surrogate, _real_states(exact, units))
            if cell.returns_rows or time == rows.shape[1] - 1:
                made.append(_as_int8(cell, state, exact) / int16.OUTPUT_SCALE)
        return torch.stack(made, dim=2)[..., None]

    def integers(self) -> Cell:
        """What the forward pass computes with. Raises QuantizationError when an accumulator could overflow."""
        return dataclasses.replace(self._cell, **self._moment())  # type: ignore[arg-type]

    def _moment(self) -> dict[str, np.ndarray]:
        """The integers of the moment."""
        return {
            "weights_input": rounded(self.weights_input).detach().numpy().astype(np.int8),
            "weights_hidden": rounded(self.weights_hidden).detach().numpy().astype(np.int8),
            "bias": int32_within(self._bias()),
        }

    def _bias(self) -> Tensor:
        """Integers in float64, moved by even steps: a bias has to stay odd."""
        moved = 2 * rounded(self.bias * int16.OUTPUT_SCALE / self._bias_scales / 2)
        return torch.from_numpy(self._cell.bias.astype(np.float64)) + moved


def _step(cell: Cell, from_input: Tensor, from_state: Tensor, state: Tensor) -> Tensor:
    """The next state in real numbers, [clips, states * units], the hidden state first: see network.float_recurrent."""
    units = cell.units
    if cell.kind == "lstm":
        written, kept, candidate, shown = (from_input + from_state).chunk(4, dim=1)
        after = torch.sigmoid(kept) * state[:, units:] + torch.sigmoid(written) * torch.tanh(candidate)
        return torch.cat([torch.sigmoid(shown) * torch.tanh(after), after], dim=1)
    gates = from_input[:, : 2 * units] + from_state[:, : 2 * units]
    reset, update = torch.sigmoid(gates).chunk(2, dim=1)
    new = torch.tanh(from_input[:, 2 * units :] + reset * from_state[:, 2 * units :])
    return update * state + (1 - update) * new


def _real_states(exact: np.ndarray, units: int) -> Tensor:
    """Real values of int16 states: hidden states at 2**-15, an LSTM's cells, behind them, at 2**-12."""
    values = exact * int16.STATE_SCALE
    values[:, units:] = exact[:, units:] * _CELL_SCALE
    return torch.from_numpy(values.astype(np.float32))


def _as_int8(cell: Cell, state: Tensor, exact: np.ndarray) -> Tensor:
    """The hidden state as products and the layers behind take it, in real numbers."""
    value = torch.from_numpy(recurrent.output(cell, exact).astype(np.float32)) * int16.OUTPUT_SCALE
    return replaced(state[:, : cell.units], value)
