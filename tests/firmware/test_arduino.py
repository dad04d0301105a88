"""The folder as an Arduino library: Arduino's own builder makes the sketch of it, and the sketch names the genre.

The builder is Debian's. The board is this machine, described to the builder as any board is: a platform, a board and a
core whose serial port is standard output.
"""

import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from edgegenre.decisions.decider import Decider
from edgegenre.export.c.decisions import default_rules
from edgegenre.integer.reference import run
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.rooms import room
from edgegenre.targets.build import build, run_program
from edgegenre.targets.cores import PROCESSORS
from tests.firmware.builds import frontend, project
from tests.firmware.realtime import TICK
from tests.firmware.test_emulated import needs, noise
from tests.networks import random_integer_network
from tests.support import program

TESTS = Path(__file__).parent

BOARDS = """
host.name=This machine
host.build.board=HOST
host.build.core=host
host.build.mcu=host
host.upload.maximum_size=100000000
"""
WARNINGS = "-Wall -Wextra -Wconversion -Wshadow -Wundef -Werror"
PLATFORM = f"""
name=Host
version=1.0.0
flags=-DARDUINO={{runtime.ide.version}} {{includes}}
recipe.c.o.pattern=gcc -c {WARNINGS} -std=gnu11 -MMD {{flags}} "{{source_file}}" -o "{{object_file}}"
recipe.cpp.o.pattern=g++ -c {WARNINGS} -std=gnu++11 -MMD {{flags}} "{{source_file}}" -o "{{object_file}}"
recipe.S.o.pattern=gcc -c -x assembler-with-cpp {{flags}} "{{source_file}}" -o "{{object_file}}"
recipe.ar.pattern=ar rcs "{{archive_file_path}}" "{{object_file}}"
recipe.c.combine.pattern=g++ -o "{{build.path}}/program" {{object_files}} "{{build.path}}/{{archive_file}}"
recipe.size.pattern=size "{{build.path}}/program"
recipe.size.regex=^\\s*([0-9]+)\\s+.*
recipe.preproc.macros=g++ -w -x c++ -E -CC -std=gnu++11 {{flags}} "{{source_file}}" -o "{{preprocessed_file_path}}"
preproc.includes.flags=-w -x c++ -M -MG -MP
recipe.preproc.includes=g++ {{preproc.includes.flags}} -std=gnu++11 {{flags}} "{{source_file}}"
tools.ctags.flags=-u --language-force=c++ -f - --c++-kinds=svpf --fields=KSTtzns --line-directives
tools.ctags.pattern=arduino-ctags {{flags}} "{{source_file}}"
"""
CORE = """
#pragma once
#include <stdint.h>
#include <stdio.h>
struct SerialPort {
    void begin(unsigned long) {}
    void print(const char *text) { fputs(text, stdout); }
    void println(const char *text) { puts(text); }
    void println(uint32_t number) { printf("%u\\n", static_cast<unsigned>(number)); }
};
extern SerialPort Serial;
void setup();
void loop();
"""
MAIN = """
#include "Arduino.h"
SerialPort Serial;
int main() {
    setup();
    for (int i = 0; i < LOOPS; i++) loop();
}
"""
LOOPS = 3000


def built_sketch(folder: Path, library: Path) -> list[str]:
    """What the sketch writes after LOOPS turns, built by Arduino's own builder with `library`."""
    builder = program("arduino-builder", "arduino-builder")
    (folder / "libraries").mkdir()
    (folder / "libraries" / "edgegenre").symlink_to(library)
    core = folder / "hardware" / "here" / "host" / "cores" / "host"
    core.mkdir(parents=True)
    (core.parents[1] / "boards.txt").write_text(BOARDS)
    (core.parents[1] / "platform.txt").write_text(PLATFORM)
    (core / "Arduino.h").write_text(CORE)
    (core / "main.cpp").write_text(MAIN.replace("LOOPS", str(LOOPS)))
    for name in ("tools", "build"):
        (folder / name).mkdir()
    folders = [f"-{name}={folder / name}" for name in ("hardware", "tools", "libraries")]
    sketch = library / "examples" / "Listen" / "Listen.ino"
    options = ["-compile", *folders, f"-build-path={folder / 'build'}", "-fqbn=here:host:host", "-ide-version=10819"]
    done = subprocess.run([builder, *options, sketch], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    heard = subprocess.run([folder / "build" / "program"], capture_output=True, text=True, check=True)
    return heard.stdout.splitlines()


def changes(labels: list[str]) -> list[str]:
    """Without those that say the same as the one before."""
    return [label for index, label in enumerate(labels) if index == 0 or label != labels[index - 1]]


def sawtooth() -> np.ndarray:
    """What the sketch hears where there is no microphone, more of it than it hears in LOOPS turns."""
    rate = frontend().spec.sample_rate
    return (np.arange(400_000) * 440 % rate - rate // 2).astype(np.int16)


def answers(logits: Iterable[np.ndarray], mode: Mode = "continuous") -> list[str]:
    """What is said of a sound that is always loud, without repetitions."""
    network = random_integer_network("odd")
    labels = [f"genre {index}" for index in range(network.classes)]
    decider = Decider(default_rules(network, frontend(), labels), mode)
    said = []
    for row in logits:
        decider.decide(row, 0)
        assert decider.answer is not None
        said.append([*labels, "unknown", "silence"][decider.answer.answer])
    return changes(said)


def test_the_sketch_is_built_by_arduino_s_own_builder_and_names_the_genre(tmp_path: Path) -> None:
    heard = built_sketch(tmp_path, project("odd"))
    stream = IntegerStream(random_integer_network("odd"), arithmetic="q31", mode="continuous")
    expected = answers(item.logits for item in stream.push(frontend().features(sawtooth())))
    assert heard
    assert heard == expected[: len(heard)]


def test_a_choice_in_eg_options_holds_for_the_library_and_the_sketch(tmp_path: Path) -> None:
    library = shutil.copytree(project("odd"), tmp_path / "copy")
    choices = library / "src" / "eg_options.h"
    text = choices.read_text(encoding="utf-8")
    choices.write_text(text.replace("// #define EG_CLIP_ONLY", "#define EG_CLIP_ONLY"), encoding="utf-8")
    heard = built_sketch(tmp_path, library)
    spec, window = frontend().spec, random_integer_network("odd").input_shape.time
    size = spec.samples_for(window)
    windows = np.split(sawtooth(), np.arange(size, 400_000, size))[:-1]
    logits = run(random_integer_network("odd"), np.stack([frontend().features(pcm) for pcm in windows]), "q31")
    assert heard
    assert heard == answers(logits, "clip")[: len(heard)]


@pytest.mark.parametrize(("rate", "loses"), [(64e6 / 1.4, False), (5e6, False), (2.8e6, True)])
def test_the_sketch_keeps_up_with_a_microphone_on_an_m4(rate: float, loses: bool, tmp_path: Path) -> None:
    """64 MHz at 1.4 cycles an instruction, and much slower: what is lost is told, and the stream goes on."""
    needs("mps2-an386")
    compiler = program("arm-none-eabi-g++", "gcc-arm-none-eabi")
    target, pcm = PROCESSORS["mps2-an386"], noise(250)
    folders = [TESTS / "arduino", room("firmware_export") / "ports", project("odd") / "include"]
    folders += [room("firmware_export") / "ports" / name for name in ("bare", "realtime")]
    options = ["-std=gnu++11", "-O2", "-ffreestanding", "-fno-exceptions", "-fno-threadsafe-statics", *target.options]
    options += ["-DARDUINO=10819", "-DARDUINO_ARDUINO_NANO33BLE", "-DEG_ARITHMETIC_Q31"]
    options += [f"-I{folder}" for folder in folders]
    sketch = project("odd") / "examples" / "Listen" / "Listen.ino"
    objects = [tmp_path / "sketch.o", tmp_path / "board.o"]
    for source, made in zip((sketch, TESTS / "arduino" / "board.cpp"), objects, strict=True):
        command = [compiler, *options, "-include", "Arduino.h", "-x", "c++", "-c", source, "-o", made]
        subprocess.run(command, check=True)
    mains = (*map(str, objects), "ports/realtime/cortex_m.c")
    build(project("odd"), target, "q31", tmp_path / "program", mains=mains)
    ticks = round(256 / 16_000 * rate / TICK["cortex_m"])
    data = struct.pack("<I", ticks) + pcm.tobytes()
    emulator = [target.emulator[0], "-icount", "shift=0,sleep=off", *target.emulator[1:]]
    output = run_program([part.format(program=tmp_path / "program") for part in emulator], data, target, tmp_path)
    lines = output.decode().splitlines()
    lost = [line for line in lines if line.startswith("samples lost")]
    assert bool(lost) == loses
    if not loses:
        stream = IntegerStream(random_integer_network("odd"), arithmetic="q31", mode="continuous")
        expected = answers(item.logits for item in stream.push(frontend().features(pcm)))
        assert lines == expected
        assert len(lines) > 2


def test_the_sketch_lies_where_arduino_looks_for_examples() -> None:
    """Library specification: examples/<name>/<name>.ino; names of letters, digits, dashes, dots, underscores."""
    sketches = sorted((project("odd") / "examples").rglob("*.ino"))
    assert sketches
    for sketch in sketches:
        assert sketch.parent.name == sketch.stem
        assert sketch.parents[1] == project("odd") / "examples"
        assert sketch.stem.replace("-", "").replace("_", "").replace(".", "").isalnum()


@pytest.mark.parametrize("standard", ["c++11", "c++20"])
@pytest.mark.parametrize(("compiler", "package"), [("g++", "g++"), ("clang++", "clang")])
def test_a_c_plus_plus_program_uses_every_header_without_a_warning(
    compiler: str, package: str, standard: str, tmp_path: Path
) -> None:
    source, library = tmp_path / "main.cpp", project("odd")
    headers = sorted(path.name for path in (library / "include").glob("*.h"))
    assert {"edgegenre.h", "eg_decide.h", "eg_input.h", "eg_selftest.h"} <= set(headers)
    source.write_text(
        "".join(f'#include "{header}"\n' for header in headers) + "#include <cstdio>\n"
        "static eg_context context;\nstatic eg_input input;\nstatic eg_decider decider;\n"
        "int main() { int16_t logits[EG_CLASSES] = {}; const int refused = eg_init(&context, EG_CLIP);\n"
        "    const int answer = static_cast<int>(eg_result(&context, logits)) - EG_NOT_ENOUGH_AUDIO;\n"
        "    eg_answer_t said; eg_decide_init(&decider, EG_CLIP);\n"
        '    std::puts(eg_decide(&decider, logits, 0, &said) ? eg_answer_text(said.answer) : "");\n'
        "    std::puts(eg_selftest_text(eg_selftest(&context)));\n"
        "    return refused + (EG_LOGIT_SCALE < 0.0f) + eg_step(&context) + answer + eg_input_init(&input, 3, 0); }\n"
    )
    include = ["-I", library / "include", "-I", library / "src"]
    cc = program(compiler.replace("++", "cc" if compiler == "g++" else ""), package)
    sources = sorted((library / "src").glob("*.c"))
    subprocess.run([cc, "-O1", "-ffp-contract=off", "-c", *include, *sources], check=True, cwd=tmp_path)
    flags = [f"-std={standard}", "-pedantic", *WARNINGS.split()]
    objects = sorted(tmp_path.glob("*.o"))
    command = [program(compiler, package), *flags, *include, source, *objects, "-o", tmp_path / "main"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
    assert told.stdout == "unknown\nsame bytes\n"
