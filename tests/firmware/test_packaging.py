"""One exported folder is a package of five ecosystems, and its examples compile."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import edgegenre
from edgegenre.export.c.project import write_firmware
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.rooms import room
from tests.firmware.builds import WARNINGS, expected, project, replay, script
from tests.firmware.packages import ESP_IDF, ZEPHYR, consumer, run
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


@pytest.mark.parametrize(
    ("flags", "arithmetic"),
    [
        ((), "q31"),
        (("-DEG_ARITHMETIC_Q31",), "q31"),
        (("-DEG_ARITHMETIC_FLOAT32", "-ffp-contract=off"), "float32"),
    ],
)
def test_arduino_compiles_src_with_nothing_else_on_the_path(
    flags: tuple[str, ...], arithmetic: Arithmetic, tmp_path: Path
) -> None:
    folder = project("odd")
    sketch = tmp_path / "sketch.cpp"
    sketch.write_text(
        "#include <edgegenre.h>\neg_context context;\nint start() { return eg_init(&context, EG_CLIP); }\n"
    )
    options = ["-DARDUINO=10819", *flags, "-I", folder / "src"]
    run(program("g++", "g++"), "-std=gnu++11", *options, "-c", sketch, "-o", tmp_path / "sketch.o")
    sources = sorted((folder / "src").rglob("*.c"))
    driver = room("firmware_export") / "selftest" / "replay.c"
    run(program("gcc", "gcc"), "-O1", "-std=gnu11", *options, *sources, driver, "-o", tmp_path / "replay")
    features = random_features(random_integer_network("odd"), 1)[0]
    by_arithmetic = {name: expected("odd", name, "clip", [features]) for name in ARITHMETICS}
    assert by_arithmetic["q31"] != by_arithmetic["float32"]
    assert replay(tmp_path / "replay", 5, script("clip", [features])) == by_arithmetic[arithmetic]


def test_arduino_s_choices_stand_in_one_file_for_library_and_sketch(tmp_path: Path) -> None:
    """Continuous mode is there, until a line of that file is taken into use."""
    folder, sketch = tmp_path / "edgegenre", tmp_path / "sketch.cpp"
    shutil.copytree(project("odd"), folder)
    sketch.write_text(
        "#include <edgegenre.h>\neg_context context;\n"
        "int main() { return eg_init(&context, EG_CLIP) != 0 ? 2 : eg_init(&context, EG_CONTINUOUS) != 0; }\n"
    )
    options = folder / "src" / "eg_options.h"
    text = options.read_text(encoding="utf-8")
    for content, wanted in ((text, 0), (text.replace("// #define EG_CLIP_ONLY", "#define EG_CLIP_ONLY"), 1)):
        options.write_text(content, encoding="utf-8")
        (tmp_path / str(wanted)).mkdir()
        flags = ["-DARDUINO=10819", "-I", folder / "src", "-c"]
        command = [program("gcc", "gcc"), "-std=gnu11", *flags, *sorted((folder / "src").glob("*.[cS]"))]
        subprocess.run(command, check=True, cwd=tmp_path / str(wanted))
        objects = sorted((tmp_path / str(wanted)).glob("*.o"))
        run(program("g++", "g++"), "-std=gnu++11", *flags, sketch, "-o", tmp_path / "sketch.o")
        run(program("g++", "g++"), tmp_path / "sketch.o", *objects, "-o", tmp_path / "program")
        assert subprocess.run([tmp_path / "program"]).returncode == wanted


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
    assert build["flags"] == ["-ffp-contract=off"]
    # The schema asks for these two; a folder in lib/ needs no more.
    assert re.fullmatch(r"[^:/,@<>]{1,100}", manifest["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])


def test_every_folder_carries_the_license_its_manifests_name(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "LICENSE").read_bytes()
    assert text.split(b"\n", 2)[1].strip() == b"Apache License"
    assert (project("odd") / "LICENSE").read_bytes() == text
    write_firmware(random_integer_network("odd"), None, tuple("abcde"), tmp_path / "rows-only")
    assert (tmp_path / "rows-only" / "LICENSE").read_bytes() == text
    manifest = json.loads((project("odd") / "library.json").read_text(encoding="utf-8"))
    assert manifest["license"] == "Apache-2.0"
    assert "license: Apache-2.0\n" in (project("odd") / "idf_component.yml").read_text(encoding="utf-8")


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
    header = (project("odd") / "include" / "edgegenre.h").read_text(encoding="utf-8")
    parts = [re.findall(rf"#define EG_VERSION_{part} (\d+)", header) for part in ("MAJOR", "MINOR", "PATCH")]
    assert ".".join(number for (number,) in parts) == edgegenre.__version__


def test_an_installed_cmake_package_is_found_and_linked(tmp_path: Path) -> None:
    cmake, prefix = program("cmake", "cmake"), tmp_path / "prefix"
    run(
        cmake, "-S", project("odd"), "-B", tmp_path / "library", "-DEG_CLIP_ONLY=ON", f"-DCMAKE_INSTALL_PREFIX={prefix}"
    )
    run(cmake, "--build", tmp_path / "library")
    run(cmake, "--install", tmp_path / "library")
    major_minor = ".".join(edgegenre.__version__.split(".")[:2])
    assert list(prefix.glob("share/doc/*/LICENSE"))
    text = f"find_package(edgegenre {major_minor} REQUIRED)\n"
    assert consumer(tmp_path, text, "edgegenre::edgegenre", f"-DCMAKE_PREFIX_PATH={prefix}") == "clip only, genre 0\n"


def test_the_folder_registers_itself_as_an_esp_idf_component(tmp_path: Path) -> None:
    text = f"{ESP_IDF}\nadd_subdirectory({project('odd')} component)\n"
    assert consumer(tmp_path / "all", text, "__idf_edgegenre") == "both modes, genre 0\n"
    text = f"set(CONFIG_EDGEGENRE_CLIP_ONLY y)\n{text}"
    assert consumer(tmp_path / "clip", text, "__idf_edgegenre") == "clip only, genre 0\n"


def test_the_folder_is_a_zephyr_module(tmp_path: Path) -> None:
    text = f"{ZEPHYR}\nadd_subdirectory({project('odd')}/zephyr module)\n"
    assert consumer(tmp_path / "all", text, "edgegenre zephyr_interface") == "both modes, genre 0\n"
    text = f"set(CONFIG_EDGEGENRE_CLIP_ONLY y)\n{text}"
    assert consumer(tmp_path / "clip", text, "edgegenre zephyr_interface") == "clip only, genre 0\n"


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("EG_FRONTEND=float", "EG_FRONTEND must be integer or float32, not 'float'"),
        ("EG_FRONTEND=", "EG_FRONTEND must be integer or float32, not ''"),
        ("EG_ARITHMETIC=q13", "EG_ARITHMETIC must be auto, float32 or q31, not 'q13'"),
        ("EG_ARITHMETIC=", "EG_ARITHMETIC must be auto, float32 or q31, not ''"),
    ],
)
def test_a_choice_that_is_not_known_is_refused_by_cmake(choice: str, message: str, tmp_path: Path) -> None:
    command = [program("cmake", "cmake"), "-S", project("odd"), "-B", tmp_path, f"-D{choice}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert message in done.stderr


def test_a_larger_project_gets_the_library_and_nothing_else(tmp_path: Path) -> None:
    package = f"add_subdirectory({project('odd')} library)\ninstall(FILES main.c DESTINATION mine)\n"
    assert consumer(tmp_path, package, "edgegenre::edgegenre") == "both modes, genre 0\n"
    assert not list(tmp_path.rglob("edgegenre-listen*"))
    build, prefix = tmp_path / "consumer" / "build", tmp_path / "prefix"
    run(program("cmake", "cmake"), "--install", build, "--prefix", prefix)
    assert [path.relative_to(prefix) for path in prefix.rglob("*") if path.is_file()] == [Path("mine/main.c")]


@pytest.mark.parametrize("variant", ["integer", "float32"])
def test_a_model_without_a_front_end_builds_and_is_installed(variant: str, tmp_path: Path) -> None:
    cmake, folder, build = program("cmake", "cmake"), tmp_path / "firmware", tmp_path / "build"
    write_firmware(random_integer_network("odd"), None, tuple("abcde"), folder)
    for word in ("edgegenre-listen", "examples/", "eg_push_pcm", "EG_FRONTEND"):
        assert word not in (folder / "README.md").read_text(encoding="utf-8")
    run(cmake, "-S", folder, "-B", build, f"-DEG_FRONTEND={variant}", f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'prefix'}")
    run(cmake, "--build", build)
    run(cmake, "--install", build)
    package = "find_package(edgegenre REQUIRED)\n"
    found = consumer(tmp_path, package, "edgegenre::edgegenre", f"-DCMAKE_PREFIX_PATH={tmp_path / 'prefix'}")
    assert found == "both modes, a\n"


def test_the_bare_metal_example_compiles_for_a_cortex_m(tmp_path: Path) -> None:
    compiler, folder = program("arm-none-eabi-gcc", "gcc-arm-none-eabi"), project("odd")
    for core in ("cortex-m0plus", "cortex-m4"):
        flags = [*WARNINGS, "-ffreestanding", "-mthumb", f"-mcpu={core}", "-I", folder / "include"]
        run(compiler, *flags, "-c", folder / "examples" / "bare_metal.c", "-o", tmp_path / f"{core}.o")
