"""The folder as an Arduino library: Arduino's own builder makes the sketch of it, and the sketch names the genre.

The builder is Debian's. The board is this machine, described to the builder as any board is: a platform, a board and a
core whose serial port is standard output.
"""

import subprocess
from pathlib import Path

import numpy as np

from edgegenre.integer.streaming import IntegerStream
from tests.firmware.builds import frontend, project
from tests.networks import random_integer_network
from tests.support import program

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
recipe.S.o.pattern=gcc -c -x assembler-with-cpp {{flags}} "{{source_file}}" -o "{{object_file}}"
recipe.cpp.o.pattern=g++ -c {WARNINGS} -std=gnu++11 -MMD {{flags}} "{{source_file}}" -o "{{object_file}}"
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
    void println(const char *text) { puts(text); }
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
LOOPS = 260


def test_the_sketch_is_built_by_arduino_s_own_builder_and_names_the_genre(tmp_path: Path) -> None:
    builder = program("arduino-builder", "arduino-builder")
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries" / "edgegenre").symlink_to(project("odd"))
    core = tmp_path / "hardware" / "here" / "host" / "cores" / "host"
    core.mkdir(parents=True)
    (core.parents[1] / "boards.txt").write_text(BOARDS)
    (core.parents[1] / "platform.txt").write_text(PLATFORM)
    (core / "Arduino.h").write_text(CORE)
    (core / "main.cpp").write_text(MAIN.replace("LOOPS", str(LOOPS)))
    for name in ("tools", "build"):
        (tmp_path / name).mkdir()
    folders = [f"-{name}={tmp_path / name}" for name in ("hardware", "tools", "libraries")]
    sketch = project("odd") / "examples" / "Listen" / "Listen.ino"
    options = ["-compile", *folders, f"-build-path={tmp_path / 'build'}", "-fqbn=here:host:host", "-ide-version=10819"]
    done = subprocess.run([builder, *options, sketch], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    heard = subprocess.run([tmp_path / "build" / "program"], capture_output=True, text=True, check=True)
    assert heard.stdout.splitlines() == expected_labels()


def expected_labels() -> list[str]:
    """What the numpy reference makes of the sketch's sawtooth, window by window."""
    spec, window = frontend().spec, random_integer_network("odd").input_shape.time
    samples = np.arange(400 * LOOPS)
    pcm = (samples * 440 % spec.sample_rate - spec.sample_rate // 2).astype(np.int16)
    size = spec.samples_for(window)
    labels = []
    for start in range(0, len(pcm) - size + 1, size):
        stream = IntegerStream(random_integer_network("odd"), arithmetic="q31")
        logits = stream.push(frontend().features(pcm[start : start + size]))[-1].logits
        labels.append(f"genre {int(np.argmax(logits))}")
    assert len(labels) == 2
    return labels


def test_the_sketch_lies_where_arduino_looks_for_examples() -> None:
    """Library specification: examples/<name>/<name>.ino; names of letters, digits, dashes, dots, underscores."""
    sketches = sorted((project("odd") / "examples").rglob("*.ino"))
    assert sketches
    for sketch in sketches:
        assert sketch.parent.name == sketch.stem
        assert sketch.parents[1] == project("odd") / "examples"
        assert sketch.stem.replace("-", "").replace("_", "").replace(".", "").isalnum()


def test_the_header_is_c_plus_plus_without_a_warning(tmp_path: Path) -> None:
    source = tmp_path / "main.cpp"
    source.write_text(
        '#include "edgegenre.h"\nstatic eg_context context;\n'
        "int main() { int16_t logits[EG_CLASSES]; const int refused = eg_init(&context, EG_CLIP);\n"
        "    const int answer = static_cast<int>(eg_result(&context, logits)) - EG_NOT_ENOUGH_AUDIO;\n"
        "    return refused + (EG_LOGIT_SCALE > 0.0f) + eg_step(&context) + answer; }\n"
    )
    for compiler, package in (("g++", "g++"), ("clang++", "clang")):
        for standard in ("c++11", "c++20"):
            flags = ["-x", "c++", f"-std={standard}", "-pedantic", *WARNINGS.split(), "-fsyntax-only"]
            command = [program(compiler, package), *flags, "-I", project("odd") / "include", source]
            done = subprocess.run(command, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
