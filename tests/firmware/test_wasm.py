"""The sources build for WebAssembly as they are, and give the numpy reference's bytes under node."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import Mode
from edgegenre.rooms import room
from tests.firmware.builds import Record, expected, project
from tests.networks import random_features, random_integer_network
from tests.support import program

FUNCTIONS = ("context_bytes", "init", "push")

# Arguments: the module, 1 for continuous mode, rows, words of a record. Feature rows on stdin, records on stdout.
MAIN = """
const fs = require("fs");
const [, , path, continuous, rows, words] = process.argv;
WebAssembly.instantiate(fs.readFileSync(path), { wasi_snapshot_preview1: {}, env: {} }).then(({ instance }) => {
  const { memory, malloc, eg_native_context_bytes, eg_native_init, eg_native_push, _initialize } = instance.exports;
  _initialize();
  const features = fs.readFileSync(0);
  const context = malloc(eg_native_context_bytes()), place = malloc(features.length);
  const room = Number(rows), records = malloc(4 * Number(words) * room);
  new Uint8Array(memory.buffer).set(features, place);
  if (eg_native_init(context, Number(continuous)) !== 0) process.exit(3);
  const count = eg_native_push(context, place, Number(rows), records, room);
  process.stdout.write(new Uint8Array(memory.buffer, records, 4 * Number(words) * count));
});
"""


def build(name: str, arithmetic: Arithmetic, folder: Path, *flags: str) -> Path:
    """native/eg_native.c with the project of `name`."""
    native = room("firmware_export") / "native"
    sources = [*sorted((project(name) / "src").glob("*.c")), native / "eg_native.c"]
    options = ["-std=c99", "-O3", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "--no-entry"]
    names = ",".join(["_malloc", *(f"_eg_native_{function}" for function in FUNCTIONS)])
    options += [f"-sEXPORTED_FUNCTIONS={names}", f"-DEG_ARITHMETIC_{arithmetic.upper()}", *flags]
    include = ["-I", project(name) / "include", "-I", project(name) / "src", "-I", native]
    command = [program("emcc", "emscripten"), *options, *include, *sources, "-o", folder / "edgegenre.wasm"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "edgegenre.wasm"


def decisions(module: Path, mode: Mode, features: np.ndarray, classes: int) -> list[Record]:
    """(status, rows, logits) of every decision."""
    main = module.with_name("main.js")
    main.write_text(MAIN, encoding="utf-8")
    words = 3 + classes
    numbers = [str(number) for number in (int(mode == "continuous"), len(features), words)]
    command = [program("node", "nodejs"), main, module, *numbers]
    done = subprocess.run(command, input=features.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    records = np.frombuffer(done.stdout, "<i4").reshape(-1, words)
    return [(int(record[0]), int(record[1]), tuple(map(int, record[3:]))) for record in records]


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("-msimd128",)], ids=["plain", "simd"])
@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", ["odd", "recurrent", "wide-odd"])
def test_webassembly_gives_the_reference_s_logits(
    name: str, arithmetic: Arithmetic, flags: tuple[str, ...], tmp_path: Path
) -> None:
    module = build(name, arithmetic, tmp_path, *flags)
    network = random_integer_network(name)
    features = random_features(network, 1, seed=7)[0]
    modes: tuple[Mode, ...] = ("clip", "continuous")
    for mode in modes:
        found = decisions(module, mode, features, network.classes)
        assert found
        assert found == expected(name, arithmetic, mode, [features])
