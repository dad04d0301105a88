"""What drives a streaming step, whichever engine computes it: feature rows in, logits out as from the numpy stream."""

from abc import ABC, abstractmethod

import numpy as np

from edgegenre.errors import RuntimeEngineError, first_line
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.integer.stream_heads import block_rows
from edgegenre.integer.streaming import StreamLogits
from edgegenre.runtime.engine import checked_logits


class StepStream(ABC):
    """A step model in `clip` mode: one window of the network's length, flushed by itself after its last row.

    layout: what the file says of itself. expected: what it has to say, where that is known. classes: of the logits,
    where that is known. name: of the file. Raises RuntimeEngineError when the layouts differ.
    """

    layout: StreamLayout

    def __init__(
        self, layout: StreamLayout, expected: StreamLayout | None, name: object, *, classes: int | None
    ) -> None:
        if expected not in (None, layout):
            raise RuntimeEngineError(
                f"{name}: its streaming layout is not the one of the bundle's integers. Export the bundle again."
            )
        self.layout = layout
        self._name, self._classes = name, classes
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        self._state = {state.name: state.initial() for state in self.layout.states}
        self._waiting = np.empty((0, self.layout.frequency), np.int8)
        self._frames = 0
        self._steps = 0

    @property
    def finished(self) -> bool:
        """Whether the window is full; further rows are refused until `reset`."""
        return self._frames == self.layout.window_frames

    def push(self, features: np.ndarray) -> list[StreamLogits]:
        """Feed int8 rows [rows, frequency]; returns one entry for each row that reached the head, from one block on.

        Raises RuntimeEngineError when a clip gets more rows than its window has.
        """
        if self._frames + len(features) > self.layout.window_frames:
            raise RuntimeEngineError(
                f"a clip has {self.layout.window_frames} feature rows; reset the stream before the next one."
            )
        self._frames += len(features)
        self._waiting = np.concatenate([self._waiting, features])
        results: list[StreamLogits] = []
        while len(self._waiting) >= self.layout.frames_per_step:
            results += self._step()
        if self.finished:
            while self._steps < self.layout.steps:
                missing_rows = self.layout.frames_per_step - len(self._waiting)
                self._waiting = np.pad(self._waiting, ((0, missing_rows), (0, 0)))
                results += self._step()
        return results

    def _keep(self, state: dict[str, np.ndarray]) -> None:
        """Hold the state for the next step, when it is of the layout's shapes and types."""
        for item in self.layout.states:
            value = state[item.name]
            if value.shape != item.shape or value.dtype != item.dtype:
                raise ValueError(f"it gave {value.dtype} {list(value.shape)} for the state '{item.name}'")
        self._state = state

    def _checked(self, logits: np.ndarray, dtype: type[np.generic]) -> np.ndarray:
        """The logits [classes] in an answer [1, classes]."""
        return checked_logits(logits, (1, self._classes or logits.size), dtype, self._name)[0]

    @abstractmethod
    def _run(self, frames: np.ndarray, number: int, rows: int) -> np.ndarray | None:
        """Compute one step and renew the state.

        frames: int8 [frames_per_step, frequency]. number: of the step, from 0. rows: how many have reached the
        head with the one that this step brings it, 0 where it brings none. Returns the logits [classes] in the layout's
        output steps, or None where rows is 0.
        """

    def _step(self) -> list[StreamLogits]:
        count = self.layout.frames_per_step
        frames, self._waiting = self._waiting[:count], self._waiting[count:]
        before, rows = self.layout.rows_after(self._steps), self.layout.rows_after(self._steps + 1)
        try:
            logits = self._run(frames, self._steps, rows if rows > before else 0)
        except RuntimeEngineError:
            raise
        except Exception as error:  # the engines' exceptions share no base
            raise RuntimeEngineError(
                f"the streaming step cannot be computed ({first_line(error)}). Export the bundle again."
            ) from error
        self._steps += 1
        if logits is None or rows < block_rows(self.layout.head_rows):
            return []
        return [
            StreamLogits(
                logits=logits,
                rows=rows,
                frames=min(self._steps * count, self.layout.window_frames),
                complete=rows == self.layout.head_rows,
            )
        ]
