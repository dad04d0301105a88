"""What each emulated core takes for the C runtime's work: firmware_export/core_costs.json, which `edgegenre fit` reads.

    python bench/core_costs.py [CORE…]

Small networks are built and emulated on every core; instructions are fitted to the terms of
`edgegenre/targets/instruction_terms.py`, none below zero and relative errors weighing alike. About a minute a core.
Measured anew whenever a kernel changes: tests/targets/test_fit.py holds the file to the linked firmware.
"""

import datetime
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls

from edgegenre.export.c.frontend import firmware_frontend, heard_frames
from edgegenre.export.c.plan import mode_of, stack
from edgegenre.files import write_json
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC, Mfcc
from edgegenre.frontend.protocol import Extractor, Frontend
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell
from edgegenre.integer.streaming import Mode
from edgegenre.network.layers import (
    AnyLayer,
    AveragePool,
    Convolution,
    Dense,
    DepthwiseConv,
    Flatten,
    GlobalAverage,
    Gru,
    Lstm,
    MaxPool,
)
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.rooms import room
from edgegenre.targets.core_costs import FILE
from edgegenre.targets.cores import PROCESSORS, Processor
from edgegenre.targets.emulator import FRONT_END, Emulated, emulate
from edgegenre.targets.estimate import frontend_table_bytes, head_name, hears_1600, table_bytes
from edgegenre.targets.instruction_terms import TERMS, Work, answer, cell_slice, frame_work, head_work, row_work
from edgegenre.targets.random_weights import any_integers
from edgegenre.targets.size import firmware_size
from edgegenre.untrusted import read_json

FRAMES = 61
HOW = (
    "Instructions: the longest slice of each layer of twelve small networks, and of their front ends, counted under "
    "emulation at -O3 and fitted to the terms. Bytes: examples/bare_metal.c linked with these networks, less what "
    "their tables and context take."
)


def front(spec: Frontend) -> Extractor:
    """What computes `spec` in C."""
    return firmware_frontend({"features": FeatureInput.unfitted(spec)})


def convolution(channels: int, kernel: tuple[int, int] = (3, 3), stride: tuple[int, int] = (1, 1)) -> AnyLayer:
    return Convolution(channels=channels, kernel=kernel, stride=stride)


def pointwise(channels: int) -> AnyLayer:
    return convolution(channels, (1, 1))


def depthwise(stride: tuple[int, int] = (1, 1)) -> AnyLayer:
    return DepthwiseConv(kernel=(3, 3), stride=stride)


def over(bins: int) -> AnyLayer:
    return AveragePool(window=(1, bins))


def networks() -> list[tuple[Network, tuple[Mode, ...]]]:
    """Layers of every kind, narrow and wide, over 1 to 12 positions, in front of each head; and the modes to run."""
    pool, average = AveragePool(window=(2, 2)), GlobalAverage()
    stacks: list[tuple[tuple[Mode, ...], list[AnyLayer]]] = [
        (
            ("clip", "continuous"),
            [
                *(convolution(16, (5, 3), (2, 1)), depthwise(), pointwise(32), convolution(24), depthwise((1, 2))),
                *(pointwise(72), convolution(40, (3, 3), (1, 2)), depthwise(), pointwise(200), convolution(64), pool),
                *(average, Dense(units=20), Dense(units=10)),
            ],
        ),
        (
            ("continuous",),
            [
                *(convolution(256, (10, 4), (4, 2)), depthwise(), pointwise(256), convolution(128), depthwise()),
                *(pointwise(384), average, Dense(units=128), Dense(units=13)),
            ],
        ),
        (
            ("continuous",),
            [
                *(convolution(32, (10, 4), (4, 2)), depthwise((2, 2)), pointwise(64), depthwise(), pointwise(218)),
                *(convolution(88), pool, Gru(units=232), Dense(units=13)),
            ],
        ),
        (
            ("clip",),
            [*(convolution(64, (10, 4), (4, 2)), pool, pointwise(112), over(3), Gru(units=48), Dense(units=40))],
        ),
        (("continuous",), [*(convolution(48, (10, 4), (4, 2)), over(6), Lstm(units=128), Dense(units=100))]),
        (("clip",), [*(convolution(24, (10, 4), (4, 2)), over(6), Lstm(units=40), Dense(units=13))]),
    ]
    return [
        (
            chain(
                f"costs{number}",
                input_shape=Shape(FRAMES, 12, 1),
                layers=[(f"layer{index}", layer) for index, layer in enumerate(layers)],
            ),
            modes,
        )
        for number, (modes, layers) in enumerate(stacks)
    ]


def whole_window_networks() -> list[tuple[Network, Frontend]]:
    """Max pools and a dense layer on the flattened map, behind frames of 1600 samples and of powers of two."""

    def mfcc(length: int, bands: int, coefficients: int) -> Mfcc:
        return Mfcc(
            sample_rate=16_000,
            frame_length=length,
            hop_length=length // 2,
            window_frames=FRAMES,
            mel_bands=bands,
            low_hz=20.0,
            high_hz=7600.0,
            power_floor=1e-10,
            coefficients=coefficients,
        )

    def decibels(length: int, bands: int) -> MelDecibels:
        return MelDecibels(
            sample_rate=16_000,
            frame_length=length,
            hop_length=length // 2,
            window_frames=FRAMES,
            mel_bands=bands,
            low_hz=0.0,
            high_hz=8000.0,
            power_floor=1e-10,
        )

    shapes: list[tuple[Frontend, int, tuple[int, int], int, tuple[int, int], int]] = [
        (LIANG_MFCC, 16, (2, 2), 24, (2, 3), 10),
        (decibels(2048, 128), 3, (2, 2), 3, (2, 2), 6),
        (mfcc(2048, 128, 20), 8, (3, 2), 40, (1, 2), 20),
        (mfcc(1024, 64, 40), 32, (2, 4), 8, (2, 2), 13),
        (mfcc(512, 32, 12), 12, (4, 1), 20, (2, 2), 16),
    ]
    columns = [
        ("column", Convolution(channels=64, kernel=(1, 12), padding="valid")),
        ("wide", pointwise(200)),
        ("narrow", pointwise(24)),
    ]
    dense = [*columns, ("pool", MaxPool(window=(4, 1))), ("flat", Flatten()), ("logits", Dense(units=10))]
    alone = chain("columns", input_shape=Shape(FRAMES, 12, 1), layers=dense)
    return [
        (
            chain(
                f"whole{number}",
                input_shape=Shape(FRAMES, spec.frequency, 1),
                layers=[
                    ("conv1", convolution(first)),
                    ("pool1", MaxPool(window=window)),
                    ("conv2", convolution(second)),
                    ("pool2", MaxPool(window=other)),
                    ("flat", Flatten()),
                    ("logits", Dense(units=units)),
                ],
            ),
            spec,
        )
        for number, (spec, first, window, second, other, units) in enumerate(shapes)
    ] + [(alone, LIANG_MFCC)]


@dataclass
class Subject:
    """A network that is emulated, what it is fed, and in which modes."""

    network: IntegerNetwork
    frontend: Extractor
    modes: tuple[Mode, ...]


def subjects() -> list[Subject]:
    """Everything that is measured."""
    liang = front(LIANG_MFCC)
    found = [Subject(any_integers(network), liang, modes) for network, modes in networks()]
    return found + [Subject(any_integers(network), front(spec), ("clip",)) for network, spec in whole_window_networks()]


@dataclass
class Samples:
    """Slices of one kind of work: their counts, and the instructions that they took."""

    counts: list[tuple[int, ...]]
    instructions: list[float]

    def fitted(self) -> list[float]:
        """Instructions a term, none negative, with the least squared relative errors."""
        weights = 1 / np.array(self.instructions)
        found, _ = nnls(np.array(self.counts, float) * weights[:, None], np.ones(len(weights)))
        return [float(f"{value:.5g}") for value in found]

    def largest_error(self, costs: list[float]) -> float:
        """Of the slices themselves, relative."""
        told = np.array(self.counts, float) @ np.array(costs)
        return float(np.abs(told / np.array(self.instructions) - 1).max())


def slices(subject: Subject, found: Emulated, mode: Mode) -> list[tuple[Work, tuple[int, ...], float]]:
    """Every slice of an emulated run, with its counts."""
    layers = stack(subject.network)
    head = found.head
    taken: list[tuple[Work, tuple[int, ...], float]] = []
    given = head_work(layers)
    sums = 0 if given is None else head.row_sums // head.rows
    for item in layers.rows:
        work, counts = row_work(item)
        own = found.largest[item.layer.name] - (sums if item is layers.rows[-1] else 0)
        taken.append((work, counts, own))
    if isinstance(layers.head, Cell):
        taken.append((*cell_slice(layers.head, layers.head_shape), found.largest[layers.head.name]))
    if given is not None:
        taken.append((*given, sums))
    if not hears_1600(subject.frontend):
        frame = frame_work(heard_frames(subject.frontend.spec))
        taken.append(("frame", frame, found.largest[FRONT_END]))
    taken.append(("answer", answer(layers, mode), (head.mean + head.dense) / head.answers))
    return taken


def measured(target: Processor, made: list[Subject]) -> dict[str, Any]:
    """One core's entry of the file."""
    samples: dict[Work, Samples] = defaultdict(lambda: Samples([], []))
    code: dict[str, int] = {}
    entry: dict[str, Any] = compiled_as(target)
    generator = np.random.default_rng(0)
    for subject in made:
        layers, front_end = stack(subject.network), subject.frontend
        count = front_end.spec.samples_for(FRAMES)
        noise = generator.integers(-8192, 8192, count).astype(np.int16)
        for mode in subject.modes:
            found = emulate(subject.network, front_end, noise, target, mode=mode)
            for work, counts, instructions in slices(subject, found, mode):
                samples[work].counts.append(counts)
                samples[work].instructions.append(instructions)
            if hears_1600(front_end):
                entry["frontend"] = found.largest[FRONT_END]
                entry["sample"] = float(f"{found.input_instructions / count:.5g}")
        if head_name(layers) in code and (hears_1600(front_end) or "power_of_two_bytes" in entry):
            continue
        size = firmware_size(subject.network, front_end, target.name, mode_of(layers, "continuous"))
        tables = table_bytes(layers, pointer_bytes=entry["pointer_bytes"], arithmetic=target.arithmetic)
        if hears_1600(front_end):
            code[head_name(layers)] = size.flash_bytes - tables
            entry["program_bytes"] = size.ram_bytes - size.context_bytes - size.audio_bytes
        else:
            tables += frontend_table_bytes(front_end)
            entry["power_of_two_bytes"] = size.flash_bytes - tables - code[head_name(layers)]
    fitted = {work: samples[work].fitted() for work in TERMS}
    for work, costs in fitted.items():
        error = samples[work].largest_error(costs)
        print(
            f"{target.name}: {work}: {len(samples[work].counts)} slices, largest error {100 * error:.1f} %", flush=True
        )
    named = {work: dict(zip(TERMS[work], costs, strict=True)) for work, costs in fitted.items()}
    return entry | {"code_bytes": code, "instructions": named}


def compiled_as(target: Processor) -> dict[str, Any]:
    """What eg_config.h and the compiler make of the core."""
    config = room("firmware_export") / "include" / "eg_config.h"
    text = f'#include "{config}"\nwidens_rows EG_DSP\npointer_bytes __SIZEOF_POINTER__\n'
    command = [target.compiler, *target.options, "-E", "-P", "-x", "c", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)  # noqa: S603
    values = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if line)
    return {"pointer_bytes": int(values["pointer_bytes"]), "widens_rows": values["widens_rows"] == "1"}


def version(program: str) -> str:
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.splitlines()[0]


def main() -> None:
    """Measure the cores that are named, all without any, and keep the others as they are in the file."""
    path = room("firmware_export") / FILE
    wanted = [PROCESSORS[name] for name in sys.argv[1:]] or [item for item in PROCESSORS.values() if item.bare]
    cores = read_json(path)["cores"] if path.is_file() else {}
    made = subjects()
    for target in wanted:
        cores[target.name] = measured(target, made)
        bare = [item for item in PROCESSORS.values() if item.name in cores]
        provenance = {
            "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
            "compilers": {item.compiler: version(item.compiler) for item in bare},
            "emulators": {item.emulator[0]: version(item.emulator[0]) for item in bare},
            "how": HOW,
        }
        write_json(path, {"provenance": provenance, "cores": {item.name: cores[item.name] for item in bare}})


if __name__ == "__main__":
    main()
