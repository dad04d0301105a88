"""Rows may be pushed as early as the stream takes them: what is refused is what would overwrite a waiting row."""

import functools
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.export.c.project import write_firmware
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.reference import run
from edgegenre.network.layers import AnyLayer, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from tests.firmware.builds import SANITIZERS, WARNINGS
from tests.networks import random_features, random_integer_network, random_integers
from tests.support import program

# One call of eg_step after each push, and more only where a push is refused.
EAGER = """
#include <stdio.h>
#include "edgegenre.h"

static eg_context context;

int main(void) {
    int8_t row[EG_FEATURES];
    int16_t logits[EG_CLASSES];
    if (eg_init(&context, EG_CLIP) != 0) {
        return 2;
    }
    while (fread(row, sizeof row, 1, stdin) == 1) {
        while (!eg_push_features(&context, row)) {
            if (!eg_step(&context)) {
                return 3;
            }
        }
        eg_step(&context);
    }
    while (eg_step(&context)) {
    }
    if (eg_result(&context, logits) != EG_COMPLETE) {
        return 4;
    }
    fwrite(logits, sizeof logits, 1, stdout);
    return 0;
}
"""


@functools.cache
def pointwise_first() -> IntegerNetwork:
    """Layers of one row's kernel at the front, whose rows pass through two shared buffers."""
    layers: list[tuple[str, AnyLayer]] = [
        ("first", Convolution(channels=6, kernel=(1, 3))),
        ("second", Convolution(channels=7, kernel=(1, 1))),
        ("third", Convolution(channels=5, kernel=(1, 1))),
        ("depthwise", DepthwiseConv(kernel=(3, 3))),
        ("average", GlobalAverage()),
        ("logits", Dense(units=4)),
    ]
    network = chain("pointwise-first", input_shape=Shape(30, 9, 1), layers=layers)
    return random_integers(network)


NETWORKS = {
    "pointwise first": pointwise_first,
    "recurrent": lambda: random_integer_network("recurrent"),
    "lstm": lambda: random_integer_network("lstm"),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_pushed_as_early_as_possible_give_the_reference_s_logits(name: str, tmp_path: Path) -> None:
    """Also while a recurrent head is at work on a row."""
    integers = NETWORKS[name]()
    folder = tmp_path / "firmware"
    write_firmware(integers, None, tuple(map(str, range(integers.classes))), folder)
    (tmp_path / "eager.c").write_text(EAGER, encoding="utf-8")
    sources = [*sorted((folder / "src").glob("*.c")), tmp_path / "eager.c"]
    options = [*WARNINGS, *SANITIZERS, "-DEG_ARITHMETIC_FLOAT32", "-I", folder / "include", "-I", folder / "src"]
    subprocess.run([program("gcc", "gcc"), *options, *sources, "-o", tmp_path / "eager"], check=True)
    features = random_features(integers, 1, seed=3)
    done = subprocess.run([tmp_path / "eager"], input=features.tobytes(), capture_output=True)
    assert done.returncode == 0
    np.testing.assert_array_equal(np.frombuffer(done.stdout, "<i2"), run(integers, features)[0])
