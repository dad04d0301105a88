"""The measured side of the audit of separable convolutions: twelve models and six standard twins on every target.

    python bench/audit.py [PROCESSOR…]      # counted instructions; default: M0+, M4F, M55, A72, A76
    edgegenre bench --suite audit --target cpu --json bench/results/audit/cpu.json

Records go to bench/results/audit/. Networks have random weights: work does not depend on them. What a processor's file
holds already is not measured again, so a stopped run goes on where it was. `edgegenre report` reads the folder.

An emulated core hears the first 140 of a clip's 599 frames. Each layer's instructions a row are taken for every row
of the clip: rows cost the same but for the padded ones at the ends.
"""

import datetime
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from edgegenre.export.c.plan import stack
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell
from edgegenre.network.costs import costs
from edgegenre.network.network import Network
from edgegenre.network.standard_twin import with_standard_convolutions
from edgegenre.records.files import read_records, write_records
from edgegenre.records.record import Firmware, Record
from edgegenre.targets.cores import Processor, find_processor
from edgegenre.targets.emulated import emulator_machine
from edgegenre.targets.emulator import Emulated, emulate
from edgegenre.targets.machine import versions
from edgegenre.targets.random_weights import random_integers
from edgegenre.zoo.registry import MODELS

FOLDER = Path(__file__).resolve().parent / "results" / "audit"
PROCESSORS = ("cortex-a76", "cortex-a72", "mps3-an547", "mps2-an386", "m0plus")
FRAMES = 140
EMULATED_NOTE = f"random weights; the first {FRAMES} frames were counted, each layer's rows taken for those of a clip"


def networks() -> Iterator[Network]:
    """Every model, the cheap ones first, then the width-matched twin of every separable one."""
    entries = sorted(MODELS.values(), key=lambda entry: entry.costs().multiplies)
    yield from (entry.build(entry.paper_classes) for entry in entries)
    yield from (with_standard_convolutions(item.build(item.paper_classes)) for item in entries if item.separable)


def clip_instructions(network: IntegerNetwork, found: Emulated) -> int:
    """Of a whole clip, from the rows that were counted: row layers, recurrent head or row sums, one decision."""
    layers = stack(network)
    total = 0.0
    for item in layers.rows:
        name = item.layer.name
        total += found.instructions[name] / found.slices[name] * item.layer.output_shape(item.shape).time
    if isinstance(layers.head, Cell):
        total += found.instructions[layers.head.name] / found.head.rows * layers.head_shape.time
    return round(total) + (found.head.mean + found.head.dense) // found.head.answers


def emulated(network: Network, processor: Processor) -> Record:
    """One network on one emulated core: instructions of a clip, RAM and flash of the program without a front end."""
    integers = random_integers(network)
    rows = np.random.default_rng(0).normal(0, 32, (FRAMES, *integers.input_shape[1:])).clip(-128, 127).astype(np.int8)
    found = emulate(integers, None, rows, processor, mode="continuous")
    return Record(
        target="mcu" if processor.bare else "pi",
        machine=emulator_machine(processor),
        engine="native",
        versions=versions(()),
        model=network.name,
        bundle="",
        arithmetic=found.arithmetic,
        workload="clip",
        batch=1,
        frames=integers.input_shape.time,
        provenance="emulated",
        date=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        multiplies=costs(network, frames_per_second=20).multiplies,
        instructions=clip_instructions(integers, found),
        ram_bytes=found.ram_bytes if processor.bare else None,
        flash_bytes=found.flash_bytes if processor.bare else None,
        firmware=Firmware(
            mode="continuous",
            longest_slice=found.max_slice,
            frontend_instructions=0,
            context_bytes=found.context_bytes,
        ),
        note=EMULATED_NOTE,
    )


def emulate_all(names: list[str]) -> None:
    """One file a processor, a record more after every network."""
    for network in networks():
        for name in names:
            path = FOLDER / f"{name}.json"
            known = read_records(path) if path.is_file() else []
            if network.name in {record.model for record in known}:
                continue
            record = emulated(network, find_processor(name))
            write_records(path, [*known, record])
            print(f"{name}: {network.name}: {record.instructions:,} instructions", flush=True)


def main() -> None:
    """Count on the processors that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    emulate_all(sys.argv[1:] or list(PROCESSORS))


if __name__ == "__main__":
    main()
