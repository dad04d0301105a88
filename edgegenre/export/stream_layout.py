"""How to drive a streaming step, as data that rides in its file; whoever reads it trusts none of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.steps import StepPlan
from edgegenre.integer.quantization import Quantization

LAYOUT_KEY = "edgegenre_stream"
"""Under this name the StreamLayout rides in the .onnx file's metadata_props, as JSON."""

HIDDEN, CELL = "hidden", "cell"
"""Before the name of a recurrent layer: its states, int16; an .onnx holds an LSTM's cell behind the hidden state."""

STEP, DECIDE = "step", "decide"
"""The signatures of a .tflite step: `step`; and, where the head is pooled, `decide`, from the mean to the logits."""

ROW, HEAD = "row", "head"
"""Before a head's name: what `step` gives out for an average, and what `decide` takes of each head."""


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
    """An averaging head that is left to whoever drives the step, because its divisor grows with the rows so far.

    The step gives out its rows, `row_<name>`; the mean over all rows so far (`edgegenre.integer.rows.global_average`),
    in steps of `output`, goes into the signature `decide` as `head_<name>`, beside what the other heads gave out under
    that name, and `decide` answers with the logits. input: of the rows' values. rows, delay, total: as a RowMask's.
    """

    name: str
    input: Quantization
    output: Quantization
    rows: int
    delay: int
    total: int


@dataclass(frozen=True, kw_only=True)
class StepInput:
    """An input of the network in a step: [frames_per_step, frequency], with the channels behind where it has several.

    frames: of a window; what comes after them is ignored.
    """

    name: str
    frames: int
    frequency: int
    channels: int


@dataclass(frozen=True, kw_only=True)
class StreamLayout:
    """How to drive a streaming step; it rides in the file's metadata, so that the file explains itself.

    inputs: .onnx: float32, normalized, on the int8 grid; .tflite: int8, with an axis of length 1 in front and the
    channels behind always. output_name: [1, classes], the logits over the rows that have reached the heads: float32 in
    an .onnx, integers in a .tflite. steps: of one window, the flush included. rows, delay, head_rows: of the leading
    head: step i brings it the rows i * rows - delay and following, of head_rows in a window. masks, means: of a .tflite
    only.
    """

    inputs: tuple[StepInput, ...]
    output_name: str
    frames_per_step: int
    steps: int
    rows: int
    delay: int
    head_rows: int
    output: Quantization
    states: tuple[StateTensor, ...]
    masks: tuple[RowMask, ...] = ()
    means: tuple[MeanOutside, ...] = ()

    def rows_after(self, steps: int) -> int:
        """Rows that have reached the leading head after `steps` steps."""
        return min(max(steps * self.rows - self.delay, 0), self.head_rows)

    @property
    def window_frames(self) -> int:
        """Frames of the input that has most."""
        return max(item.frames for item in self.inputs)

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
                inputs=tuple(map(_input, _some(values["inputs"]))),
                output_name=_name(values["output_name"]),
                **{name: _whole(name, values[name], *bounds) for name, bounds in _BOUNDS.items()},
                output=Quantization.from_dict(values["output"]),
                states=tuple(map(_state, _some(values["states"]))),
                masks=tuple(map(_mask, _some(values["masks"]))),
                means=tuple(map(_mean, _some(values["means"]))),
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
    "steps": (1, 2 * _LARGEST_COUNT),
    "rows": (1, _LARGEST_COUNT),
    "delay": (0, _LARGEST_COUNT),
    "head_rows": (1, _LARGEST_COUNT),
}


def _check_parts(layout: StreamLayout) -> None:
    if not layout.inputs:
        raise ValueError("a step without inputs")
    if layout.head_rows > layout.window_frames:
        raise ValueError(f"{layout.head_rows} rows at the head of {layout.window_frames} frames")
    reached = -(-(layout.head_rows + layout.delay) // layout.rows)
    needed = max(reached, -(-layout.window_frames // layout.frames_per_step))
    # Another head than the leading one may need a step more, never another window.
    if not needed <= layout.steps <= 2 * needed:
        raise ValueError(f"{layout.steps} steps, {needed} are needed")
    for item in layout.inputs:
        if layout.frames_per_step * item.frequency * item.channels > _LARGEST_STATE:
            raise ValueError(f"{layout.frames_per_step} frames a step of {item.frequency * item.channels} values")
    if sum(math.prod(state.shape) for state in layout.states) > _LARGEST_STATE:
        raise ValueError(f"more than {_LARGEST_STATE} values in the states")
    names = [item.name for part in (layout.inputs, layout.states, layout.masks) for item in part]
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


def _input(values: Mapping[str, Any]) -> StepInput:
    sizes = {name: _whole(name, values[name], 1, _LARGEST_COUNT) for name in ("frames", "frequency", "channels")}
    return StepInput(name=_name(values["name"]), **sizes)


def _mean(values: Mapping[str, Any]) -> MeanOutside:
    return MeanOutside(
        name=_name(values["name"]),
        input=Quantization.from_dict(values["input"]),
        output=Quantization.from_dict(values["output"]),
        rows=_whole("rows", values["rows"], 1, _LARGEST_COUNT),
        delay=_whole("delay", values["delay"], 0, _LARGEST_COUNT),
        total=_whole("total", values["total"], 1, _LARGEST_COUNT),
    )


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


def stream_layout(
    plan: StepPlan,
    states: Sequence[StateTensor],
    masks: Sequence[RowMask] = (),
    means: Sequence[MeanOutside] = (),
) -> StreamLayout:
    """What is the same in every file format, around the tensors of one."""
    network, leading = plan.network, plan.stream.leading_rows
    return StreamLayout(
        inputs=tuple(
            StepInput(
                name=item.name, frames=item.shape.time, frequency=item.shape.frequency, channels=item.shape.channels
            )
            for item in network.inputs
        ),
        output_name=network.logits.name,
        frames_per_step=plan.stream.frames_per_step,
        steps=plan.stream.steps,
        rows=leading.rows,
        delay=leading.delay,
        head_rows=leading.total,
        output=network.output,
        states=tuple(states),
        masks=tuple(masks),
        means=tuple(means),
    )
