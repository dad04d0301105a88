"""How a chain runs as a stream of equal steps: rows a step, delays, and the rows each layer keeps between steps.

A step takes as many frames as one row before the head spans, so every layer makes the same number of rows in each
step, some rows behind the input. Rows that do not exist (before the window's first, after its last) are replaced by the
zero point where a later layer would see them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.export.stream_layout import MeanOutside, RowMask, StateTensor, StreamLayout
from edgegenre.integer.chain import Chain, chain_of
from edgegenre.integer.tensors import AnyIntegerLayer, IntegerLayer, IntegerNetwork, IntegerRecurrent
from edgegenre.network.shape import Shape


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
