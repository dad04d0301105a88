"""How a chain runs as a stream of equal steps: rows a step, delays, and the rows each layer keeps between steps.

A step takes as many frames as one row before the head spans, so every layer makes the same number of rows in each
step, some rows behind the input. Rows that do not exist (before the window's first, after its last) are replaced by the
zero point where a later layer would see them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.integer.chain import Chain, chain_of
from edgegenre.integer.tensors import AnyIntegerLayer, IntegerLayer, IntegerNetwork, IntegerRecurrent, Quantization
from edgegenre.network.shape import Shape

LAYOUT_KEY = "edgegenre_stream"
"""Under this name the StreamLayout rides in the .onnx file's metadata_props, as JSON."""

HIDDEN, CELL = "hidden", "cell"
"""The states of a recurrent head, int16; an .onnx holds the cell of an LSTM behind the hidden state, in one tensor."""


STEP, DECIDE = "step", "decide"
"""The signatures of a .tflite step: `step`; and, where the head is pooled, `decide`, from the mean to the logits."""

ROW, MEAN = "row", "mean"
"""What `step` gives out for a pooled head, and what `decide` takes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Stage:
    """One windowed layer in the stream.

    rows_in, rows_out: rows that arrive and are made a step. delay_out: step i makes rows i * rows_out - delay_out and
    following. history: input rows kept between steps, in front of the arriving ones; negative: that many of the
    arriving rows are skipped (a stride longer than the kernel). masked: output rows outside the window must become
    the zero point, because of what follows.
    """

    layer: IntegerLayer
    shape: Shape
    rows_in: int
    rows_out: int
    delay_out: int
    history: int
    masked: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamPlan:
    """A chain in steps. `mask_input`: frames beyond the window must become the zero point."""

    network: IntegerNetwork
    frames_per_step: int
    mask_input: bool
    stages: tuple[Stage, ...]
    head: AnyIntegerLayer
    head_shape: Shape
    tail: tuple[tuple[IntegerLayer, Shape], ...]

    @property
    def delay(self) -> int:
        """Steps until the first row reaches the head."""
        return self.stages[-1].delay_out if self.stages else 0

    @property
    def steps(self) -> int:
        """Steps of one window, the flush included."""
        frames = self.network.network.input_shape.time
        return max(self.head_shape.time + self.delay, -(-frames // self.frames_per_step))


def stream_plan(network: IntegerNetwork) -> StreamPlan:
    """Lay out the steps. Raises QuantizationError unless it is a chain that streams."""
    chain = chain_of(network)
    return StreamPlan(
        network=network,
        frames_per_step=int(np.prod([_time_stride(layer, shape) for layer, shape in chain.rows])),
        mask_input=_reads_absent_rows(*chain.rows[0]),
        stages=tuple(_stages(chain)),
        head=chain.head,
        head_shape=chain.head_shape,
        tail=chain.dense,
    )


def _stages(chain: Chain) -> list[Stage]:
    readers = [*chain.rows[1:], (chain.head, chain.head_shape)]
    stages = []
    rows = int(np.prod([_time_stride(layer, shape) for layer, shape in chain.rows]))
    delay = 0
    for (layer, shape), reader in zip(chain.rows, readers, strict=True):
        window = layer.node.layer.time_window(shape)
        assert window is not None
        delay_out = -(-(delay + 1 + window.lookahead - window.stride) // window.stride)
        stages.append(
            Stage(
                layer=layer,
                shape=shape,
                rows_in=rows,
                rows_out=rows // window.stride,
                delay_out=delay_out,
                history=delay_out * window.stride + window.before - delay,
                masked=_reads_absent_rows(*reader),
            )
        )
        rows, delay = rows // window.stride, delay_out
    return stages


def _time_stride(layer: IntegerLayer, shape: Shape) -> int:
    window = layer.node.layer.time_window(shape)
    assert window is not None
    return window.stride


def _reads_absent_rows(layer: AnyIntegerLayer, shape: Shape) -> bool:
    """Whether rows outside the window come to matter in `layer`: it mixes or sums rows, and is not recurrent."""
    window = layer.node.layer.time_window(shape)
    return not isinstance(layer, IntegerRecurrent) if window is None else window.kernel > 1


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
        """What `to_dict` gave. Raises ExportError when it is not well formed."""
        try:
            return cls(
                **{name: values[name] for name in _PLAIN},
                output=Quantization.from_dict(values["output"]),
                states=tuple(_state(state) for state in values["states"]),
                masks=tuple(_mask(mask) for mask in values["masks"]),
                mean=values["mean"] and _mean(values["mean"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ExportError(f"the streaming layout cannot be read ({error!r}). Export the bundle again.") from error


def _mean(values: Mapping[str, Any]) -> MeanOutside:
    return MeanOutside(**{name: Quantization.from_dict(values[name]) for name in ("input", "output")})


def _state(values: Mapping[str, Any]) -> StateTensor:
    if values["dtype"] not in _STATE_TYPES:
        raise ValueError(f"a state of type {values['dtype']}")
    shape = tuple(map(int, values["shape"]))
    return StateTensor(name=str(values["name"]), dtype=values["dtype"], shape=shape, fill=int(values["fill"]))


def _mask(values: Mapping[str, Any]) -> RowMask:
    rows, delay, total = (int(values[name]) for name in ("rows", "delay", "total"))
    shape = tuple(map(int, values["shape"]))
    return RowMask(name=str(values["name"]), shape=shape, rows=rows, delay=delay, total=total)


_STATE_TYPES = ("uint8", "int8", "int16", "int32")

_PLAIN = (
    "input_name",
    "output_name",
    "frames_per_step",
    "window_frames",
    "frequency",
    "steps",
    "delay",
    "head_rows",
)


def stream_layout(
    plan: StreamPlan, states: Sequence[StateTensor], masks: Sequence[RowMask] = (), mean: MeanOutside | None = None
) -> StreamLayout:
    """What is the same in every file format, around the tensors of one."""
    network = plan.network.network
    return StreamLayout(
        input_name=network.inputs[0].name,
        output_name=network.output.name,
        frames_per_step=plan.frames_per_step,
        window_frames=network.input_shape.time,
        frequency=network.input_shape.frequency,
        steps=plan.steps,
        delay=plan.delay,
        head_rows=plan.head_shape.time,
        output=plan.network.output,
        states=tuple(states),
        masks=tuple(masks),
        mean=mean,
    )
