"""Audio that arrives at its own pace: the budget says at which rate nothing is lost, and the emulated boards agree."""

import numpy as np
import pytest

from edgegenre.export.c.frontend import heard_frames
from edgegenre.export.c.plan import stack
from edgegenre.integer.reference import run
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.targets.budget import Budget, budget
from edgegenre.targets.cores import PROCESSORS
from edgegenre.targets.emulator import emulate
from edgegenre.targets.schedule import Prices, Schedule
from tests.firmware.builds import frontend, frontend_of
from tests.firmware.realtime import listen
from tests.firmware.test_emulated import needs, noise, noise_of
from tests.networks import random_integer_network

FLAGS: dict[Mode, tuple[str, ...]] = {"continuous": (), "clip": ("-DEG_CLIP_ONLY",)}


def budget_of(name: str, board: str, mode: Mode) -> Budget:
    needs(board)
    return budget(random_integer_network(name), frontend(), PROCESSORS[board], mode)


@pytest.mark.parametrize("mode", FLAGS)
@pytest.mark.parametrize("board", ["mps2-an386", "rv32imc"])
def test_nothing_is_lost_from_the_rate_on_that_the_budget_names(board: str, mode: Mode) -> None:
    least = budget_of("odd", board, mode).least_rate
    pcm = noise(200)
    assert listen("odd", board, pcm, 1.03 * least, *FLAGS[mode]).lost == 0
    assert listen("odd", board, pcm, 0.9 * least, *FLAGS[mode]).lost > 0


@pytest.mark.slow
def test_a_longer_buffer_bridges_the_last_rows_of_a_clip() -> None:
    """At a rate that suffices on average, but not for the rows that follow the last frame of a window."""
    work = budget_of("ds-cnn1", "mps2-an386", "clip")
    rate = (work.average + work.least_rate) / 2
    half = work.half_samples(rate)
    assert half is not None
    assert half > work.hop
    pcm = noise(1250)
    assert listen("ds-cnn1", "mps2-an386", pcm, rate, "-DEG_CLIP_ONLY").lost > 0
    assert listen("ds-cnn1", "mps2-an386", pcm, 1.02 * rate, "-DEG_CLIP_ONLY", half=half).lost == 0


@pytest.mark.parametrize("name", ["odd", "recurrent"])
def test_what_is_heard_in_real_time_is_what_the_numpy_stream_hears(name: str) -> None:
    needs("mps2-an386")
    pcm, network = noise(200), random_integer_network(name)
    heard = listen(name, "mps2-an386", pcm, 20e6)
    stream = IntegerStream(network, arithmetic="q31", mode="continuous")
    decisions = stream.push(frontend().features(pcm))
    assert heard.lost == 0
    assert heard.answers == tuple(
        ("whole" if item.complete else "provisional", f"genre {int(item.logits.argmax())}") for item in decisions
    )


def test_clips_in_real_time_follow_each_other_without_a_gap() -> None:
    needs("mps2-an386")
    network = random_integer_network("odd")
    size = frontend().spec.samples_for(network.input_shape.time)
    pcm = np.random.default_rng(4).normal(0, 3000, (3, size)).astype(np.int16)
    heard = listen("odd", "mps2-an386", pcm.reshape(-1), 20e6, "-DEG_CLIP_ONLY")
    logits = run(network, np.stack([frontend().features(window) for window in pcm]), "q31")
    assert heard.answers == tuple(("whole", f"genre {int(row.argmax())}") for row in logits)


def test_a_loss_of_audio_keeps_the_window() -> None:
    work = budget_of("odd", "mps2-an386", "continuous")
    heard = listen("odd", "mps2-an386", noise(400), 0.8 * work.average)
    assert heard.lost > 0
    kinds = [kind for kind, _ in heard.answers]
    first = kinds.index("whole")
    assert len(kinds) > first + 10
    assert set(kinds[first:]) == {"whole"}


@pytest.mark.parametrize("name", ["bands", "summary"])
def test_the_schedule_knows_frames_that_are_summed_up_and_max_pools(name: str) -> None:
    """Two windows and a half: pools leave rows over, and the next window begins behind them."""
    needs("mps2-an386")
    network, heard = random_integer_network(name), frontend_of(name)
    assert heard is not None
    frames = heard_frames(heard.spec)
    pcm = noise_of(5 * heard.spec.samples_for(network.input_shape.time) // 2)
    found = emulate(network, heard, pcm, PROCESSORS["mps2-an386"])
    layers = stack(network)
    prices = Prices(sample=0, frontend=1, layers=(1,) * len(layers.rows), head=0, head_slices=0, decision=0)
    frame, hop = frames.each.frame_length, frames.each.hop_length
    schedule = Schedule(layers, prices, mode="clip", frame=frame, hop=hop, row_frames=frames.count)
    assert walked(schedule, len(pcm), hop) == sum(found.slices.values())
    assert schedule.rows_heard == found.head.rows


def walked(schedule: Schedule, samples: int, block: int) -> int:
    """The steps that so many samples take, pushed by blocks as ports/run.c does it."""
    steps = 0
    for start in range(0, samples, block):
        left = min(block, samples - start)
        while left:
            left -= schedule.push(left)
            while step := schedule.step():
                steps += step
    return steps


@pytest.mark.parametrize("name", ["odd", "recurrent", "lstm"])
@pytest.mark.parametrize("mode", FLAGS)
def test_the_schedule_takes_as_many_steps_as_the_runtime(name: str, mode: Mode) -> None:
    needs("mps2-an386")
    network = random_integer_network(name)
    frames = network.input_shape.time
    found = emulate(network, frontend(), noise(frames), PROCESSORS["mps2-an386"], mode=mode)
    layers = stack(network)
    # Only a clip has one state at work from its first row to its last.
    head = found.head.slices if mode == "clip" else 0
    prices = Prices(sample=0, frontend=1, layers=(1,) * len(layers.rows), head=1, head_slices=head, decision=0)
    schedule = Schedule(layers, prices, mode=mode, frame=1600, hop=800, row_frames=1)
    steps = 0
    for _ in range(frames):
        schedule.push(schedule.samples_wanted)
        while step := schedule.step():
            steps += step
    slices = dict(found.slices)
    if not head:
        slices.pop(layers.head.name, None)
    assert steps == sum(slices.values())
    assert schedule.rows_heard == found.head.rows


@pytest.mark.slow
@pytest.mark.parametrize("mode", FLAGS)
def test_ds_cnn1_loses_nothing_on_an_m4_of_64_mhz(mode: Mode) -> None:
    """45.7 million instructions a second: 64 MHz at 1.4 cycles an instruction. More than two windows."""
    needs("mps2-an386")
    heard = listen("ds-cnn1", "mps2-an386", noise(1250), 64e6 / 1.4, *FLAGS[mode])
    assert heard.lost == 0
    whole = sum(kind == "whole" for kind, _ in heard.answers)
    assert whole == 2 if mode == "clip" else whole > 150
