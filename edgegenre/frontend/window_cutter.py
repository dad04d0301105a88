"""Rows that arrive in pieces, cut where one window ends and the next begins."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from edgegenre.frontend.protocol import Frontend
from edgegenre.frontend.windows import window_advance


class Portion(NamedTuple):
    """New rows [rows, ...] of every input for window `window` (from 0), and whether they complete it."""

    window: int
    rows: dict[str, np.ndarray]
    complete: bool


class WindowCutter:
    """The windows of `input_windows`, of rows that arrive in any portions, of some inputs earlier than of others.

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
        self._missing = dict(self._frames)
        self._surplus = dict.fromkeys(self._frames, 0)
        self._waiting: dict[str, np.ndarray] = {}

    def first_row(self, window: int, name: str) -> int:
        """The number of the first row of `window` among all rows of the input `name`."""
        return window * self._advance[name]

    def push(self, rows: Mapping[str, np.ndarray]) -> Iterator[Portion]:
        """Take new rows of every input; yields them by window, without those that lie between two windows."""
        for name, array in rows.items():
            waiting = self._waiting.get(name)
            self._waiting[name] = array if waiting is None or not len(waiting) else np.concatenate([waiting, array])
        while True:
            portion = {name: self._take(name) for name in self._frames}
            complete = not any(self._missing.values())
            if complete or any(map(len, portion.values())):
                yield Portion(window=self._window, rows=portion, complete=complete)
            if not complete:
                return
            self._window += 1
            self._missing = dict(self._frames)
            self._surplus = {name: self._advance[name] - frames for name, frames in self._frames.items()}

    def _take(self, name: str) -> np.ndarray:
        """The waiting rows that the current window takes."""
        dropped = min(self._surplus[name], len(self._waiting[name]))
        self._surplus[name] -= dropped
        end = dropped + self._missing[name]
        taken, self._waiting[name] = self._waiting[name][dropped:end], self._waiting[name][end:]
        self._missing[name] -= len(taken)
        return taken
