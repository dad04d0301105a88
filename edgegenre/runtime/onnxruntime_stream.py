"""A streaming step .onnx driven by onnxruntime: feature rows in, logits out for each row that reaches the head."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import MissingDependencyError, RuntimeEngineError
from edgegenre.export.stream_plan import LAYOUT_KEY, StreamLayout
from edgegenre.frontend.spec import STEPS_PER_DEVIATION
from edgegenre.integer.streaming import StreamLogits
from edgegenre.runtime.onnxruntime_session import open_session


class OnnxStream:
    """The step model in `clip` mode: one window of the network's length, flushed by itself after its last row.

    model: a path or the file's bytes. Raises RuntimeEngineError when it is no streaming step, MissingDependencyError
    without onnxruntime.
    """

    def __init__(self, model: Path | bytes, *, threads: int = 1) -> None:
        try:
            self._session: Any = open_session(model, threads=threads)
            text = self._session.get_modelmeta().custom_metadata_map[LAYOUT_KEY]
            self.layout = StreamLayout.from_dict(json.loads(text))
        except MissingDependencyError:
            raise
        except Exception as error:  # onnxruntime's exceptions share no base of their own
            name = "the .onnx file" if isinstance(model, bytes) else model
            raise RuntimeEngineError(f"{name}: no streaming step that onnxruntime can load ({error}).") from error
        self._outputs = [self.layout.output_name, *(state.next_name for state in self.layout.states)]
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        self._state = {state.name: state.initial() for state in self.layout.states}
        self._waiting = np.empty((0, self.layout.frequency), np.float32)
        self._frames = 0
        self._steps = 0

    @property
    def finished(self) -> bool:
        """Whether the window is full; further rows are refused until `reset`."""
        return self._frames == self.layout.window_frames

    def push(self, features: np.ndarray) -> list[StreamLogits]:
        """Feed int8 rows [rows, frequency]; returns one entry for each row that reached the head.

        Raises RuntimeEngineError when a clip gets more rows than its window has.
        """
        if self._frames + len(features) > self.layout.window_frames:
            raise RuntimeEngineError(
                f"a clip has {self.layout.window_frames} feature rows; reset the stream before the next one."
            )
        self._frames += len(features)
        real = features.astype(np.float32) / np.float32(STEPS_PER_DEVIATION)
        self._waiting = np.concatenate([self._waiting, real])
        results: list[StreamLogits] = []
        while len(self._waiting) >= self.layout.frames_per_step:
            results += self._step()
        if self.finished:
            while self._steps < self.layout.steps:
                missing_rows = self.layout.frames_per_step - len(self._waiting)
                self._waiting = np.pad(self._waiting, ((0, missing_rows), (0, 0)))
                results += self._step()
        return results

    def _step(self) -> list[StreamLogits]:
        count = self.layout.frames_per_step
        frames, self._waiting = self._waiting[:count], self._waiting[count:]
        logits, *states = self._session.run(self._outputs, {self.layout.input_name: frames, **self._state})
        self._state = {state.name: value for state, value in zip(self.layout.states, states, strict=True)}
        before = self.layout.rows_after(self._steps)
        self._steps += 1
        rows = self.layout.rows_after(self._steps)
        if rows == before:
            return []
        return [
            StreamLogits(
                logits=self.layout.output.quantize(logits[0]),
                rows=rows,
                frames=min(self._steps * count, self.layout.window_frames),
                complete=rows == self.layout.head_rows,
            )
        ]
