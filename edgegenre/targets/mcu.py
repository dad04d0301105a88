"""Microcontrollers: instructions, memory and stack on emulated cores, and the load that follows on real boards."""

from edgegenre.errors import BenchError
from edgegenre.progress import Progress
from edgegenre.records.record import Load, Machine, Record
from edgegenre.targets.boards import Board, board, boards
from edgegenre.targets.cores import find_processor
from edgegenre.targets.emulated import clip_record, update_record
from edgegenre.targets.fresh_process import in_fresh_process
from edgegenre.targets.job import Job
from edgegenre.targets.machine import this_machine
from edgegenre.targets.measured import Recorder, multiplies
from edgegenre.targets.subject import Subject, subjects
from edgegenre.targets.target import Target
from edgegenre.targets.verdict import Verdict, verdicts

PROCESSORS = ("m0plus", "mps2-an386", "mps3-an547")
"""Cortex-M0+, Cortex-M4F and Cortex-M55."""


def measure(job: Job, progress: Progress) -> list[Record]:
    """One window of noise through every int8 subject on each core, and the load on each board that has such a core.

    Emulated records say instructions, RAM, flash, the longest slice and the stack; computed ones what they imply at a
    board's clock. A board in the settings stands for its core. Raises ExportError that names the package of a compiler
    or emulator that is missing, and when the C runtime cannot compute a network.
    """
    chosen = _boards(job)
    everything = subjects(job)
    recorder, records = Recorder(job, this_machine()), list[Record]()
    with progress.task("Counting instructions", len(everything) * len(chosen)) as task:
        for subject in everything:
            for name, group in chosen.items():
                records += _on_core(recorder, subject, group)
                task.advance(note=f"{subject.model} on {find_processor(name).core}")
    return records


def _boards(job: Job) -> dict[str, list[Board]]:
    """The boards to judge, by the name of their emulated core."""
    named = [board(name) for name in job.settings.get("boards", ())]
    cores = job.settings.get("processors") or ([] if named else PROCESSORS)
    for name in cores:
        if not find_processor(name).bare:
            raise BenchError(f"'{name}' is no microcontroller. Measure it with --target pi.")
    named += [item for item in boards().values() if item.target in cores and item not in named]
    groups = {name: [item for item in named if item.target == name] for name in cores}
    for item in named:
        groups.setdefault(item.target, [item])
    without = next((name for name, group in groups.items() if not group), None)
    if without is not None:
        raise BenchError(f"no board of boards.toml has the core '{without}'. Name another core, or add the board.")
    return groups


def _on_core(recorder: Recorder, subject: Subject, group: list[Board]) -> list[Record]:
    found = verdicts(subject.integers, subject.firmware_frontend, group, "clip")
    emulated = found[0].budget.emulated
    assert emulated is not None
    update = update_record(recorder, subject, emulated)
    return [
        clip_record(recorder, subject, emulated),
        *([update] if update else []),
        *(_load_record(recorder, subject, verdict, emulated.arithmetic) for verdict in found),
    ]


def _load_record(recorder: Recorder, subject: Subject, verdict: Verdict, arithmetic: str) -> Record:
    on, frames = verdict.board, subject.network.input_shape.time
    return recorder.record(
        subject,
        machine=Machine(kind="board", name=on.name, system=on.core, cores=1),
        engine="native",
        arithmetic=arithmetic,
        workload="clip",
        frames=frames,
        provenance="computed",
        multiplies=multiplies(subject.network, subject.clock.hop_seconds, "clip", frames),
        ram_bytes=verdict.size.ram_bytes,
        flash_bytes=verdict.size.flash_bytes,
        load=Load(
            board=on.name,
            share=verdict.load,
            clock_hz=on.clock,
            clock_needed_hz=round(verdict.clock_needed),
            cycles_per_instruction=verdict.cycles_per_instruction,
            ram_bytes=on.ram,
            flash_bytes=on.flash,
            fits=verdict.fits,
            keeps_up=verdict.keeps_up,
        ),
        note=f"from instructions counted on an emulated {verdict.budget.target.core}; board: {on.source}",
    )


MCU = Target(
    name="mcu",
    summary="microcontrollers: instructions and memory on emulated cores, the load on real boards computed",
    kind="mcu",
    measure=measure,
    carry=in_fresh_process,
    thread_counts=(1,),
    settings=("processors", "boards"),
)
