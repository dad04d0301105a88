"""Interleaved rounds: who runs when, and what the quantiles and ratios say."""

import time

import numpy as np
import pytest

from edgegenre.targets.rounds import FEWEST_ROUNDS, RUNS_A_ROUND, Runner, Timing, interleave


def runner(name: str, run: object = lambda: None, **changes: object) -> Runner:
    return Runner(engine=name, arithmetic="float", workload="clip", frames=1, run=run, **changes)  # type: ignore[arg-type]


def test_every_runner_has_its_turn_in_each_round_and_the_order_turns() -> None:
    calls: list[str] = []
    runners = [runner(name, lambda name=name: calls.append(name)) for name in "abc"]
    interleave(runners, rounds=3)
    turns = [calls[start] for start in range(6, len(calls), RUNS_A_ROUND + 1)]  # two runs each to warm up
    assert "".join(turns) == "abc" + "bca" + "cab"


def test_what_prepares_a_run_is_not_timed() -> None:
    (timing,) = interleave([runner("a", prepare=lambda: time.sleep(0.002))], rounds=3)
    assert timing.latency.runs == 3 * RUNS_A_ROUND
    assert timing.latency.p5_ms < 1


def test_a_known_duration_is_measured() -> None:
    (timing,) = interleave([runner("a", lambda: time.sleep(0.003))], rounds=5)
    assert 3.0 <= timing.latency.p5_ms < 6.0


def test_a_slow_runner_takes_part_in_fewer_rounds() -> None:
    slow, fast = interleave([runner("slow", lambda: time.sleep(0.01)), runner("fast")], rounds=20, seconds=0.1)
    assert len(slow.wall) == FEWEST_ROUNDS
    assert len(fast.wall) == 20
    assert slow.ratio(fast, "fast").rounds == FEWEST_ROUNDS


def test_processor_time_is_what_a_run_works_not_what_it_waits() -> None:
    def work() -> None:
        end = time.thread_time() + 0.004
        while time.thread_time() < end:
            pass
        time.sleep(0.01)

    (timing,) = interleave([runner("a", work)], rounds=3)
    assert timing.latency.processor_ms is not None
    assert 4.0 <= timing.latency.processor_ms < 8.0
    assert timing.latency.p5_ms >= 14.0
    assert timing.latency.undisturbed_ms == timing.latency.processor_ms


def test_a_ratio_compares_the_processor_time_of_the_same_round() -> None:
    """The processor is four times slower in the second round, and the wall clock says anything: the ratio stays."""
    slow, fast = np.array([[2.0, 2.0, 9.0], [8.0, 8.0, 99.0]]), np.array([[1.0, 1.0, 0.5], [4.0, 4.0, 4.0]])
    ratio = Timing(runner=runner("a"), wall=slow * 7, processor=slow).ratio(
        Timing(runner=runner("b"), wall=fast, processor=fast), "b"
    )
    assert (ratio.low, ratio.median, ratio.high) == pytest.approx((2.0, 2.0, 2.0))
