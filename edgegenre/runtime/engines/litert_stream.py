"""A streaming step .tflite driven by LiteRT."""

from typing import Any

import numpy as np

from edgegenre.errors import ExportError, RuntimeEngineError, first_line
from edgegenre.export.stream_layout import DECIDE, LAYOUT_KEY, MEAN, ROW, STEP, MeanOutside, StreamLayout
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.rows import global_average
from edgegenre.runtime.engines.litert_interpreter import open_interpreter
from edgegenre.runtime.engines.step_stream import StepStream
from edgegenre.runtime.engines.tflite_metadata import tflite_metadata
from edgegenre.untrusted import parse_json


class LiteRTStream(StepStream):
    """The streaming step in one of the two arithmetics (`litert_interpreter`).

    model: the file's bytes. layout: the one it must have, and how many classes, None when only the file knows. module:
    the package that runs it, see `open_interpreter`. name: of the file. Raises RuntimeEngineError when it is no
    streaming step or another one, MissingDependencyError without an interpreter.
    """

    def __init__(
        self,
        model: bytes,
        *,
        layout: StreamLayout | None = None,
        classes: int | None = None,
        arithmetic: Arithmetic = "float32",
        threads: int = 1,
        module: str | None = None,
        name: object = "the .tflite file",
    ) -> None:
        try:
            found = StreamLayout.from_dict(parse_json(tflite_metadata(model, LAYOUT_KEY)))
        except (ValueError, KeyError, ExportError) as error:
            raise RuntimeEngineError(f"{name}: no streaming step ({error}).") from error
        # Signatures hold no reference to their interpreter.
        self._interpreter = open_interpreter(model, name, arithmetic=arithmetic, threads=threads, module=module)
        try:
            self._call: Any = self._interpreter.get_signature_runner(STEP)
            self._decide: Any = self._interpreter.get_signature_runner(DECIDE) if found.mean is not None else None
        except ValueError as error:
            raise RuntimeEngineError(f"{name}: no streaming step ({first_line(error)}).") from error
        self._arithmetic: Arithmetic = arithmetic
        super().__init__(found, layout, name, classes=classes)

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        super().reset()
        self._total = np.zeros((1, 1, 1, 1), np.int64)

    def _run(self, frames: np.ndarray, number: int, rows: int) -> np.ndarray | None:
        layout = self.layout
        image = frames.reshape(1, layout.frames_per_step, layout.frequency, 1)
        masks = {mask.name: mask.at(number) for mask in layout.masks}
        made = self._call(**{layout.input_name: image}, **masks, **self._state)
        self._keep({state.name: made[state.next_name] for state in layout.states})
        if rows == 0:
            return None
        if layout.mean is None:
            return self._checked(made[layout.output_name], layout.output.dtype)
        vector = self._mean(layout.mean, made[ROW], rows)
        return self._checked(self._decide(**{MEAN: vector})[layout.output_name], layout.output.dtype)

    def _mean(self, mean: MeanOutside, row: np.ndarray, rows: int) -> np.ndarray:
        """The mean over all rows so far: [1, 1, 1, channels]."""
        _, _, frequency, _ = row.shape
        self._total = self._total + (row.astype(np.int64) - mean.input.zero_point).sum(axis=2, keepdims=True)
        return global_average(mean.input, mean.output, self._total, rows * frequency, self._arithmetic)
