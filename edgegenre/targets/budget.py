"""Whether a processor keeps up with the audio: work a second, the clock it takes, the buffer that evens it out.

Instructions are counted on an emulated core. What follows from them (clocks, loads, buffers) is computed with an
assumed number of cycles an instruction: memory that is slower than the core, interrupts and whatever else a program
does come on top.
"""

import functools
from dataclasses import dataclass

from edgegenre.export.c.frontend import heard_frames
from edgegenre.export.c.plan import Stack, stack
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell
from edgegenre.integer.streaming import Mode
from edgegenre.targets.cores import Processor
from edgegenre.targets.emulator import FRONT_END, Emulated, emulate
from edgegenre.targets.noise import some_sound
from edgegenre.targets.schedule import Prices, Schedule

_LONGEST_HALF_HOPS = 40
_STEPS_A_HOP = 5
_CLOCK_STEP = 1.005


@dataclass(frozen=True, kw_only=True, eq=False)
class Budget:
    """The work of one network on one core; average and burst are instructions a second.

    average: over a window. burst: of the hop of audio that brings most work. flush_instructions: of the rows that
    follow a clip's last frame, 0 in continuous mode; they are computed while the next window is taken. emulated: the
    run that all of it follows from; None where the prices were estimated.
    """

    target: Processor
    mode: Mode
    sample_rate: int
    hop: int
    average: float
    burst: float
    flush_instructions: int
    layers: Stack
    frame: int
    row_frames: int
    prices: Prices
    emulated: Emulated | None

    def schedule(self) -> Schedule:
        """The runtime at the beginning of a stream."""
        return Schedule(
            self.layers, self.prices, mode=self.mode, frame=self.frame, hop=self.hop, row_frames=self.row_frames
        )

    def lost_samples(self, rate: float, half: int, samples: int) -> int:
        """Samples of a stream that are lost when `rate` instructions a second meet an audio buffer of two halves.

        The loop of examples/bare_metal.c. half: samples.
        """
        schedule, interval = self.schedule(), half / self.sample_rate * rate
        now, used, lost = 0.0, 0, 0
        while (used + 1) * half <= samples:
            while now < (used + 1) * interval:
                now = now + work if (work := schedule.step()) else (used + 1) * interval
            waiting = half
            while waiting := waiting - schedule.push(waiting):
                now += schedule.step()
            now += half * self.prices.sample
            used += 1
            late = int(now / interval) - used
            if late > 0:
                lost += (late + 1) * half
                used += late
        return lost

    @property
    def frontend_average(self) -> float:
        """Instructions a second of the front end alone: what any model takes that has this one."""
        return self.prices.frontend * self.sample_rate / self.hop

    @functools.cached_property
    def least_rate(self) -> float:
        """Instructions a second at which nothing is lost with halves of one hop."""
        rate = self.average
        while self.lost_samples(rate, self.hop, self._samples):
            rate *= _CLOCK_STEP
        return rate

    def half_samples(self, rate: float) -> int | None:
        """The shortest half of an audio buffer with which nothing is lost at `rate` instructions a second.

        One hop at least, else in steps of 10 ms; None when two seconds are not enough.
        """
        if self.average >= rate:
            return None
        step = self.hop // _STEPS_A_HOP
        halves = range(self.hop, _LONGEST_HALF_HOPS * self.hop + 1, step)
        return next((half for half in halves if not self.lost_samples(rate, half, self._samples)), None)

    @property
    def _samples(self) -> int:
        """Of a stream long enough to show every meeting of rows: two windows and a half."""
        window = self.frame + (self.layers.rows[0].shape.time * self.row_frames - 1) * self.hop
        return 5 * window // 2


def budget(network: IntegerNetwork, frontend: Extractor, target: Processor, mode: Mode) -> Budget:
    """Emulate a window of noise on `target` and work out the budget. Raises ExportError as `emulate` does."""
    samples = frontend.spec.samples_for(network.input_shape.time)
    found = emulate(network, frontend, some_sound(samples), target, mode=mode)
    layers = stack(network)
    prices = _prices(layers, found, samples, heard_frames(frontend.spec).count)
    return priced_budget(layers, frontend, target, mode, prices, emulated=found)


def priced_budget(
    layers: Stack,
    frontend: Extractor,
    target: Processor,
    mode: Mode,
    prices: Prices,
    *,
    emulated: Emulated | None = None,
) -> Budget:
    """The budget of `layers` whose slices cost `prices` on `target`. emulated: the run that told the prices."""
    heard = heard_frames(frontend.spec)
    window = layers.rows[0].shape.time * heard.count
    frame, hop = heard.each.frame_length, heard.each.hop_length
    samples = frame + (window - 1) * hop
    schedule = Schedule(layers, prices, mode=mode, frame=frame, hop=hop, row_frames=heard.count)
    works = _work_of_frames(schedule, prices, 2 * window)
    seconds = hop / frontend.spec.sample_rate
    second_window = works[window:]
    return Budget(
        target=target,
        mode=mode,
        sample_rate=frontend.spec.sample_rate,
        hop=hop,
        average=sum(second_window) / (samples / frontend.spec.sample_rate if mode == "clip" else window * seconds),
        burst=max(second_window) / seconds,
        flush_instructions=round(second_window[-1]) - prices.frontend if mode == "clip" else 0,
        layers=layers,
        frame=frame,
        row_frames=heard.count,
        prices=prices,
        emulated=emulated,
    )


def _prices(layers: Stack, found: Emulated, samples: int, row_frames: int) -> Prices:
    """The most that each slice took; of frames that are summed up, of which the last takes a little more, the mean."""
    recurrent = isinstance(layers.head, Cell)
    return Prices(
        sample=found.input_instructions / samples,
        frontend=found.largest[FRONT_END] if row_frames == 1 else found.frontend_instructions,
        layers=tuple(found.largest[item.layer.name] for item in layers.rows),
        head=found.largest[layers.head.name] if recurrent else 0,
        head_slices=found.head.slices,
        decision=-(-(found.head.mean + found.head.dense) // found.head.answers),
    )


def _work_of_frames(schedule: Schedule, prices: Prices, frames: int) -> list[float]:
    """Instructions that each frame sets free, with those of taking its samples."""
    works = []
    for _ in range(frames):
        work = schedule.push(schedule.samples_wanted) * prices.sample
        while done := schedule.step():
            work += done
        works.append(work)
    return works
