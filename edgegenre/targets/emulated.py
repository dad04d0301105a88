"""What an emulated processor counted, as records: of a clip, and of a stream's update."""

import numpy as np

from edgegenre.errors import RuntimeEngineError
from edgegenre.integer.quantization import arithmetic_name
from edgegenre.integer.reference import run
from edgegenre.records.record import Exactness, Firmware, LayerCost, Machine, Record
from edgegenre.targets.cores import Processor
from edgegenre.targets.emulator import Emulated
from edgegenre.targets.measured import Recorder, manifest_accuracy, multiplies
from edgegenre.targets.runners import frames_per_update
from edgegenre.targets.shares import shares
from edgegenre.targets.subject import Subject


def emulator_machine(processor: Processor) -> Machine:
    """The emulated core as the machine of a record."""
    return Machine(
        kind="emulator", name=processor.core, system=f"{processor.emulator[0]}, board {processor.name}", cores=1
    )


def clip_record(recorder: Recorder, subject: Subject, found: Emulated) -> Record:
    """One clip that was heard from its samples on. Instructions are the network's, from features to logits, as engines
    are timed; the front end's stand beside them.

    The logits are compared with the reference's, of the features that the C made.
    """
    processor, head = found.target, found.head
    return recorder.record(
        subject,
        machine=emulator_machine(processor),
        engine="native",
        arithmetic=arithmetic_name(subject.integers.output, found.arithmetic),
        workload="clip",
        frames=subject.network.input_shape.time,
        provenance="emulated",
        instructions=found.network_instructions + head.mean + head.dense,
        multiplies=multiplies(subject.network, subject.clock.hop_seconds, "clip", subject.network.input_shape.time),
        ram_bytes=found.ram_bytes if processor.bare else None,
        flash_bytes=found.flash_bytes if processor.bare else None,
        firmware=Firmware(
            mode="clip",
            longest_slice=found.max_slice,
            frontend_instructions=found.frontend_instructions,
            context_bytes=found.context_bytes,
            stack_bytes=found.stack_bytes or None,
        ),
        layers=tuple(
            LayerCost(name=share.name, kind=share.kind, multiplies=share.multiplies, instructions=share.instructions)
            for share in shares(subject.integers, found)
        ),
        accuracy=manifest_accuracy(subject, arithmetic_name(subject.integers.output, found.arithmetic)),
        exactness=exactness(subject, found),
    )


def update_record(recorder: Recorder, subject: Subject, found: Emulated) -> Record | None:
    """What a stream computes for one new decision, on average over the clip; None where it decides once a window."""
    try:
        frames = frames_per_update(subject.network)
    except RuntimeEngineError:
        return None
    head = found.head
    decision = (head.mean + head.dense) // max(1, head.answers)
    return recorder.record(
        subject,
        machine=emulator_machine(found.target),
        engine="native",
        arithmetic=arithmetic_name(subject.integers.output, found.arithmetic),
        workload="update",
        frames=frames,
        provenance="emulated",
        instructions=found.network_instructions // max(1, head.rows) + decision,
        multiplies=multiplies(subject.network, subject.clock.hop_seconds, "update", frames),
    )


def exactness(subject: Subject, found: Emulated) -> Exactness:
    """The last logits of a clip beside the numpy reference's, of the same features."""
    expected = run(subject.integers, found.features[np.newaxis], found.arithmetic).ravel().astype(int)
    steps = abs(found.logits.astype(int) - expected)
    return Exactness(
        reference=f"numpy reference, {found.arithmetic}",
        values=steps.size,
        mismatches=int((steps > 0).sum()),
        largest=int(steps.max()),
    )
