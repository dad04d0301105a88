"""What an emulated processor counted, as records: of a clip, and of a stream's update."""

import numpy as np

from edgegenre.errors import RuntimeEngineError
from edgegenre.integer.quantization import arithmetic_name
from edgegenre.integer.reference import run
from edgegenre.integer.streaming import Mode
from edgegenre.records.record import Exactness, Firmware, LayerCost, Machine, Record, Workload
from edgegenre.targets.cores import Processor
from edgegenre.targets.emulator import Emulated
from edgegenre.targets.measured import Recorder, exactness, manifest_accuracy, multiplies
from edgegenre.targets.runners import frames_per_update
from edgegenre.targets.shares import shares
from edgegenre.targets.sound import SoundRun
from edgegenre.targets.subject import Subject


def emulator_machine(processor: Processor) -> Machine:
    """The emulated core as the machine of a record."""
    return Machine(
        kind="emulator", name=processor.core, system=f"{processor.emulator[0]}, board {processor.name}", cores=1
    )


def clip_record(recorder: Recorder, subject: Subject, found: Emulated) -> Record:
    """One clip that was heard from its samples on, its logits beside the reference's of the features that the C
    made."""
    frames = subject.network.input_shape.time
    return _heard(
        recorder, subject, found, workload="clip", frames=frames, mode="clip", exactness=clip_exactness(subject, found)
    )


def sound_record(recorder: Recorder, subject: Subject, done: SoundRun, mode: Mode) -> Record:
    """What `firmware run` did: a clip, or a sound of any length in continuous mode."""
    if mode == "clip":
        return clip_record(recorder, subject, done.found)
    found = done.found
    values = found.head.answers * subject.network.classes
    exact = Exactness(reference=f"numpy reference, {found.arithmetic}", values=values, mismatches=done.mismatches)
    frames = len(found.features)
    return _heard(recorder, subject, found, workload="stream", frames=frames, mode=mode, exactness=exact)


def _heard(
    recorder: Recorder,
    subject: Subject,
    found: Emulated,
    *,
    workload: Workload,
    frames: int,
    mode: Mode,
    exactness: Exactness,
) -> Record:
    """Instructions are the network's, from features to logits, as engines are timed; the front end's stand beside."""
    processor, head = found.target, found.head
    arithmetic = arithmetic_name(subject.integers.output, found.arithmetic)
    layers = shares(subject.integers, found)
    return recorder.record(
        subject,
        machine=emulator_machine(processor),
        engine="native",
        arithmetic=arithmetic,
        workload=workload,
        frames=frames,
        provenance="emulated",
        instructions=found.network_instructions + head.mean + head.dense,
        multiplies=sum(layer.multiplies for layer in layers),
        ram_bytes=found.ram_bytes if processor.bare else None,
        flash_bytes=found.flash_bytes if processor.bare else None,
        firmware=Firmware(
            mode=mode,
            longest_slice=found.max_slice,
            frontend_instructions=found.frontend_instructions,
            context_bytes=found.context_bytes,
            stack_bytes=found.stack_bytes or None,
        ),
        layers=tuple(
            LayerCost(name=share.name, kind=share.kind, multiplies=share.multiplies, instructions=share.instructions)
            for share in layers
        ),
        accuracy=manifest_accuracy(subject, arithmetic) if workload == "clip" else None,
        exactness=exactness,
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


def clip_exactness(subject: Subject, found: Emulated) -> Exactness:
    """The last logits of a clip beside the numpy reference's, of the same features."""
    expected = run(subject.integers, found.features[np.newaxis], found.arithmetic)
    return exactness(found.logits, expected, found.arithmetic)
