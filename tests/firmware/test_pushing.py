"""Rows may be pushed as early as the stream takes them: what is refused is what would overwrite a waiting row."""

import functools
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgegenre.export.c.project import write_firmware
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.reference import run
from edgegenre.network.layers import AnyLayer, Convolution, Dense, DepthwiseConv, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from tests.firmware.builds import SANITIZERS, WARNINGS, frontend
from tests.networks import random_features, random_integer_network, random_integers
from tests.support import program

# One call of eg_step after each push, and more only where a push is refused. Logits of every window.
EAGER = """
#include <stdio.h>
#include "edgegenre.h"

static eg_context context;
static uint32_t rows;

static int step(void) {
    int16_t logits[EG_CLASSES];
    const int worked = eg_step(&context);
    if (rows != eg_rows_heard(&context) && eg_result(&context, logits) == EG_COMPLETE) {
        fwrite(logits, sizeof logits, 1, stdout);
    }
    rows = eg_rows_heard(&context);
    return worked;
}

int main(void) {
    if (eg_init(&context, EG_CLIP) != 0) {
        return 2;
    }
#if EG_FRAME_SAMPLES > 0
    int16_t samples[PIECE];
    size_t count;
    while ((count = fread(samples, sizeof samples[0], PIECE, stdin)) > 0) {
        for (uint32_t used = 0; (used += eg_push_pcm(&context, samples + used, (uint32_t)count - used)) < count;) {
            if (!step()) {
                return 3;
            }
        }
        step();
    }
#else
    int8_t row[EG_FEATURES];
    while (fread(row, sizeof row, 1, stdin) == 1) {
        while (!eg_push_features(&context, row)) {
            if (!step()) {
                return 3;
            }
        }
        step();
    }
#endif
    while (step()) {
    }
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


def eager(folder: Path, integers: IntegerNetwork, front: IntegerFrontend | None, data: np.ndarray) -> np.ndarray:
    """Logits [windows, classes] of `data`, pushed as early as it is taken."""
    write_firmware(integers, front, tuple(map(str, range(integers.classes))), folder / "firmware")
    (folder / "eager.c").write_text(EAGER, encoding="utf-8")
    sources = [*sorted((folder / "firmware" / "src").glob("*.c")), folder / "eager.c"]
    include = ["-I", folder / "firmware" / "include", "-I", folder / "firmware" / "src"]
    options = [*WARNINGS, *SANITIZERS, "-DEG_ARITHMETIC_FLOAT32", "-DPIECE=333", *include]
    subprocess.run([program("gcc", "gcc"), *options, *sources, "-o", folder / "eager"], check=True)
    done = subprocess.run([folder / "eager"], input=data.tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return np.frombuffer(done.stdout, "<i2").reshape(-1, integers.classes)


@pytest.mark.parametrize("name", NETWORKS)
def test_rows_pushed_as_early_as_possible_give_the_reference_s_logits(name: str, tmp_path: Path) -> None:
    """Also while a recurrent head is at work on a row; and window after window."""
    integers = NETWORKS[name]()
    features = random_features(integers, 3, seed=3)
    np.testing.assert_array_equal(eager(tmp_path, integers, None, features), run(integers, features))


@pytest.mark.parametrize("name", ["odd", "recurrent"])
def test_samples_are_taken_while_the_last_rows_of_a_window_are_computed(name: str, tmp_path: Path) -> None:
    integers = random_integer_network(name)
    size = frontend().spec.samples_for(integers.input_shape.time)
    pcm = np.random.default_rng(8).normal(0, 3000, (3, size)).astype(np.int16)
    features = np.stack([frontend().features(window) for window in pcm])
    np.testing.assert_array_equal(eager(tmp_path, integers, frontend(), pcm), run(integers, features))
