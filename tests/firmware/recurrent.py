"""Single steps of a recurrent head in C: networks of any width, states of the test's choice, on any target."""

import functools
import tempfile
from pathlib import Path

import numpy as np

from edgegenre.export.c.project import write_firmware
from edgegenre.integer import recurrent
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell
from edgegenre.network.layers import Convolution, Dense, Gru, Lstm, RecurrentLayer
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.targets.build import build, run_program
from edgegenre.targets.cores import Processor
from tests.firmware.builds import scratch
from tests.networks import random_float_network, random_integer_network, random_integers

CELLS: dict[str, type[RecurrentLayer]] = {"gru": Gru, "lstm": Lstm}
# Units and channels of the head: odd and one more than a vector, alone, one vector, more than two.
SHAPES = ("3,17", "1,1", "16,16", "33,5")


@functools.cache
def head_network(cell: str, units: int, channels: int) -> IntegerNetwork:
    """A convolution and a cell of these sizes; every weight of the state is as large as it can be, of either sign."""
    network = chain(
        f"{cell}-{units}-{channels}",
        input_shape=Shape(24, 3, 1),
        layers=[
            ("first", Convolution(channels=channels, kernel=(3, 3), stride=(1, 3))),
            ("cell", CELLS[cell](units=units)),
            ("logits", Dense(units=3)),
        ],
    )
    floats = random_float_network(network, units)
    weights = floats.arrays["cell"]["weights_hidden"]
    weights[:] = np.sign(weights) * np.abs(weights).max()
    return random_integers(floats, channels)


def head_of(network: IntegerNetwork) -> Cell:
    """The recurrent layer."""
    (head,) = (operation for operation in network.operations if isinstance(operation, Cell))
    return head


def extremes(network: IntegerNetwork, steps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """States int16 [steps, values] and rows int8 [steps, channels]: all of one extreme, extremes mixed, anything."""
    layer, generator = head_of(network), np.random.default_rng(seed)
    values, channels = recurrent.first_state(layer, 1).size, layer.weights_input.shape[1]
    states = generator.integers(-32768, 32768, (steps, values))
    rows = generator.integers(-128, 128, (steps, channels))
    for array, least, most in ((states, -32768, 32767), (rows, -128, 127)):
        which = generator.integers(0, 4, steps)
        array[which == 0] = least
        array[which == 1] = most
        mixed = generator.choice([least, 0, -1, most], array.shape)
        array[which == 2] = mixed[which == 2]
    return states.astype(np.int16), rows.astype(np.int8)


def expected_states(network: IntegerNetwork, states: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The states after one step each, int16 [steps, values], of the numpy reference."""
    return recurrent.step(head_of(network), rows, states.astype(np.int64)).astype(np.int16)


def states_after(program: Path, target: Processor, states: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The same by the C in `program`."""
    data = b"".join(state.tobytes() + row.tobytes() for state, row in zip(states, rows, strict=True))
    command = [part.format(program=program) for part in target.emulator]
    with tempfile.TemporaryDirectory(prefix="edgegenre-steps-") as folder:
        output = run_program(command, data, target, Path(folder))
    return np.frombuffer(output, "<i2").reshape(states.shape)


@functools.cache
def steps_program(network_name: str, target: Processor, *flags: str) -> Path:
    """selftest/recurrent.c for a network of tests/networks.py, or "CELL,UNITS,CHANNELS" for a `head_network`."""
    network = network_of(network_name)
    project = scratch() / f"steps-{network.name}"
    if not project.exists():
        labels = tuple(str(index) for index in range(network.classes))
        write_firmware(network, None, labels, project)
    tag = "-".join([target.name, *(flag.strip("-").replace("=", "") for flag in flags)])
    program = project / f"{tag}.program"
    build(project, target, target.arithmetic, program, flags, mains=("selftest/recurrent.c",))
    return program


def network_of(name: str) -> IntegerNetwork:
    """What the names of `steps_program` stand for."""
    if "," in name:
        cell, units, channels = name.split(",")
        return head_network(cell, int(units), int(channels))
    return random_integer_network(name)
