"""Rows that arrive in pieces, brought into one order whatever the pieces, and cut where windows end."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from edgegenre.frontend.protocol import Frontend
from edgegenre.frontend.windows import window_advance


class RowAligner:
    """As many rows of every input: those of an input that is ahead wait for the others."""

    def __init__(self, names: Mapping[str, Frontend]) -> None:
        self._names = tuple(names)
        self.reset()

    def reset(self) -> None:
        """Forget the rows that wait."""
        self._waiting: dict[str, np.ndarray] = {}

    def push(self, rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Take new rows [rows, ...] of every input; returns those that have become complete."""
        self._waiting = _behind(self._waiting, rows)
        count = min(len(self._waiting[name]) for name in self._names)
        aligned = {name: self._waiting[name][:count] for name in self._names}
        self._waiting = {name: self._waiting[name][count:] for name in self._names}
        return aligned


class Portion(NamedTuple):
    """New rows [rows, ...] of every input for window `window` (from 0), and whether they complete it."""

    window: int
    rows: dict[str, np.ndarray]
    complete: bool


class WindowCutter:
    """The windows of `input_windows`, of rows that arrive in any pieces, of some inputs earlier than of others.

    Within a window no input is ahead of another that is not complete, so that a stream sees one order of rows.
    Raises FeatureError when the windows of different hops cannot begin together.
    """

    def __init__(self, frontends: Mapping[str, Frontend]) -> None:
        advance = window_advance(frontends)
        self._frames = {name: frontend.window_frames for name, frontend in frontends.items()}
        self._advance = {name: advance // frontend.hop_length for name, frontend in frontends.items()}
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of window 0."""
        self._window = 0
        self._taken = dict.fromkeys(self._frames, 0)
        self._surplus = dict.fromkeys(self._frames, 0)
        self._waiting: dict[str, np.ndarray] = {}

    def first_row(self, window: int, name: str) -> int:
        """The number of the first row of `window` among all rows of the input `name`."""
        return window * self._advance[name]

    def push(self, rows: Mapping[str, np.ndarray]) -> Iterator[Portion]:
        """Take new rows of every input; yields them by window, without those that lie between two windows."""
        self._waiting = _behind(self._waiting, rows)
        while True:
            self._drop_surplus()
            known = {name: self._taken[name] + len(self._waiting[name]) for name in self._frames}
            limit = min(
                (rows for name, rows in known.items() if rows < self._frames[name]), default=max(known.values())
            )
            portion = {name: self._take(name, limit) for name in self._frames}
            complete = self._taken == self._frames
            if any(map(len, portion.values())):
                yield Portion(window=self._window, rows=portion, complete=complete)
            if not complete:
                return
            self._window += 1
            self._taken = dict.fromkeys(self._frames, 0)
            self._surplus = {name: self._advance[name] - frames for name, frames in self._frames.items()}

    def _drop_surplus(self) -> None:
        for name, surplus in self._surplus.items():
            dropped = min(surplus, len(self._waiting[name]))
            self._surplus[name] -= dropped
            self._waiting[name] = self._waiting[name][dropped:]

    def _take(self, name: str, limit: int) -> np.ndarray:
        """The waiting rows of the current window, up to its row number `limit`."""
        count = max(0, min(self._frames[name], limit) - self._taken[name])
        taken, self._waiting[name] = self._waiting[name][:count], self._waiting[name][count:]
        self._taken[name] += len(taken)
        return taken


def _behind(waiting: Mapping[str, np.ndarray], rows: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The rows that wait, the new ones behind them."""
    return {
        name: np.concatenate([waiting[name], array]) if len(waiting.get(name, ())) else array
        for name, array in rows.items()
    }
