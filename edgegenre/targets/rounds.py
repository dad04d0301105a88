"""Interleaved timing: in each round every engine has its turn, so that a busy machine slows all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.progress import SILENT, Progress
from edgegenre.records.record import Latency, Ratio, Workload

RUNS_A_ROUND = 5
FEWEST_ROUNDS = 3
SECONDS_A_RUNNER = 3.0
"""Slow runners take part in fewer rounds, as many as fit into this."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, kw_only=True, eq=False)
class Runner:
    """Something to time. `prepare` is called before each `run` and is not timed.

    engine, mode, arithmetic, workload, threads, batch, frames: as in the record. frames: how many feature frames one
    run consumes. on_gpu: `run` waits for a GPU, whose time is not the processor's.
    """

    engine: str
    arithmetic: str
    workload: Workload
    frames: int
    run: Callable[[], object]
    prepare: Callable[[], object] = _nothing
    mode: str = ""
    threads: int = 1
    batch: int = 1
    on_gpu: bool = False

    @property
    def title(self) -> str:
        """For a progress bar."""
        return " ".join(filter(None, (self.engine, self.mode, self.arithmetic, self.workload)))


@dataclass(frozen=True, kw_only=True, eq=False)
class Timing:
    """wall, processor: milliseconds, float64 [rounds, runs a round]; a slow runner has fewer rounds than others.

    Processor time is that of all threads of the process. On a busy machine the wall clock of a long run is stretched
    more often than that of a short one, so ratios are of processor time where one thread works. Several threads wait
    for each other by spinning, and for a GPU: there the wall clock is compared.
    """

    runner: Runner
    wall: np.ndarray
    processor: np.ndarray

    @property
    def latency(self) -> Latency:
        """Quantiles over all runs."""
        return latency_of(self.wall, None if self.runner.on_gpu else float(np.median(self.processor)))

    def ratio(self, other: "Timing", name: str) -> Ratio:
        """This runner's time over `other`'s, round by round, in the rounds that both took part in."""
        rounds, both = min(len(self.wall), len(other.wall)), (self, other)
        by_processor = all(item.runner.threads == 1 and not item.runner.on_gpu for item in both)
        times = (item.processor if by_processor else item.wall for item in both)
        own, others = (np.median(time[:rounds], axis=1) for time in times)
        low, median, high = np.quantile(own / others, [0.05, 0.5, 0.95])
        return Ratio(against=name, median=float(median), low=float(low), high=float(high), rounds=rounds)


def latency_of(wall: np.ndarray, processor_ms: float | None = None) -> Latency:
    """Quantiles of milliseconds [...], all runs alike."""
    p5, p50, p90, p95, p99 = map(float, np.quantile(wall, [0.05, 0.5, 0.9, 0.95, 0.99]))
    return Latency(p5_ms=p5, p50_ms=p50, p90_ms=p90, p95_ms=p95, p99_ms=p99, runs=wall.size, processor_ms=processor_ms)


def interleave(
    runners: Sequence[Runner],
    *,
    rounds: int,
    seconds: float = SECONDS_A_RUNNER,
    title: str = "Measuring",
    progress: Progress = SILENT,
) -> list[Timing]:
    """Time every runner in each of `rounds` rounds, the order turning by one a round.

    The first run of a turn brings the caches back and is not counted. A runner that would take longer than
    `seconds` in all takes part in the first rounds only, at least FEWEST_ROUNDS of them.
    """
    with progress.task(title, rounds) as task:
        takes = [min(rounds, _affordable_rounds(runner, seconds)) for runner in runners]
        times: list[list[list[tuple[float, float]]]] = [[] for _ in runners]
        for number in range(rounds):
            for turn in range(len(runners)):
                index = (number + turn) % len(runners)
                if number < takes[index]:
                    times[index].append(_turn(runners[index]))
            task.advance()
    arrays = [np.array(found) for found in times]
    return [
        Timing(runner=runner, wall=array[..., 0], processor=array[..., 1])
        for runner, array in zip(runners, arrays, strict=True)
    ]


def _affordable_rounds(runner: Runner, seconds: float) -> int:
    """Two runs to warm up; the second one tells how many rounds there is time for."""
    _timed(runner)
    turn = _timed(runner)[0] / 1000 * (RUNS_A_ROUND + 1)
    return max(FEWEST_ROUNDS, int(seconds / turn))


def _turn(runner: Runner) -> list[tuple[float, float]]:
    return [_timed(runner) for _ in range(RUNS_A_ROUND + 1)][1:]


def _timed(runner: Runner) -> tuple[float, float]:
    """Wall-clock and processor milliseconds of one run."""
    runner.prepare()
    wall, processor = time.perf_counter_ns(), time.process_time_ns()
    runner.run()
    return (time.perf_counter_ns() - wall) / 1e6, (time.process_time_ns() - processor) / 1e6
