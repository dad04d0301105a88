"""One exported folder is a package of five ecosystems, and its bare-metal example decides as the reference does."""

import json
import re
import subprocess
from pathlib import Path

import numpy as np

import edgegenre
from edgegenre.integer.streaming import IntegerStream
from edgegenre.rooms import room
from tests.firmware.builds import WARNINGS, expected, frontend, project, replay, script
from tests.networks import random_features, random_integer_network
from tests.support import program

# Required fields and categories of https://docs.arduino.cc/arduino-cli/library-specification.
ARDUINO_FIELDS = {
    "name",
    "version",
    "author",
    "maintainer",
    "sentence",
    "paragraph",
    "category",
    "url",
    "architectures",
}
ARDUINO_CATEGORIES = {
    "Display",
    "Communication",
    "Signal Input/Output",
    "Sensors",
    "Device Control",
    "Timing",
    "Data Storage",
    "Data Processing",
    "Other",
}

# The commands of ESP-IDF and Zephyr that the folder calls, as far as their manuals define them for a plain library.
ESP_IDF = """
function(idf_component_register)
  cmake_parse_arguments(PARSE_ARGV 0 IDF "" "" "SRC_DIRS;INCLUDE_DIRS")
  file(GLOB sources ${CMAKE_CURRENT_SOURCE_DIR}/${IDF_SRC_DIRS}/*.c)
  add_library(__idf_edgegenre STATIC ${sources})
  target_include_directories(__idf_edgegenre PUBLIC ${IDF_INCLUDE_DIRS})
  set(COMPONENT_LIB __idf_edgegenre PARENT_SCOPE)
endfunction()
set(ESP_PLATFORM 1)
"""
ZEPHYR = """
macro(zephyr_library_named name)
  set(ZEPHYR_CURRENT_LIBRARY ${name})
  add_library(${name} STATIC "")
  target_link_libraries(${name} PRIVATE zephyr_interface)
endmacro()
function(zephyr_library_sources)
  target_sources(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_library_compile_options)
  target_compile_options(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_library_compile_definitions)
  target_compile_definitions(${ZEPHYR_CURRENT_LIBRARY} PRIVATE ${ARGV})
endfunction()
function(zephyr_include_directories)
  target_include_directories(zephyr_interface INTERFACE ${ARGV})
endfunction()
function(zephyr_compile_definitions_ifdef condition)
  if(${condition})
    target_compile_definitions(zephyr_interface INTERFACE ${ARGN})
  endif()
endfunction()
add_library(zephyr_interface INTERFACE)
set(CONFIG_EDGEGENRE y)
"""
BOARD = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
void audio_half_is_full(void);
static int16_t *buffer;
static uint32_t half_samples, half;
void board_start_audio(int16_t *place, uint32_t samples) { buffer = place; half_samples = samples / 2; }
void board_wait(void) {
    for (int halves = 0; halves < HALVES_A_WAIT; halves++) {
        if (fread(buffer + half * half_samples, 2, half_samples, stdin) != half_samples) exit(0);
        half = !half;
        audio_half_is_full();
    }
}
void board_show(const char *label) { puts(label ? label : "lost"); }
"""


def test_arduino_compiles_src_with_nothing_else_on_the_path(tmp_path: Path) -> None:
    folder = project("odd")
    sketch = tmp_path / "sketch.cpp"
    sketch.write_text(
        "#include <edgegenre.h>\neg_context context;\nint start() { return eg_init(&context, EG_CLIP); }\n"
    )
    flags = ["-DARDUINO=10819", "-I", folder / "src"]
    _run(program("g++", "g++"), "-std=gnu++11", *flags, "-c", sketch, "-o", tmp_path / "sketch.o")
    sources = sorted((folder / "src").rglob("*.c"))
    driver = room("firmware_export") / "selftest" / "replay.c"
    _run(program("gcc", "gcc"), "-O1", "-std=gnu11", *flags, *sources, driver, "-o", tmp_path / "replay")
    features = random_features(random_integer_network("odd").network, 1)[0]
    found = replay(tmp_path / "replay", 5, script("clip", [features]))
    assert found == expected("odd", "q31", "clip", [features])


def test_library_properties_follow_the_arduino_specification() -> None:
    lines = (project("odd") / "library.properties").read_text(encoding="utf-8").splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    assert len(fields) == len(lines)
    assert fields.keys() == ARDUINO_FIELDS | {"includes"}
    assert all(fields.values())
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}", fields["name"])
    assert fields["category"] in ARDUINO_CATEGORIES
    assert not fields["paragraph"].startswith(fields["sentence"])
    assert (project("odd") / "src" / fields["includes"]).is_file()


def test_platformio_finds_what_library_json_names() -> None:
    manifest = json.loads((project("odd") / "library.json").read_text(encoding="utf-8"))
    build = manifest["build"]
    assert (project("odd") / build["includeDir"] / manifest["headers"]).is_file()
    assert list((project("odd") / build["srcDir"]).glob("*.c"))
    assert "-ffp-contract=off" in build["flags"]


def test_every_package_has_the_version_of_edgegenre() -> None:
    texts = {
        "library.properties": r"^version=(.*)$",
        "library.json": r'"version": "(.*)"',
        "idf_component.yml": r'^version: "(.*)"$',
        "CMakeLists.txt": r"project\(edgegenre VERSION (\S+)",
    }
    for name, pattern in texts.items():
        found = re.findall(pattern, (project("odd") / name).read_text(encoding="utf-8"), re.MULTILINE)
        assert found == [edgegenre.__version__], name


def test_an_installed_cmake_package_is_found_and_linked(tmp_path: Path) -> None:
    cmake, prefix = program("cmake", "cmake"), tmp_path / "prefix"
    _run(
        cmake, "-S", project("odd"), "-B", tmp_path / "library", "-DEG_CLIP_ONLY=ON", f"-DCMAKE_INSTALL_PREFIX={prefix}"
    )
    _run(cmake, "--build", tmp_path / "library")
    _run(cmake, "--install", tmp_path / "library")
    major_minor = ".".join(edgegenre.__version__.split(".")[:2])
    text = f"find_package(edgegenre {major_minor} REQUIRED)\n"
    assert _consumer(tmp_path, text, "edgegenre::edgegenre", f"-DCMAKE_PREFIX_PATH={prefix}") == "clip only, genre 0\n"


def test_the_folder_registers_itself_as_an_esp_idf_component(tmp_path: Path) -> None:
    text = f"{ESP_IDF}\nadd_subdirectory({project('odd')} component)\n"
    assert _consumer(tmp_path / "all", text, "__idf_edgegenre") == "both modes, genre 0\n"
    text = f"set(CONFIG_EDGEGENRE_CLIP_ONLY y)\n{text}"
    assert _consumer(tmp_path / "clip", text, "__idf_edgegenre") == "clip only, genre 0\n"


def test_the_folder_is_a_zephyr_module(tmp_path: Path) -> None:
    text = f"{ZEPHYR}\nadd_subdirectory({project('odd')}/zephyr module)\n"
    assert _consumer(tmp_path / "all", text, "edgegenre zephyr_interface") == "both modes, genre 0\n"
    text = f"set(CONFIG_EDGEGENRE_CLIP_ONLY y)\n{text}"
    assert _consumer(tmp_path / "clip", text, "edgegenre zephyr_interface") == "clip only, genre 0\n"


def test_every_build_system_offers_the_float32_front_end(tmp_path: Path) -> None:
    folder = project("odd")
    choice = "set(CONFIG_EDGEGENRE_FRONTEND_FLOAT32 y)\n"
    systems = {
        "cmake": (f'set(EG_FRONTEND float32 CACHE STRING "")\nadd_subdirectory({folder} library)\n', "edgegenre"),
        "esp-idf": (f"{ESP_IDF}{choice}add_subdirectory({folder} component)\n", "__idf_edgegenre"),
        "zephyr": (f"{ZEPHYR}{choice}add_subdirectory({folder}/zephyr module)\n", "edgegenre zephyr_interface"),
    }
    for name, (text, libraries) in systems.items():
        _consumer(tmp_path / name, text, libraries)
        consumer = tmp_path / name / "consumer" / "build" / "consumer"
        symbols = subprocess.run([program("nm", "binutils"), consumer], capture_output=True, text=True, check=True)
        tables = set(re.findall(r" eg_\w*frontend$", symbols.stdout, re.MULTILINE))
        assert tables == {" eg_float_frontend"}, name


def test_a_front_end_that_is_not_known_is_refused_by_cmake(tmp_path: Path) -> None:
    command = [program("cmake", "cmake"), "-S", project("odd"), "-B", tmp_path, "-DEG_FRONTEND=float"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "EG_FRONTEND must be integer or float32, not 'float'" in done.stderr


def test_the_bare_metal_example_compiles_for_a_cortex_m(tmp_path: Path) -> None:
    compiler, folder = program("arm-none-eabi-gcc", "gcc-arm-none-eabi"), project("odd")
    for core in ("cortex-m0plus", "cortex-m4"):
        flags = [*WARNINGS, "-ffreestanding", "-mthumb", f"-mcpu={core}", "-I", folder / "include"]
        _run(compiler, *flags, "-c", folder / "examples" / "bare_metal.c", "-o", tmp_path / f"{core}.o")


def test_the_bare_metal_loop_names_the_genre_of_each_window(tmp_path: Path) -> None:
    spec = frontend().spec
    rows = random_integer_network("odd").network.input_shape.time
    window = spec.frame_length + (rows - 1) * spec.hop_length
    tone = 8000 * np.sin(2 * np.pi * 5000 / spec.sample_rate * np.arange(window))
    noise = np.random.default_rng(5).normal(0, 3000, window)
    pcm = np.concatenate([tone, noise, np.zeros(window)]).astype(np.int16)
    genres = []
    for start in (0, window):
        features = frontend().features(pcm[start : start + window])
        genres.append(int(np.argmax(IntegerStream(random_integer_network("odd")).push(features)[-1].logits)))
    assert len(set(genres)) == 2
    heard = _listen_bare(tmp_path, pcm, halves_a_wait=1)
    assert heard[:2] == [f"genre {genre}" for genre in genres]


def test_the_bare_metal_loop_says_when_audio_was_lost(tmp_path: Path) -> None:
    heard = _listen_bare(tmp_path, np.zeros(16_000, np.int16), halves_a_wait=2)
    assert heard == ["lost"] * 10


def _listen_bare(scratch: Path, pcm: np.ndarray, *, halves_a_wait: int) -> list[str]:
    folder, board = project("odd"), scratch / "board.c"
    board.write_text(BOARD)
    sources = [*sorted((folder / "src").glob("*.c")), folder / "examples" / "bare_metal.c", board]
    flags = ["-std=c99", "-O1", "-ffp-contract=off", f"-DHALVES_A_WAIT={halves_a_wait}", "-I", folder / "include"]
    _run(program("gcc", "gcc"), *flags, *sources, "-o", scratch / "bare")
    done = subprocess.run([scratch / "bare"], input=pcm.astype("<i2").tobytes(), capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def _consumer(scratch: Path, package: str, libraries: str, *options: str) -> str:
    """Build and run a program that uses the library the way `package` gives it; returns what it prints."""
    source = scratch / "consumer"
    source.mkdir(parents=True)
    (source / "CMakeLists.txt").write_text(
        f"cmake_minimum_required(VERSION 3.16)\nproject(consumer C)\n{package}\n"
        f"add_executable(consumer main.c)\ntarget_link_libraries(consumer PRIVATE {libraries})\n"
    )
    (source / "main.c").write_text(
        '#include <stdio.h>\n#include "edgegenre.h"\nstatic eg_context context;\n'
        "int main(void) {\n"
        '    printf("%s, %s\\n", eg_init(&context, EG_CONTINUOUS) ? "clip only" : "both modes", eg_label(0));\n'
        "    return (EG_BLOCKS == 1) != (eg_init(&context, EG_CONTINUOUS) != 0);\n}\n"
    )
    cmake = program("cmake", "cmake")
    _run(cmake, "-S", source, "-B", source / "build", *options)
    _run(cmake, "--build", source / "build")
    return subprocess.run([source / "build" / "consumer"], capture_output=True, text=True, check=True).stdout


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
