"""`fit` computes what a board needs of a model: held to the linked firmware and to emulated instructions."""

import functools
import json
import re
from pathlib import Path

import numpy as np
import pytest

from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.export.c.plan import stack
from edgegenre.frontend.inputs import unfitted_inputs
from edgegenre.targets.boards import Board, boards
from edgegenre.targets.budget import budget, priced_budget
from edgegenre.targets.core_costs import core_costs, provenance
from edgegenre.targets.cores import PROCESSORS, find_processor
from edgegenre.targets.estimate import estimated_prices, estimated_size
from edgegenre.targets.fit import candidates
from edgegenre.targets.random_weights import any_integers
from edgegenre.targets.size import firmware_size
from edgegenre.zoo.registry import MODELS
from tests.commands import edgegenre, refusal
from tests.firmware.builds import frontend, frontend_of
from tests.networks import random_integer_network
from tests.support import program

BARE = [name for name, item in PROCESSORS.items() if item.bare]
SAME = ("cnn1", "ds-cnn1", "crnn1", "ds-crnn1")
"""One model a family: the sizes of a family differ in widths and depths alone."""


def test_every_bare_core_was_measured_and_says_by_what() -> None:
    for name in BARE:
        assert core_costs(name).frontend > 10_000
    measured = provenance()
    assert {PROCESSORS[name].compiler for name in BARE} == set(measured.compilers)
    assert {PROCESSORS[name].emulator[0] for name in BARE} == set(measured.emulators)


@pytest.mark.parametrize("mode", ["clip", "continuous"])
@pytest.mark.parametrize("name", ["odd", "recurrent", "lstm", "flat", "bands", "summary"])
def test_memories_of_the_linked_firmware_are_computed_within_five_percent(name: str, mode: str) -> None:
    program("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    hold_to_the_linker(name, "mps2-an386", mode)


@pytest.mark.slow
@pytest.mark.parametrize("core", BARE)
@pytest.mark.parametrize("name", SAME)
def test_memories_agree_with_the_linker_on_every_core(name: str, core: str) -> None:
    program(PROCESSORS[core].compiler, PROCESSORS[core].compiler_package)
    for mode in ("clip", "continuous"):
        hold_to_the_linker(name, core, mode)


def hold_to_the_linker(name: str, core: str, mode: str) -> None:
    network = any_integers(MODELS[name].build(13)) if name in SAME else random_integer_network(name)
    heard = frontend() if name in SAME else frontend_of(name)
    assert heard is not None
    built = firmware_size(network, heard, core, mode)  # type: ignore[arg-type]
    told = estimated_size(stack(network), heard, find_processor(core), mode)  # type: ignore[arg-type]
    assert told.ram_bytes == pytest.approx(built.ram_bytes, rel=0.05)
    assert told.context_bytes == pytest.approx(built.context_bytes, rel=0.005)
    assert told.flash_bytes == pytest.approx(built.flash_bytes, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("core", ["m0plus", "mps2-an386", "mps3-an547", "rv32imc"])
@pytest.mark.parametrize("name", ["ds-cnn1", "crnn1"])
def test_work_agrees_with_the_emulator_on_models_that_no_cost_was_fitted_to(name: str, core: str) -> None:
    program(PROCESSORS[core].compiler, PROCESSORS[core].compiler_package)
    program(PROCESSORS[core].emulator[0], PROCESSORS[core].emulator_package)
    network = any_integers(MODELS[name].build(13))
    counted = budget(network, frontend(), find_processor(core), "continuous")
    prices = estimated_prices(stack(network), frontend(), find_processor(core), "continuous")
    # On the M55 the second layer of crnn1 is told 22 % too dear; all layers together 3 %.
    np.testing.assert_allclose(prices.layers, counted.prices.layers, rtol=0.25 if core == "mps3-an547" else 0.1)
    assert sum(prices.layers) == pytest.approx(sum(counted.prices.layers), rel=0.05)
    assert prices.frontend == pytest.approx(counted.prices.frontend, rel=0.02)
    assert prices.head_slices == counted.prices.head_slices
    assert prices.head == pytest.approx(counted.prices.head, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("core", ["m0plus", "mps2-an386", "mps3-an547", "rv32imc"])
@pytest.mark.parametrize("name", ["spec1-full", "mlp"])
def test_work_agrees_with_the_emulator_on_models_that_answer_once_a_window(name: str, core: str) -> None:
    program(PROCESSORS[core].compiler, PROCESSORS[core].compiler_package)
    program(PROCESSORS[core].emulator[0], PROCESSORS[core].emulator_package)
    entry = MODELS[name]
    network, heard = any_integers(entry.build(10)), firmware_frontend(unfitted_inputs(entry.frontends))
    counted = budget(network, heard, find_processor(core), "clip")
    prices = estimated_prices(stack(network), heard, find_processor(core), "clip")
    # On the M55 the layers of mlp are told 18 % too dear: a column is a convolution with one position.
    layers = pytest.approx(sum(counted.prices.layers), rel=0.2 if core == "mps3-an547" else 0.1)
    assert sum(prices.layers) == layers
    assert prices.frontend == pytest.approx(counted.prices.frontend, rel=0.05)
    told = priced_budget(stack(network), heard, find_processor(core), "clip", prices)
    assert told.average == pytest.approx(counted.average, rel=0.05)


def test_models_that_answer_once_a_window_are_judged_in_that_mode() -> None:
    for name in ("mlp", "spec1-full", "spec1-novox"):
        (found,) = candidates(boards()["nrf52840"], models=[MODELS[name]])
        assert found.fits, found.complaints
        assert found.verdict is not None
        assert found.verdict.budget.mode == "clip"
        assert found.latency is not None
        assert found.latency.lookahead == 0


@functools.cache
def nrf52840() -> tuple[Board, dict[str, float]]:
    """The board, and the loads of all models on it."""
    board = boards()["nrf52840"]
    return board, {item.entry.name: item.verdict.load for item in candidates(board) if item.verdict}


def test_models_that_fit_come_first_the_least_load_at_the_top() -> None:
    board, loads = nrf52840()
    found = candidates(board)
    assert found[0].entry.name == min(loads, key=loads.__getitem__)
    fitting = [item.fits for item in found]
    assert fitting == sorted(fitting, reverse=True)
    ranked = [loads[item.entry.name] for item in found if item.fits]
    assert ranked == sorted(ranked)


def test_what_keeps_a_model_out_is_told_with_figures() -> None:
    tiny = Board(
        name="tiny", core="Cortex-M4F", target="mps2-an386", ram=16_384, flash=400_000, clock=8_000_000, source="given"
    )
    by_name = {item.entry.name: item for item in candidates(tiny)}
    said = "; ".join(by_name["ds-cnn3"].complaints)
    assert "bytes of RAM" in said
    assert "bytes of flash too much" in said
    assert "MHz needed of 8" in said


def test_a_latency_limit_leaves_out_models_that_answer_later() -> None:
    board, _ = nrf52840()
    free = {item.entry.name: item for item in candidates(board)}
    latency = free["ds-cnn1"].latency
    assert latency is not None
    assert latency.seconds == pytest.approx(latency.waiting + latency.lookahead + latency.computing)
    assert latency.lookahead == MODELS["ds-cnn1"].costs().latency_seconds
    limited = {item.entry.name: item for item in candidates(board, max_latency=latency.seconds - 0.01)}
    assert free["ds-cnn1"].fits
    assert not limited["ds-cnn1"].fits
    assert "are allowed" in limited["ds-cnn1"].complaints[0]
    in_clips = {item.entry.name: item.latency for item in candidates(board, mode="clip")}["ds-cnn1"]
    assert in_clips is not None
    assert in_clips.lookahead == 0


def test_the_command_lists_every_model_once_and_says_that_all_is_computed() -> None:
    done = edgegenre("fit", "--board", "nrf52840", "--max-latency", "1s")
    assert done.status == 0
    lines = done.stdout.splitlines()
    for name in MODELS:
        assert sum(line.split()[:1] == [name] for line in lines) == 1
    assert "Computed" in done.stdout
    assert "assumed" in done.stdout


def test_figures_of_ones_own_give_the_same_as_the_board_with_them() -> None:
    own = ["--ram", "256K", "--flash", "1M", "--clock", "64MHz", "--core", "cortex-m4f"]
    told = [json.loads(edgegenre("fit", *more, "--json").stdout) for more in (["--board", "nrf52840"], own)]
    assert told[0]["models"] == told[1]["models"]
    assert told[1]["board"]["source"] == "given"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Give --board NAME, or --ram, --flash and --clock"),
        (["--ram", "256K"], "Give --board NAME, or --ram, --flash and --clock"),
        (["--board", "nrf5284"], "Did you mean 'nrf52840'?"),
        (["--board", "nrf52840", "--ram", "1M"], "give either it or these"),
        (["--ram", "much", "--flash", "1M", "--clock", "1M"], "'much' is no size; write it like 256K"),
        (["--ram", "1M", "--flash", "1M", "--clock", "0MHz"], "'0MHz' is no clock"),
        (["--ram", "1M", "--flash", "1M", "--clock", "64M", "--core", "Cortex-M5"], "core 'Cortex-M5' is not known."),
        (["--board", "nrf52840", "--max-latency", "soon"], "'soon' is no time"),
    ],
)
def test_wrong_options_are_one_sentence(arguments: list[str], message: str, tmp_path: Path) -> None:
    assert message in refusal("fit", *arguments, folder=tmp_path)


def test_every_board_names_what_its_figures_were_read_in_and_which_revision_of_it() -> None:
    revision = re.compile(r"Rev|revision|Version|edition|, \d* ?\w* 20\d\d| at [0-9a-f]{10}\b")
    assert len(boards()) >= 20
    assert [item.name for item in boards().values() if not revision.search(item.source)] == []
