"""How to drive a streaming step, as data that rides in its file; whoever reads it trusts none of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.integer.tensors import Quantization

LAYOUT_KEY = "edgegenre_stream"
"""Under this name the StreamLayout rides in the .onnx file's metadata_props, as JSON."""

HIDDEN, CELL = "hidden", "cell"
"""The states of a recurrent head, int16; an .onnx holds the cell of an LSTM behind the hidden state, in one tensor."""

STEP, DECIDE = "step", "decide"
"""The signatures of a .tflite step: `step`; and, where the head is pooled, `decide`, from the mean to the logits."""

ROW, MEAN = "row", "mean"
"""What `step` gives out for a pooled head, and what `decide` takes."""


@dataclass(frozen=True, kw_only=True)
class StateTensor:
    """State between steps: fed as `name`, returned as `<name>_next`. fill: its value before a window's first step."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    fill: int

    @property
    def next_name(self) -> str:
        """The output that holds the state for the next step."""
        return f"{self.name}_next"

    def initial(self) -> np.ndarray:
        """The state before a window's first step."""
        return np.full(self.shape, self.fill, self.dtype)


@dataclass(frozen=True, kw_only=True)
class RowMask:
    """An input of a step that computes no positions itself: which of its rows, bool, lie in the window.

    Row number i of a step is row step * rows - delay + i of [0, total). shape: of the input; it has `rows` values.
    """

    name: str
    shape: tuple[int, ...]
    rows: int
    delay: int
    total: int

    def at(self, step: int) -> np.ndarray:
        """The mask of a step, numbered from 0."""
        index = step * self.rows - self.delay + np.arange(self.rows)
        return ((index >= 0) & (index < self.total)).reshape(self.shape)


@dataclass(frozen=True, kw_only=True)
class MeanOutside:
    """A pooled head that is left to whoever drives the step, because its divisor grows with the rows so far.

    The step gives out a row, `row`; the mean over all rows so far (`edgegenre.integer.rows.global_average`), in steps
    of `output`, goes into the signature `decide`, which answers with the logits. input: of the row's values.
    """

    input: Quantization
    output: Quantization


@dataclass(frozen=True, kw_only=True)
class StreamLayout:
    """How to drive a streaming step; it rides in the file's metadata, so that the file explains itself.

    input_name: [frames_per_step, frequency]; .onnx: float32, normalized, on the int8 grid; .tflite: int8, with axes of
    length 1 in front and behind. Frames after the window's last are ignored. output_name: [1, classes], the logits over
    the rows that have reached the head: float32 in an .onnx, integers in a .tflite. steps: of one window, the flush
    included. delay: steps until the first row reaches the head. head_rows: rows in a window there. masks, mean: of a
    .tflite only.
    """

    input_name: str
    output_name: str
    frames_per_step: int
    window_frames: int
    frequency: int
    steps: int
    delay: int
    head_rows: int
    output: Quantization
    states: tuple[StateTensor, ...]
    masks: tuple[RowMask, ...] = ()
    mean: MeanOutside | None = None

    def rows_after(self, steps: int) -> int:
        """Rows that have reached the head after `steps` steps."""
        return min(max(steps - self.delay, 0), self.head_rows)

    @property
    def state_bytes(self) -> int:
        """What is kept between steps, all of it."""
        return sum(state.initial().nbytes for state in self.states)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` takes them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave. Raises ExportError when it is not well formed, out of bounds or contradicts itself."""
        try:
            layout = cls(
                input_name=_name(values["input_name"]),
                output_name=_name(values["output_name"]),
                **{name: _whole(name, values[name], *bounds) for name, bounds in _BOUNDS.items()},
                output=Quantization.from_dict(values["output"]),
                states=tuple(map(_state, _some(values["states"]))),
                masks=tuple(map(_mask, _some(values["masks"]))),
                mean=None if values["mean"] is None else _mean(values["mean"]),
            )
            _check_parts(layout)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise ExportError(f"the streaming layout cannot be read ({error!r}). Export the bundle again.") from error
        return layout


_STATE_TYPES = ("uint8", "int8", "int16", "int32")

_LARGEST_COUNT = 100_000
"""Of rows and steps: a front end makes no longer windows."""

_LARGEST_STATE = 1 << 24
"""Values, all states together; the largest model of the zoo keeps some thousand."""

_MOST_TENSORS = 1000

_BOUNDS = {
    "frames_per_step": (1, _LARGEST_COUNT),
    "window_frames": (1, _LARGEST_COUNT),
    "frequency": (1, _LARGEST_COUNT),
    "steps": (1, 2 * _LARGEST_COUNT),
    "delay": (0, _LARGEST_COUNT),
    "head_rows": (1, _LARGEST_COUNT),
}


def _check_parts(layout: StreamLayout) -> None:
    if layout.head_rows > layout.window_frames:
        raise ValueError(f"{layout.head_rows} rows at the head of {layout.window_frames} frames")
    needed = max(layout.head_rows + layout.delay, -(-layout.window_frames // layout.frames_per_step))
    if layout.steps != needed:
        raise ValueError(f"{layout.steps} steps, {needed} are needed")
    if layout.frames_per_step * layout.frequency > _LARGEST_STATE:
        raise ValueError(f"{layout.frames_per_step} frames a step of {layout.frequency} values")
    if sum(math.prod(state.shape) for state in layout.states) > _LARGEST_STATE:
        raise ValueError(f"more than {_LARGEST_STATE} values in the states")
    names = [layout.input_name, *(state.name for state in layout.states), *(mask.name for mask in layout.masks)]
    if len(set(names)) != len(names):
        raise ValueError("a name is used twice")


def _whole(name: str, value: Any, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is {value!r}, not a whole number from {low} to {high}")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no name")
    return value


def _some(values: Any) -> Sequence[Any]:
    if not isinstance(values, list | tuple) or len(values) > _MOST_TENSORS:
        raise ValueError(f"not a list of at most {_MOST_TENSORS}")
    return values


def _shape(values: Any) -> tuple[int, ...]:
    if not 1 <= len(_some(values)) <= 4:
        raise ValueError(f"{values!r} is no shape")
    return tuple(_whole("an axis", value, 1, _LARGEST_STATE) for value in values)


def _mean(values: Mapping[str, Any]) -> MeanOutside:
    return MeanOutside(**{name: Quantization.from_dict(values[name]) for name in ("input", "output")})


def _state(values: Mapping[str, Any]) -> StateTensor:
    dtype = values["dtype"]
    if dtype not in _STATE_TYPES:
        raise ValueError(f"a state of type {dtype!r}")
    limits = np.iinfo(dtype)
    fill = _whole("fill", values["fill"], int(limits.min), int(limits.max))
    return StateTensor(name=_name(values["name"]), dtype=dtype, shape=_shape(values["shape"]), fill=fill)


def _mask(values: Mapping[str, Any]) -> RowMask:
    rows, shape = _whole("rows", values["rows"], 1, _LARGEST_COUNT), _shape(values["shape"])
    if math.prod(shape) != rows:
        raise ValueError(f"a mask {shape} of {rows} rows")
    delay = _whole("delay", values["delay"], 0, _LARGEST_COUNT)
    total = _whole("total", values["total"], 1, _LARGEST_COUNT)
    return RowMask(name=_name(values["name"]), shape=shape, rows=rows, delay=delay, total=total)
