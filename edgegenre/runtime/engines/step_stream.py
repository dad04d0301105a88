"""What drives a streaming step, whichever engine computes it: feature rows in, logits out as from the numpy stream."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from edgegenre.errors import RuntimeEngineError, first_line
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.integer.stream_heads import block_rows
from edgegenre.integer.streaming import StreamLogits, rows_by_input
from edgegenre.network.network import Features, Input
from edgegenre.network.shape import Shape
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
        self._inputs = tuple(
            Input(name=item.name, shape=Shape(item.frames, item.frequency, item.channels)) for item in layout.inputs
        )
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        self._state = {state.name: state.initial() for state in self.layout.states}
        self._waiting = {item.name: np.empty((0, *item.shape[1:]), np.int8) for item in self._inputs}
        self._frames = dict.fromkeys(self._waiting, 0)
        self._steps = 0

    @property
    def finished(self) -> bool:
        """Whether the window is full; further rows are refused until `reset`."""
        return all(self._frames[item.name] == item.shape.time for item in self._inputs)

    def push(self, features: Features) -> list[StreamLogits]:
        """Feed int8 rows, [rows, frequency] or [rows, frequency, channels], by input name; an array is the only
        input's.

        Returns one entry for each step that brought rows to the leading head, from one block on. Raises
        RuntimeEngineError when a clip gets more rows than its window has.
        """
        given = rows_by_input(self.layout.output_name, self._inputs, features)
        for item in self._inputs:
            if self._frames[item.name] + len(given[item.name]) > item.shape.time:
                raise RuntimeEngineError(
                    f"a clip has {item.shape.time} feature rows; reset the stream before the next one."
                )
            self._frames[item.name] += len(given[item.name])
            self._waiting[item.name] = np.concatenate([self._waiting[item.name], given[item.name]])
        results: list[StreamLogits] = []
        while self._step_is_full():
            results += self._step()
        while self.finished and self._steps < self.layout.steps:
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
    def _run(self, frames: Mapping[str, np.ndarray], number: int, *, answers: bool) -> np.ndarray | None:
        """Compute one step and renew the state.

        frames: int8 [frames_per_step, frequency, channels] by input. number: of the step, from 0. answers: whether it
        brings the leading head a row. Returns the logits [classes] in the layout's output steps, or None where it
        answers nothing.
        """

    def _step_is_full(self) -> bool:
        """Whether every input has the frames of a step, or all that it will ever have."""
        count = self.layout.frames_per_step
        full = [len(rows) >= count or self._ended(name) for name, rows in self._waiting.items()]
        return all(full) and any(len(rows) >= count for rows in self._waiting.values())

    def _ended(self, name: str) -> bool:
        return any(item.name == name and self._frames[name] == item.shape.time for item in self._inputs)

    def _step(self) -> list[StreamLogits]:
        count = self.layout.frames_per_step
        frames = {}
        for name, rows in self._waiting.items():
            taken, self._waiting[name] = rows[:count], rows[count:]
            frames[name] = np.pad(taken, ((0, count - len(taken)), (0, 0), (0, 0)))
        before, rows_now = self.layout.rows_after(self._steps), self.layout.rows_after(self._steps + 1)
        try:
            logits = self._run(frames, self._steps, answers=rows_now > before)
        except RuntimeEngineError:
            raise
        except Exception as error:  # the engines' exceptions share no base
            raise RuntimeEngineError(
                f"the streaming step cannot be computed ({first_line(error)}). Export the bundle again."
            ) from error
        self._steps += 1
        if logits is None or rows_now < block_rows(self.layout.head_rows):
            return []
        return [
            StreamLogits(
                logits=logits,
                rows=rows_now,
                frames=min(self._steps * count, self.layout.window_frames),
                complete=rows_now == self.layout.head_rows,
            )
        ]
