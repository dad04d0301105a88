"""A streaming step .onnx driven by onnxruntime."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from edgegenre.errors import MissingDependencyError, RuntimeEngineError
from edgegenre.export.stream_layout import LAYOUT_KEY, StreamLayout
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.runtime.engines.onnxruntime_session import open_session
from edgegenre.runtime.engines.step_stream import StepStream
from edgegenre.untrusted import parse_json


class OnnxStream(StepStream):
    """The streaming step in arithmetic `float32`.

    model: the file's bytes. layout: the one it must have, and how many classes, None when
    only the file knows. name: of the file. Raises
    RuntimeEngineError when it is no streaming step or another one, MissingDependencyError without onnxruntime.
    """

    def __init__(
        self,
        model: bytes,
        *,
        layout: StreamLayout | None = None,
        classes: int | None = None,
        threads: int = 1,
        name: object = "the .onnx file",
    ) -> None:
        try:
            self._session: Any = open_session(model, threads=threads)
            text = self._session.get_modelmeta().custom_metadata_map[LAYOUT_KEY]
            found = StreamLayout.from_dict(parse_json(text))
        except MissingDependencyError:
            raise
        except Exception as error:  # onnxruntime's exceptions share no base of their own
            raise RuntimeEngineError(f"{name}: no streaming step that onnxruntime can load ({error}).") from error
        self._outputs = [found.output_name, *(state.next_name for state in found.states)]
        super().__init__(found, layout, name, classes=classes)

    def _run(self, frames: Mapping[str, np.ndarray], number: int, *, answers: bool) -> np.ndarray | None:
        given = {}
        for name, rows in frames.items():
            real = rows.astype(np.float32) / np.float32(STEPS_PER_DEVIATION)
            given[name] = real[:, :, 0] if real.shape[2] == 1 else real
        logits, *states = self._session.run(self._outputs, {**given, **self._state})
        self._keep({state.name: value for state, value in zip(self.layout.states, states, strict=True)})
        return self.layout.output.quantize(self._checked(logits, np.float32)) if answers else None
