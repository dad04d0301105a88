"""A streaming step .tflite driven by LiteRT."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgegenre.errors import ExportError, RuntimeEngineError, first_line
from edgegenre.export.stream_layout import DECIDE, HEAD, LAYOUT_KEY, ROW, STEP, MeanOutside, StreamLayout
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
            self._decide: Any = self._interpreter.get_signature_runner(DECIDE) if found.means else None
        except ValueError as error:
            raise RuntimeEngineError(f"{name}: no streaming step ({first_line(error)}).") from error
        self._arithmetic: Arithmetic = arithmetic
        super().__init__(found, layout, name, classes=classes)

    def reset(self) -> None:
        """Forget everything: the next row is the first of a window."""
        super().reset()
        self._totals = {mean.name: np.zeros((1, 1, 1, 1), np.int64) for mean in self.layout.means}

    def _run(self, frames: Mapping[str, np.ndarray], number: int, *, answers: bool) -> np.ndarray | None:
        layout = self.layout
        images = {name: rows[np.newaxis] for name, rows in frames.items()}
        masks = {mask.name: mask.at(number) for mask in layout.masks}
        made = self._call(**images, **masks, **self._state)
        self._keep({state.name: made[state.next_name] for state in layout.states})
        means = {f"{HEAD}_{mean.name}": self._mean(mean, made[f"{ROW}_{mean.name}"], number) for mean in layout.means}
        if not answers:
            return None
        if not layout.means:
            return self._checked(made[layout.output_name], layout.output.dtype)
        others = {name: value for name, value in made.items() if name.startswith(f"{HEAD}_")}
        return self._checked(self._decide(**means, **others)[layout.output_name], layout.output.dtype)

    def _mean(self, mean: MeanOutside, rows: np.ndarray, number: int) -> np.ndarray:
        """The mean over all rows so far: [1, 1, 1, channels]."""
        index = number * mean.rows - mean.delay + np.arange(mean.rows)
        there = (index >= 0) & (index < mean.total)
        centered = rows[:, there].astype(np.int64) - mean.input.zero_point
        self._totals[mean.name] = self._totals[mean.name] + centered.sum(axis=(1, 2), keepdims=True)
        count = max(1, min(mean.total, int(index[-1]) + 1)) * rows.shape[2]
        return global_average(mean.input, mean.output, self._totals[mean.name], count, self._arithmetic)
