"""The recurrent head in C equals the numpy reference to the bit: step by step from any state, and as a stream."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.integer import recurrent
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.targets.cores import PROCESSORS, Processor
from edgegenre.targets.emulator import emulate
from edgegenre.targets.shares import shares
from tests.firmware.builds import COMPLETE, PROVISIONAL, SANITIZERS, build, expected, frontend, project, replay, script
from tests.firmware.recurrent import (
    CELLS,
    SHAPES,
    expected_states,
    extremes,
    head_of,
    network_of,
    states_after,
    steps_program,
)
from tests.firmware.test_emulated import emulate_exactly, needs, noise
from tests.firmware.variants import VARIANTS, native
from tests.networks import RECURRENT_MODELS, random_features, random_integer_network
from tests.support import program

QUICK = tuple(f"{cell},{SHAPES[0]}" for cell in CELLS)
SLOW = tuple(f"{cell},{shape}" for cell in CELLS for shape in SHAPES[1:])


def check_steps(name: str, target: Processor, steps: int, *flags: str) -> None:
    """Assert equal states after single steps from extreme states with extreme rows."""
    network = network_of(name)
    states, rows = extremes(network, steps, seed=steps)
    found = states_after(steps_program(name, target, *flags), target, states, rows)
    np.testing.assert_array_equal(found, expected_states(network, states, rows))


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_step_from_any_state_is_the_reference_s(variant: str, name: str) -> None:
    """Under the address and undefined-behavior sanitizers."""
    check_steps(name, native(variant), 3000, *SANITIZERS)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("board", PROCESSORS)
def test_a_step_from_any_state_is_the_reference_s_on_every_core(board: str, cell: str) -> None:
    needs(board)
    check_steps(f"{cell},33,5", PROCESSORS[board], 300)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gru,1,1", "gru,3,17", "lstm,1,1", "lstm,3,17", "lstm,232,218", "ds-crnn1"])
@pytest.mark.parametrize("board", PROCESSORS)
def test_steps_of_any_width_are_the_reference_s_on_every_core(board: str, name: str) -> None:
    needs(board)
    check_steps(name, PROCESSORS[board], 40)


@pytest.mark.parametrize("name", ["recurrent", "lstm"])
def test_ten_thousand_steps_in_a_row_are_the_reference_s(name: str) -> None:
    """Each from the state that the reference has there: equal steps make equal streams of any length."""
    network = random_integer_network(name)
    layer = head_of(network)
    walk = np.cumsum(np.random.default_rng(1).normal(0, 6, (10_000, layer.weights_input.shape[1])), axis=0)
    rows = (np.abs((walk + 128) % 510 - 255) - 128).astype(np.int8)
    states = [recurrent.first_state(layer, 1)]
    for row in rows:
        states.append(recurrent.step(layer, row[np.newaxis], states[-1]))
    wanted = np.concatenate(states).astype(np.int16)
    target = native("portable")
    found = states_after(steps_program(name, target), target, wanted[:-1], rows)
    np.testing.assert_array_equal(found, wanted[1:])
    assert len(np.unique(wanted)) > 10_000


@pytest.mark.parametrize("name", ["recurrent", "lstm"])
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_a_clip_for_clips_alone_answers_after_every_row(arithmetic: Arithmetic, name: str) -> None:
    features = random_features(random_integer_network(name), 1, seed=5)[0]
    found = replay(build(name, "replay", arithmetic, "-DEG_CLIP_ONLY"), 5, script("clip", [features]))
    assert found == expected(name, arithmetic, "clip", [features])
    assert [status for status, _, _ in found] == [PROVISIONAL] * 18 + [COMPLETE]


def test_an_answer_between_two_slices_is_that_of_the_row_before(tmp_path: Path) -> None:
    main = tmp_path / "main.c"
    main.write_text("""
#include <stdio.h>
#include <string.h>
#include "edgegenre.h"
static eg_context context;
int main(void) {
    int8_t row[EG_FEATURES];
    int16_t before[EG_CLASSES] = {0}, now[EG_CLASSES] = {0};
    uint32_t rows = 0, between = 0, different = 0;
    if (eg_init(&context, EG_CONTINUOUS) != 0) return 1;
    while (fread(row, 1, sizeof row, stdin) == sizeof row) {
        eg_push_features(&context, row);
        while (eg_step(&context)) {
            eg_result(&context, now);
            if (eg_rows_heard(&context) == rows) {
                between++;
                different += memcmp(before, now, sizeof now) != 0;
            }
            rows = eg_rows_heard(&context);
            memcpy(before, now, sizeof now);
        }
    }
    printf("%u %u %u\\n", (unsigned)rows, (unsigned)between, (unsigned)different);
    return 0;
}
""")
    folder = project("ds-crnn1")
    command: list[str | Path] = [program("gcc", "gcc"), "-O2", "-ffp-contract=off", "-DEG_ARITHMETIC_Q31"]
    command += ["-I", folder / "include", "-I", folder / "src", main, *sorted((folder / "src").glob("*.c"))]
    subprocess.run([*command, "-o", tmp_path / "between"], check=True)
    features = random_features(random_integer_network("ds-crnn1"), 2, seed=3)
    shown = subprocess.run([tmp_path / "between"], input=features.tobytes(), capture_output=True, check=True)
    rows, between, different = map(int, shown.stdout.split())
    assert rows > 70
    # Three slices of the product with the input, three of each state.
    assert between > 10 * rows
    assert different == 0


@pytest.mark.parametrize("name", ["recurrent", "lstm"])
@pytest.mark.parametrize("board", ["mps2-an386", pytest.param("m0plus", marks=pytest.mark.slow)])
def test_a_continuous_stream_on_a_core_makes_the_reference_s_decisions(board: str, name: str) -> None:
    needs(board)
    network = random_integer_network(name)
    pcm = noise(200)
    found = emulate(network, frontend(), pcm, PROCESSORS[board], mode="continuous")
    stream = IntegerStream(network, arithmetic=found.arithmetic, mode="continuous")
    wanted = stream.push(frontend().features(pcm))
    assert [item.logits.tolist() for item in found.decisions if item.status] == [
        item.logits.tolist() for item in wanted
    ]
    # Four states share one product with the input.
    layer, rows = head_of(network), found.head.rows
    (share,) = (item for item in shares(network, found) if item.kind in CELLS)
    every_state = rows * 4 * layer.weights_hidden.size
    assert rows * layer.weights_input.size < share.multiplies < rows * layer.weights_input.size + every_state


@pytest.mark.slow
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", RECURRENT_MODELS)
def test_every_recurrent_model_streams_to_the_reference_s_logits(name: str, arithmetic: Arithmetic) -> None:
    network = random_integer_network(name)
    features = random_features(network, 1, seed=5)[0]
    target = build(name, "replay", arithmetic, sanitized=False)
    streams: tuple[tuple[Mode, int], ...] = (("clip", 599), ("continuous", 240))
    for mode, frames in streams:
        pieces: list[np.ndarray | str] = [features[:frames]]
        found = replay(target, network.classes, script(mode, pieces))
        assert found == expected(name, arithmetic, mode, pieces)
        assert (found[-1][0] == COMPLETE) == (mode == "clip")


# Network instructions of a 30 s clip in millions, instructions for each multiply of a GRU's step, RAM in KB: what this
# runtime promises, emulated.
CEILINGS = {
    "m0plus": (120, 4.5, 20),
    "mps2-an385": (65, 2.7, 20),
    "mps2-an386": (32, 1.2, 20),
    "mps2-an500": (32, 1.2, 20),
    "mps2-an505": (32, 1.2, 20),
    "mps3-an547": (12, 0.4, 20),
    "cortex-a76": (10, 0.4, None),
}


@pytest.mark.slow
@pytest.mark.parametrize("board", CEILINGS)
def test_a_clip_of_ds_crnn1_costs_no_more_than_promised(board: str) -> None:
    network, a_multiply, ram = CEILINGS[board]
    found = emulate_exactly("ds-crnn1", board)
    assert found.network_instructions <= network * 1_000_000
    layer = head_of(random_integer_network("ds-crnn1"))
    assert layer.kind == "gru"
    multiplies = 37 * (layer.weights_input.size + layer.weights_hidden.size)
    assert layer.weights_input.shape == (3 * 232, 218)
    assert found.instructions[layer.name] <= a_multiply * multiplies
    if ram is not None:
        assert found.ram_bytes <= ram * 1000
        assert 0 < found.stack_bytes <= 1000
    # No slice is longer than a frame of the front end: the GRU's step is cut.
    assert found.max_slice <= 1.1 * found.frontend_instructions


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("board", CEILINGS)
def test_a_step_of_either_cell_costs_no_more_than_promised(board: str, cell: str) -> None:
    """As wide as ds-crnn1's."""
    needs(board)
    network = network_of(f"{cell},232,218")
    found = emulate(network, None, random_features(network, 1)[0], PROCESSORS[board])
    layer = head_of(network)
    multiplies = found.head.rows * (layer.weights_input.size + layer.weights_hidden.size)
    assert 0 < found.instructions[layer.name] <= CEILINGS[board][1] * multiplies


@pytest.mark.parametrize(("name", "cells"), [("odd", []), ("recurrent", ["eg_gru"]), ("lstm", ["eg_lstm"])])
def test_a_cell_that_a_model_does_not_have_costs_nothing(name: str, cells: list[str], tmp_path: Path) -> None:
    folder = project(name)
    found = []
    for cell in ("eg_gru", "eg_lstm"):
        include = ["-I", folder / "include", "-I", folder / "src"]
        compiled = tmp_path / f"{cell}.o"
        source = folder / "src" / f"{cell}.c"
        subprocess.run([program("gcc", "gcc"), "-c", "-O2", *include, source, "-o", compiled], check=True)
        if subprocess.run([program("nm", "binutils"), compiled], capture_output=True, check=True).stdout:
            found.append(cell)
    assert found == cells
