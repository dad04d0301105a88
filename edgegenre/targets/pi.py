"""The processors of Raspberry Pis, emulated: instructions of our C runtime, never a time."""

from edgegenre.progress import Progress
from edgegenre.records.record import Record
from edgegenre.targets.cores import Processor, find_processor
from edgegenre.targets.emulated import clip_record, update_record
from edgegenre.targets.emulator import Emulated, emulate
from edgegenre.targets.fresh_process import in_fresh_process
from edgegenre.targets.job import Job
from edgegenre.targets.machine import this_machine
from edgegenre.targets.measured import Recorder
from edgegenre.targets.noise import some_sound
from edgegenre.targets.subject import Subject, subjects
from edgegenre.targets.target import Target

PROCESSORS = ("cortex-a72", "cortex-a76", "cortex-a7")
"""Of Raspberry Pi 4, 5, and the 32-bit system of a Pi 2."""


def measure(job: Job, progress: Progress) -> list[Record]:
    """One window of noise through every int8 subject on each processor.

    Raises ExportError that names the package of a compiler or emulator that is missing, and when the C runtime cannot
    compute a network.
    """
    processors = [find_processor(name) for name in job.settings.get("processors", PROCESSORS)]
    everything = subjects(job)
    recorder, records = Recorder(job, this_machine()), list[Record]()
    with progress.task("Counting instructions", len(everything) * len(processors)) as task:
        for subject in everything:
            for processor in processors:
                found = emulated_clip(subject, processor)
                update = update_record(recorder, subject, found)
                records += [clip_record(recorder, subject, found), *([update] if update else [])]
                task.advance(note=f"{subject.model} on {processor.core}")
    return records


def emulated_clip(subject: Subject, processor: Processor) -> Emulated:
    """A window of noise, from its samples on. Raises ExportError as `emulate` does."""
    samples = subject.firmware_frontend.spec.samples_for(subject.network.input_shape.time)
    return emulate(subject.integers, subject.firmware_frontend, some_sound(samples), processor)


PI = Target(
    name="pi",
    summary="Raspberry Pi's processors, emulated: instructions, not time",
    kind="pi",
    measure=measure,
    carry=in_fresh_process,
    thread_counts=(1,),
    settings=("processors",),
)
