"""A sound through the C runtime on an emulated processor: logits, instructions, memory.

Instructions are counted exactly by our own plugin; they are not cycles, and nothing here is a time.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.c.frontend import heard_frames
from edgegenre.export.c.plan import mode_of, stack
from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.rooms import room
from edgegenre.runtime.compile_c import FrontendVariant, compile_c, find_compiler, frontend_flags, host_compiler
from edgegenre.targets.build import build, program_sizes, run_program, symbols
from edgegenre.targets.cores import Processor

# Line numbers tell which file a function is from; no code depends on them.
_LINES = ("-g1",)
_RESULT, _PUSH = -1, -2
_GROUPS = {"eg_head": 1, "eg_matmul": 2}
FRONT_END = "front end"


@dataclass(frozen=True, kw_only=True)
class EmulatedDecision:
    """One answer of the head: status 0 (not enough audio), 1 (provisional) or 2 (a whole window); logits [classes]."""

    status: int
    logits: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Head:
    """What the head executed over `rows` rows and `answers` decisions.

    row_sums: instructions that add the rows to the sums, a part of the last row layer's steps; a recurrent head has
    steps of its own instead. mean, dense: of all answers; dense is the matrix products, mean everything else that
    eg_result does. sum_bytes: memory of the sums or states. slices: steps of its own for one row, at most.
    """

    rows: int
    answers: int
    row_sums: int
    mean: int
    dense: int
    sum_bytes: int
    slices: int


@dataclass(frozen=True, kw_only=True)
class Emulated:
    """What a sound cost, one clip of it or all of it in continuous mode.

    features: what the front end made, int8 [rows, values]; no rows where features were fed. decisions: one of
    a clip, in continuous mode one for each row that reached the head. instructions: by row layer, "front end" and a
    recurrent head, summed; the same keys in `slices`, how often it worked, and in `largest`, the most of one eg_step.
    input_instructions: of all eg_push_pcm. ram_bytes: .data and .bss, the context among them (context_bytes).
    flash_bytes: code, tables and initial data. stack_bytes: 0 where not measured.
    """

    target: Processor
    arithmetic: Arithmetic
    features: np.ndarray
    decisions: tuple[EmulatedDecision, ...]
    instructions: dict[str, int]
    slices: dict[str, int]
    largest: dict[str, int]
    input_instructions: int
    head: Head
    context_bytes: int
    ram_bytes: int
    flash_bytes: int
    stack_bytes: int

    @property
    def max_slice(self) -> int:
        """The most instructions of one eg_step."""
        return max(self.largest.values())

    @property
    def status(self) -> int:
        """Of the last decision."""
        return self.decisions[-1].status

    @property
    def logits(self) -> np.ndarray:
        """Of the last decision, [classes]: int8, or int16 of a wide network."""
        return self.decisions[-1].logits

    @property
    def network_instructions(self) -> int:
        """All instructions of eg_step without the front end: those of eg_result are in `head`."""
        return sum(count for name, count in self.instructions.items() if name != FRONT_END)

    @property
    def frontend_instructions(self) -> int:
        """Instructions of the front end for one frame; 0 without a front end."""
        return self.instructions.get(FRONT_END, 0) // max(1, self.slices.get(FRONT_END, 0))


def emulate(
    network: IntegerNetwork,
    frontend: Extractor | None,
    clip: np.ndarray,
    target: Processor,
    *,
    arithmetic: Arithmetic | None = None,
    mode: Mode = "clip",
    variant: FrontendVariant = "integer",
    flags: tuple[str, ...] = (),
) -> Emulated:
    """Build the runtime for `target`, run one clip (or, in continuous mode, everything), count.

    clip: int16 PCM [samples], or int8 features [rows, coefficients] when `frontend` is None.
    variant: how the C computes the features of `frontend`.
    Raises ExportError when a compiler or emulator is missing (with the package that has it), the model has no such mode
    or variant, or the run fails.
    """
    arithmetic = arithmetic or target.arithmetic
    if mode_of(stack(network), mode) != mode:
        raise ExportError(f"'{network.name}' has no continuous mode: its head needs a whole window. Use --mode clip.")
    if variant == "float32" and frontend is not None and not isinstance(frontend, IntegerFrontend):
        raise ExportError(
            "the float32 front end hears frames of 1600 samples, and this model others: leave out --frontend float32."
        )
    labels = tuple(str(index) for index in range(network.classes))
    emulator = find_compiler([target.emulator[0]], target.emulator_package, "emulator")
    with tempfile.TemporaryDirectory(prefix="edgegenre-emulate-") as name:
        folder = Path(name)
        project = folder / "firmware"
        write_firmware(network, frontend, labels, project)
        program = folder / "program"
        memory = ("-DEG_CLIP_ONLY",) if mode == "clip" else ()
        build(project, target, arithmetic, program, (*_LINES, *memory, *frontend_flags(variant), *flags))
        plugin = _plugin(folder)
        counts, functions = folder / "counts.txt", folder / "functions.txt"
        functions.write_text(_grouped_functions(program, target))
        command = [emulator, "-plugin", f"{plugin},functions={functions},out={counts}", *target.emulator[1:]]
        data = np.ascontiguousarray(clip).tobytes()
        output = run_program([part.format(program=program) for part in command], data, target, folder)
        ram, flash = program_sizes(program, target)
        frames = heard_frames(frontend.spec).count if frontend else 1
        return _result(network, output, counts, target, arithmetic, frames, ram_bytes=ram, flash_bytes=flash)


def _plugin(folder: Path) -> Path:
    plugin = folder / "count.so"
    source = room("firmware_export") / "ports" / "qemu" / "count.c"
    compile_c(host_compiler(), ["-O2", "-fPIC", "-shared", source, "-o", plugin])
    return plugin


def _grouped_functions(program: Path, target: Processor) -> str:
    """The functions of the head's and the matrix product's files, as the counter reads them."""
    lines = []
    for item in symbols(program, target):
        group = next((number for name, number in _GROUPS.items() if item.file.startswith(name)), None)
        if group is not None and item.kind == "t":
            lines.append(f"{item.address:x} {item.address + item.bytes:x} {group}\n")
    return "".join(lines)


def _result(
    network: IntegerNetwork,
    output: bytes,
    counts: Path,
    target: Processor,
    arithmetic: Arithmetic,
    row_frames: int,
    *,
    ram_bytes: int,
    flash_bytes: int,
) -> Emulated:
    """row_frames: frames that make a row of features."""
    words = np.frombuffer(output, "<i4").tolist()
    classes = network.classes
    sum_bytes, context_bytes, stack_bytes = words[-3:]
    layers = stack(network)
    names = [*(item.layer.name for item in layers.rows), FRONT_END, layers.head.name]
    instructions, slices, largest = dict.fromkeys(names, 0), dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    decisions: list[EmulatedDecision] = []
    coefficients = network.input_shape.frequency
    features: list[list[int]] = []
    answers = row_sums = mean = dense = pushed = together = most_together = position = 0
    for line in counts.read_text().splitlines():
        count, in_head, in_matmul = map(int, line.split())
        worked = words[position]
        position += 1
        if worked == _RESULT:
            logits = np.array(words[position + 1 : position + 1 + classes], network.output.dtype)
            decisions.append(EmulatedDecision(status=words[position], logits=logits))
            position += 1 + classes
            if decisions[-1].status:
                answers, mean, dense = answers + 1, mean + count - in_matmul, dense + in_matmul
        elif worked == _PUSH:
            pushed += count
        elif worked:
            name = names[worked - 1]
            instructions[name] += count
            slices[name] += 1
            row_sums += in_head
            largest[name] = max(largest[name], count)
            together = together + 1 if worked == len(names) else 0
            most_together = max(most_together, together)
            if name == FRONT_END and slices[name] % row_frames == 0:
                features.append(words[position : position + coefficients])
                position += coefficients
    if position != len(words) - 3:
        raise ExportError(f"{target.name}: the emulator counted {position} records of {len(words) - 3}.")
    last = names[-3]
    for name in names[-2:]:
        if not slices[name]:
            del instructions[name], slices[name], largest[name]
    return Emulated(
        target=target,
        arithmetic=arithmetic,
        features=np.array(features, np.int8).reshape(-1, coefficients),
        decisions=tuple(decisions),
        instructions=instructions,
        slices=slices,
        largest=largest,
        input_instructions=pushed,
        head=Head(
            rows=slices[last],
            answers=answers,
            row_sums=row_sums,
            mean=mean,
            dense=dense,
            sum_bytes=sum_bytes,
            slices=most_together,
        ),
        context_bytes=context_bytes,
        ram_bytes=ram_bytes,
        flash_bytes=flash_bytes,
        stack_bytes=stack_bytes,
    )
