"""The order in which the C runtime works: what `eg_push_pcm` takes and what each `eg_step` does, without arithmetic.

`eg_stream.c` in Python, with a price for each slice: so that how long audio waits can be computed for any clock.
"""

from dataclasses import dataclass

from edgegenre.export.c.plan import RowLayer, Stack
from edgegenre.integer.stream_heads import block_rows
from edgegenre.integer.streaming import Mode


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Instructions: of a sample taken, a frame, a row of each layer, a slice of a recurrent head, a decision.

    head_slices: slices of a recurrent head for a row; 0 of a pooled one.
    """

    sample: float
    frontend: int
    layers: tuple[int, ...]
    head: int
    head_slices: int
    decision: int


@dataclass
class _Stage:
    """One layer's place in the window; the fields are those of eg_stage_t."""

    kernel: int
    stride: int
    top: int
    bottom: int
    rows: int
    missing: int = 0
    rows_left: int = 0
    padding_left: int = 0

    def begin_window(self) -> None:
        self.missing, self.rows_left, self.padding_left = self.kernel - self.top, self.rows, self.bottom

    def ready(self) -> bool:
        while self.missing > 0 and self.rows_left == 0:
            if self.padding_left == 0:
                self.begin_window()
                return False
            self.missing -= 1
            self.padding_left -= 1
        return self.missing == 0


class Schedule:
    """A stream of `layers`. frame, hop: samples. row_frames: frames that make a row of features."""

    def __init__(self, layers: Stack, prices: Prices, *, mode: Mode, frame: int, hop: int, row_frames: int) -> None:
        self._prices, self._mode, self._frame, self._hop = prices, mode, frame, hop
        self._row_frames, self._summed = row_frames, 0
        self._frames = layers.rows[0].shape.time
        self._stages = [_stage(item) for item in layers.rows]
        for stage in self._stages:
            stage.begin_window()
        self._samples, self._frames_left = 0, self._frames
        self._head_rows, self._head_slices = layers.head_shape.time, 0
        self._first_decision = block_rows(layers.head_shape.time)
        self.rows_heard = 0

    @property
    def samples_wanted(self) -> int:
        """How many complete the next frame."""
        return self._frame - self._samples

    def push(self, count: int) -> int:
        """How many of `count` samples are taken."""
        taken = min(count, self._frame - self._samples)
        self._samples += taken
        return taken

    def step(self) -> int:
        """The instructions of one `eg_step` and of the decision that may follow; 0 when there was nothing to do."""
        if self._head_slices:
            self._head_slices -= 1
            return self._prices.head + (self._heard() if self._head_slices == 0 else 0)
        deepest = self._deepest_ready()
        if self._samples == self._frame and self._has_room(deepest):
            self._take_frame()
            return self._prices.frontend
        return self._advance(deepest - 1) if deepest else 0

    def _deepest_ready(self) -> int:
        """Counted from 1; 0 for none."""
        return next((n for n in range(len(self._stages), 0, -1) if self._stages[n - 1].ready()), 0)

    def _has_room(self, deepest: int) -> bool:
        passes = self._stages[0].kernel == 1 or self._stages[deepest - 1].kernel == 1
        return deepest == 0 or (deepest > 1 and not passes and not self._stages[0].ready())

    def _take_frame(self) -> None:
        self._samples -= self._hop
        self._summed += 1
        if self._summed < self._row_frames:
            return
        self._summed = 0
        self._arrived(0)
        if self._mode == "clip":
            self._frames_left -= 1
            if self._frames_left == 0:
                self._frames_left, self._samples = self._frames, 0

    def _arrived(self, index: int) -> None:
        self._stages[index].missing -= 1
        if self._mode == "clip":
            self._stages[index].rows_left -= 1

    def _advance(self, index: int) -> int:
        self._stages[index].missing = self._stages[index].stride
        price = self._prices.layers[index]
        if index + 1 < len(self._stages):
            self._arrived(index + 1)
            return price
        self._head_slices = self._prices.head_slices
        return price + (0 if self._head_slices else self._heard())

    def _heard(self) -> int:
        """The price of the decision that a new row at the head brings."""
        self.rows_heard += 1
        if self._mode == "clip":
            return self._prices.decision if self.rows_heard % self._head_rows == 0 else 0
        return self._prices.decision if self.rows_heard >= self._first_decision else 0


def _stage(item: RowLayer) -> _Stage:
    window = item.window
    return _Stage(
        kernel=window.kernel[0],
        stride=window.stride[0],
        top=window.padding.top,
        bottom=window.padding.bottom,
        rows=item.shape.time,
    )
