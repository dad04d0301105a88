"""Interleaved timing: in each round every engine has its turn, so that a busy machine slows all of them alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.bench.record import Latency, Ratio, Workload
from edgegenre.progress import SILENT, Progress

RUNS_A_ROUND = 5
FEWEST_ROUNDS = 3
SECONDS_A_RUNNER = 6.0
"""Slow runners take part in fewer rounds, as many as fit into this."""


def _nothing() -> None:
    pass


@dataclass(frozen=True, kw_only=True, eq=False)
class Runner:
    """Something to time. `prepare` is called before each `run` and is not timed.

    engine, arithmetic, workload, frames: as in the record. frames: how many feature frames one run consumes.
    """

    engine: str
    arithmetic: str
    workload: Workload
    frames: int
    run: Callable[[], object]
    prepare: Callable[[], object] = _nothing

    @property
    def title(self) -> str:
        """For a progress bar."""
        return f"{self.engine} {self.arithmetic} {self.workload}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Timing:
    """milliseconds: float64 [rounds, runs a round]; row i is round i, rounds may be fewer than another runner's."""

    runner: Runner
    milliseconds: np.ndarray

    @property
    def latency(self) -> Latency:
        """Quantiles over all runs."""
        low, median, high = np.quantile(self.milliseconds, [0.05, 0.5, 0.95])
        return Latency(p5_ms=float(low), p50_ms=float(median), p95_ms=float(high), runs=self.milliseconds.size)

    def ratio(self, other: "Timing", name: str) -> Ratio:
        """This runner's fastest run over `other`'s, round by round, in the rounds that both took part in.

        The fastest: on a busy machine a long run is interrupted more often than a short one, in the median too.
        """
        rounds = min(len(self.milliseconds), len(other.milliseconds))
        own, others = (item.milliseconds[:rounds].min(axis=1) for item in (self, other))
        low, median, high = np.quantile(own / others, [0.05, 0.5, 0.95])
        return Ratio(against=name, median=float(median), low=float(low), high=float(high), rounds=rounds)


def interleave(
    runners: Sequence[Runner], *, rounds: int, seconds: float = SECONDS_A_RUNNER, progress: Progress = SILENT
) -> list[Timing]:
    """Time every runner in each of `rounds` rounds, the order turning by one a round.

    The first run of a turn brings the caches back and is not counted. A runner that would take longer than
    `seconds` in all takes part in the first rounds only, at least FEWEST_ROUNDS of them.
    """
    with progress.task("Measuring", rounds) as task:
        takes = [min(rounds, _affordable_rounds(runner, seconds)) for runner in runners]
        times: list[list[list[float]]] = [[] for _ in runners]
        for number in range(rounds):
            for turn in range(len(runners)):
                index = (number + turn) % len(runners)
                if number < takes[index]:
                    times[index].append(_turn(runners[index]))
            task.advance()
    return [Timing(runner=runner, milliseconds=np.array(found)) for runner, found in zip(runners, times, strict=True)]


def _affordable_rounds(runner: Runner, seconds: float) -> int:
    """Two runs to warm up; the second one tells how many rounds there is time for."""
    _timed(runner)
    turn = _timed(runner) / 1000 * (RUNS_A_ROUND + 1)
    return max(FEWEST_ROUNDS, int(seconds / turn))


def _turn(runner: Runner) -> list[float]:
    return [_timed(runner) for _ in range(RUNS_A_ROUND + 1)][1:]


def _timed(runner: Runner) -> float:
    runner.prepare()
    start = time.perf_counter_ns()
    runner.run()
    return (time.perf_counter_ns() - start) / 1e6
