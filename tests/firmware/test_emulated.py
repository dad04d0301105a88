"""Every core gives the numpy reference's logits from PCM; what they cost in instructions and memory has ceilings."""

import numpy as np
import pytest

from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.targets.cores import PROCESSORS
from edgegenre.targets.emulator import Emulated, emulate
from tests.firmware.builds import COMPLETE, frontend_of
from tests.firmware.shapes import shapes_network
from tests.networks import random_features, random_integer_network
from tests.support import program


def noise(frames: int) -> np.ndarray:
    """int16 PCM for so many frames of 1600 samples: a slow random walk, loud and quiet."""
    return noise_of(1600 + 800 * (frames - 1))


def noise_of(samples: int) -> np.ndarray:
    """So many samples of it."""
    steps = np.random.default_rng(3).normal(0, 300, samples)
    return np.clip(np.cumsum(steps), -32768, 32767).astype(np.int16)


def needs(board: str) -> None:
    """Skip where the compiler or the emulator of `board` is not installed."""
    target = PROCESSORS[board]
    program(target.compiler, target.compiler_package)
    program(target.emulator[0], target.emulator_package)


def emulate_exactly(name: str, board: str, arithmetic: Arithmetic | None = None, *flags: str) -> Emulated:
    """One clip; asserts the reference's logits."""
    needs(board)
    target, network = PROCESSORS[board], random_integer_network(name)
    front_end = frontend_of(name)
    if front_end is None:
        features = clip = random_features(network, 1)[0]
    else:
        clip = noise_of(front_end.spec.samples_for(network.input_shape.time))
        features = front_end.features(clip)
    found = emulate(
        *(network, front_end, clip, target),
        arithmetic=arithmetic,
        flags=("-DEG_CLIP_ONLY", *flags),
    )
    assert found.status == COMPLETE
    if front_end is not None:
        np.testing.assert_array_equal(found.features, features)
    np.testing.assert_array_equal(found.logits, run(network, features[None], found.arithmetic)[0])
    return found


@pytest.mark.parametrize("board", PROCESSORS)
def test_samples_give_the_reference_s_logits_on_every_core(board: str) -> None:
    found = emulate_exactly("odd", board)
    assert found.slices["front end"] == 61
    assert found.slices["pointwise"] == 16
    assert found.max_slice > 0
    assert found.context_bytes < found.ram_bytes


@pytest.mark.parametrize("board", ["m0plus", "mps2-an386", "mps3-an547", "rv32imc", "cortex-a76"])
@pytest.mark.parametrize("name", ["bands", "summary"])
def test_frames_of_a_power_of_two_give_the_reference_s_logits_on_every_kind_of_core(name: str, board: str) -> None:
    found = emulate_exactly(name, board)
    assert found.slices["front end"] == (38 if name == "bands" else 9)


@pytest.mark.slow
@pytest.mark.parametrize("board", PROCESSORS)
@pytest.mark.parametrize("name", ["flat", "bands", "summary"])
def test_max_pools_and_a_dense_layer_on_flattened_rows_are_exact_on_every_core(name: str, board: str) -> None:
    emulate_exactly(name, board)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("board", PROCESSORS)
def test_random_shapes_and_extreme_values_are_exact_on_every_core(board: str, seed: int) -> None:
    network = shapes_network(seed)
    arithmetic = ARITHMETICS[seed % 2]
    time, frequency, _ = network.input_shape
    clip = np.random.default_rng(seed).choice(np.array([-128, -1, 0, 127], np.int8), (time, frequency))
    needs(board)
    found = emulate(network, None, clip, PROCESSORS[board], arithmetic=arithmetic)
    assert found.status == COMPLETE
    np.testing.assert_array_equal(found.logits, run(network, clip[None], arithmetic)[0])


@pytest.mark.slow
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("board", PROCESSORS)
def test_both_arithmetics_are_exact_on_every_core(board: str, arithmetic: Arithmetic) -> None:
    emulate_exactly("plain", board, arithmetic)


@pytest.mark.slow
@pytest.mark.parametrize("flags", [("-O0",), ("-Os",), ("-O2", "-fno-omit-frame-pointer", "-msingle-pic-base")])
@pytest.mark.parametrize("board", ["mps2-an386", "m0plus"])
def test_layers_in_assembly_cost_about_the_same_whatever_the_compiler_s_options(
    board: str, flags: tuple[str, ...]
) -> None:
    needs(board)
    network = random_integer_network("ds-cnn1")
    features = random_features(network, 1)[0]
    best, other = (
        emulate(network, None, features, PROCESSORS[board], flags=chosen).network_instructions for chosen in ((), flags)
    )
    # What is in C: depthwise layers and requantization on the M0+, the gathering of windows.
    assert other <= best * (1.03 if board == "mps2-an386" else 1.05)


# Network instructions of a 30 s clip in millions, front end instructions a frame in thousands, RAM and flash in KB
# (1000 bytes, None: a Linux program's are not told): the figures this runtime promises, emulated.
CEILINGS = {
    "m0plus": (1400, 530, 37, 420),
    "mps2-an385": (710, 170, 37, 420),
    "mps2-an386": (300, 130, 37, 420),
    "mps2-an500": (300, 130, 37, 420),
    "mps2-an505": (300, 130, 37, 420),
    "mps3-an547": (95, 85, 37, 420),
    "rv32imc": (1050, 200, 37, 420),
    "rv32imafc": (1050, 200, 37, 420),
    "rv64gc": (1150, 180, 37, 420),
    "cortex-a76": (60, 170, None, None),
}


@pytest.mark.slow
@pytest.mark.parametrize("board", CEILINGS)
def test_a_clip_of_ds_cnn1_costs_no_more_than_promised(board: str) -> None:
    network, a_frame, ram, flash = CEILINGS[board]
    found = emulate_exactly("ds-cnn1", board)
    assert found.network_instructions <= network * 1_000_000
    assert found.frontend_instructions <= a_frame * 1000
    if ram is not None and flash is not None:
        assert found.ram_bytes <= ram * 1000
        assert found.flash_bytes <= flash * 1000
        assert 0 < found.stack_bytes <= 1000
