"""A big-endian processor, emulated, makes the numpy reference's decisions with the portable kernels."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.integer.reference import run
from edgegenre.integer.requantize import ARITHMETICS
from tests.firmware.builds import WARNINGS, frontend, project
from tests.firmware.test_emulated import noise
from tests.networks import random_integer_network
from tests.support import program

# One clip of little-endian samples, as files and networks have them; prints the logits.
MAIN = """
#include <stdio.h>
#include "edgegenre.h"

static eg_context context;

int main(void) {
    unsigned char bytes[2];
    int16_t logits[EG_CLASSES];
    if (eg_init(&context, EG_CLIP) != 0) {
        return 1;
    }
    while (fread(bytes, 1, 2, stdin) == 2) {
        const int16_t sample = (int16_t)(bytes[0] | bytes[1] << 8);
        while (eg_push_pcm(&context, &sample, 1) == 0 && eg_step(&context)) {
        }
    }
    while (eg_step(&context)) {
    }
    if (eg_result(&context, logits) != EG_COMPLETE) {
        return 2;
    }
    for (int i = 0; i < EG_CLASSES; i++) {
        printf("%d ", logits[i]);
    }
    return 0;
}
"""


NAMES = ["odd", *(pytest.param(name, marks=pytest.mark.slow) for name in ("recurrent", "lstm", "wide-odd"))]


@pytest.mark.parametrize("name", NAMES)
def test_samples_give_the_reference_s_logits_on_a_big_endian_processor(name: str, tmp_path: Path) -> None:
    compiler = program("s390x-linux-gnu-gcc", "gcc-s390x-linux-gnu")
    emulator = program("qemu-s390x", "qemu-user")
    network, folder, main = random_integer_network(name), project(name), tmp_path / "main.c"
    main.write_text(MAIN)
    pcm = noise(network.input_shape.time)
    features = frontend().features(pcm)
    for arithmetic in ARITHMETICS:
        # In plain C99 this compiler evaluates float as double, which eg_compiler.h refuses.
        flags = [*WARNINGS, "-std=gnu99", "-O2", "-static", "-DEG_PORTABLE", f"-DEG_ARITHMETIC_{arithmetic.upper()}"]
        include = ["-I", folder / "include", "-I", folder / "src"]
        command = [compiler, *flags, *include, main, *sorted((folder / "src").glob("*.c"))]
        subprocess.run([*command, "-o", tmp_path / arithmetic], check=True)
        done = subprocess.run([emulator, tmp_path / arithmetic], input=pcm.astype("<i2").tobytes(), capture_output=True)
        assert done.returncode == 0
        found = [int(word) for word in done.stdout.split()]
        np.testing.assert_array_equal(found, run(network, features[None], arithmetic)[0])
