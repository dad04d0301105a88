"""Answers in C are those of edgegenre.decisions to the bit, and what they cost beside a model."""

import functools
import hashlib
import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.decisions.arithmetic import hop_energies
from edgegenre.decisions.decider import Decider
from edgegenre.decisions.rules import Rules, rules_for
from edgegenre.decisions.settings import SCORES, Decisions, Gate, Reject
from edgegenre.export.c.decisions import decision_tables
from edgegenre.export.c.project import write_firmware
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.rooms import room
from edgegenre.targets.build import build as built
from edgegenre.targets.build import program_sizes, run_program
from edgegenre.targets.cores import PROCESSORS
from tests.firmware.builds import SANITIZERS, WARNINGS, frontend, project, scratch
from tests.firmware.test_emulated import needs
from tests.networks import random_integer_network
from tests.support import program

CLASSES = 5
LABELS = tuple(f"genre {index}" for index in range(CLASSES))
HOP = 800
INT8 = Quantization(scale=0.07, zero_point=-11, bits=8)
INT16 = Quantization(scale=0.0004, zero_point=0, bits=16)
STUB = 'const char *eg_label(uint32_t index) { return index ? "another" : "first"; }\n'

Step = tuple[np.ndarray, np.ndarray]
"""Samples, then logits."""


def rules(decisions: Decisions, output: Quantization = INT8, temperature: float = 1.4) -> Rules:
    return rules_for(
        decisions,
        labels=LABELS,
        output=output,
        temperature=temperature,
        hop_samples=HOP,
        hop_seconds=HOP / 16_000,
        decision_hops=4,
    )


THRESHOLDS = {"probability": 0.5, "logit": 1.0, "energy": 1.5, "other": 0.6}
TABLES = {
    f"{score} {output.bits}": rules(
        Decisions(
            gate=Gate(opens=-40, closes=-50, hold_seconds=0.1),
            reject=Reject(score=score, threshold=THRESHOLDS[score], hysteresis=0.1),
            smoothing=3,
            confirmation=2,
            hysteresis=0.1,
            thresholds={"genre 1": 0.7, "genre 3": 0.2},
            other="genre 4" if score == "other" else None,
        ),
        output,
    )
    for score in SCORES
    for output in (INT8, INT16)
} | {
    "defaults": rules(Decisions()),
    "nothing is smoothed": rules(Decisions(smoothing=1, confirmation=1, hysteresis=0)),
    "as much as can be": rules(Decisions(smoothing=256, confirmation=256, hysteresis=1), temperature=100),
    "the first is no genre": rules(Decisions(other="genre 0", smoothing=2), INT16, temperature=0.01),
}  # fmt: skip


@functools.cache
def compiled(table: str) -> Path:
    """selftest/decide.c with a table, sanitized."""
    text = f'#include "eg_decide.h"\n#include "eg_decision.h"\n{decision_tables(TABLES[table])}{STUB}'
    source = scratch() / f"decide-{hashlib.sha256(text.encode()).hexdigest()[:16]}.c"
    source.write_text(text)
    folder = project("odd")
    sources = [source, folder / "src" / "eg_decide.c", room("firmware_export") / "selftest" / "decide.c"]
    include = ["-I", folder / "include", "-I", folder / "src"]
    target = source.with_suffix(".program")
    command = [program("gcc", "gcc"), *WARNINGS, *SANITIZERS, *include, *sources, "-o", target]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def in_c(table: str, mode: Mode, steps: Sequence[Step]) -> list[tuple[int, ...]]:
    """(news, answer, probability, since) of every decision; the time of the first one is 1."""
    script = struct.pack("<cI", b"c" if mode == "clip" else b"k", 0)
    for now, (pcm, logits) in enumerate(steps, start=1):
        script += struct.pack("<cI", b"p", len(pcm)) + pcm.astype("<i2").tobytes()
        script += struct.pack("<cI", b"l", now) + logits.astype("<i2").tobytes()
    done = subprocess.run([compiled(table)], input=script, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [tuple(map(int, row)) for row in np.frombuffer(done.stdout, "<u4").reshape(-1, 4)]


def in_numpy(table: str, mode: Mode, steps: Sequence[Step]) -> list[tuple[int, ...]]:
    decider, pending, found = Decider(TABLES[table], mode), np.empty(0, np.int16), []
    for now, (pcm, logits) in enumerate(steps, start=1):
        pending = np.concatenate([pending, pcm])
        decider.hear(hop_energies(pending, HOP))
        pending = pending[len(pending) // HOP * HOP :]
        news, answer = decider.decide(logits, now), decider.answer
        assert answer is not None
        found.append((int(news), answer.answer, answer.probability, answer.since))
    return found


def stream(seed: int, decisions: int, bits: int, *, drift: float, loudness: float) -> list[Step]:
    """Logits that wander or jump over all of their range, and sound that comes and goes.

    drift: steps of the walk, as a share of the range. loudness: how often there is sound.
    """
    generator = np.random.default_rng(seed)
    reach = 1 << (bits - 1)
    walk = np.cumsum(generator.normal(0, drift * reach, (decisions, CLASSES)), axis=0)
    logits = np.clip(walk, -reach, reach - 1).astype(np.int16)
    steps = []
    for row in logits:
        level = generator.choice([0, 1, 80, 150, 400, 32768]) if generator.random() > loudness else 3000
        samples = generator.integers(0, 4 * HOP)
        pcm = np.clip(np.rint(generator.normal(0, 1, samples) * level), -32768, 32767).astype(np.int16)
        steps.append((pcm, row))
    return steps


@settings(max_examples=120, deadline=None)
@given(
    table=st.sampled_from(sorted(TABLES)),
    mode=st.sampled_from(["clip", "continuous"]),
    seed=st.integers(0, 10**6),
    decisions=st.integers(1, 60),
    drift=st.sampled_from([0.002, 0.02, 0.3, 5.0]),
    loudness=st.sampled_from([0.0, 0.5, 0.9, 1.0]),
)
def test_answers_in_c_equal_numpy_to_the_bit(
    table: str, mode: Mode, seed: int, decisions: int, drift: float, loudness: float
) -> None:
    bits = 4 * len(TABLES[table].exponentials)
    steps = stream(seed, decisions, bits, drift=drift, loudness=loudness)
    assert in_c(table, mode, steps) == in_numpy(table, mode, steps)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_largest_and_the_smallest_logits_overflow_nothing(table: str) -> None:
    """Full scale against full scale for longer than any average remembers."""
    reach = 1 << (4 * len(TABLES[table].exponentials) - 1)
    loud = np.full(HOP, -32768, np.int16)
    rows = [np.roll([reach - 1, -reach, -reach, -reach, -reach], turn // 300) for turn in range(600)]
    rows += [np.full(CLASSES, -reach), np.full(CLASSES, reach - 1)] * 20
    steps = [(loud, row.astype(np.int16)) for row in rows]
    assert in_c(table, "continuous", steps) == in_numpy(table, "continuous", steps)


def test_the_stream_of_hypothesis_reaches_every_kind_of_answer() -> None:
    """Otherwise the tests above would prove little."""
    found = {
        record[1]
        for seed in range(40)
        for record in in_numpy("probability 8", "continuous", stream(seed, 60, 8, drift=0.02, loudness=0.9))
    }
    assert found == set(range(CLASSES + 2))


BOARD = """
#include "eg_decide.h"
#include "port.h"

static eg_context context;
static uint32_t rows;
#ifdef DECIDES
static eg_decider decider;
#endif

static void show(void) {
    int16_t logits[EG_CLASSES];
    if (eg_result(&context, logits) == EG_NOT_ENOUGH_AUDIO) {
        return;
    }
#ifdef DECIDES
    eg_answer_t answer;
    const uint32_t is_news = (uint32_t)eg_decide(&decider, logits, eg_rows_heard(&context), &answer);
    port_write(&is_news, sizeof is_news);
    port_write(&answer, sizeof answer);
#else
    port_write(logits, sizeof logits);
#endif
}

int main(void) {
    if (eg_init(&context, EG_CONTINUOUS) != 0) {
        return 1;
    }
#ifdef DECIDES
    eg_decide_init(&decider, EG_CONTINUOUS);
#endif
    int16_t samples[EG_HOP_SAMPLES];
    uint32_t count;
    while ((count = port_read(samples, sizeof samples) / sizeof samples[0]) > 0) {
        for (uint32_t used = 0; used < count;) {
            const uint32_t taken = eg_push_pcm(&context, samples + used, count - used);
#ifdef DECIDES
            eg_decide_pcm(&decider, samples + used, taken);
#endif
            used += taken;
            while (eg_step(&context)) {
                if (eg_rows_heard(&context) != rows) {
                    rows = eg_rows_heard(&context);
                    show();
                }
            }
        }
    }
    return 0;
}
"""


@pytest.mark.parametrize("core", ["m0plus", "mps2-an386"])
@pytest.mark.parametrize("wide", [False, True])
def test_beside_a_model_it_takes_less_than_2_kb_of_flash_and_200_bytes_of_ram(
    core: str, wide: bool, tmp_path: Path
) -> None:
    """Code, tables and what the compiler's library adds for division, against the same program without it.

    It answers there what numpy answers here.
    """
    needs(core)
    target, network = PROCESSORS[core], random_integer_network("odd")
    folder, main = tmp_path / "firmware", tmp_path / "main.c"
    output = INT16 if wide else network.output
    chosen = rules_for(
        Decisions(smoothing=4, confirmation=2, reject=Reject(score="energy", threshold=-50.0)),
        labels=LABELS, output=output, hop_samples=HOP, hop_seconds=0.05, decision_hops=1,
    )  # fmt: skip
    write_firmware(network, frontend(), LABELS, folder, chosen)
    main.write_text(BOARD)
    sizes = []
    for flags in ((), ("-DDECIDES",)):
        built(folder, target, "q31", tmp_path / "program", flags, mains=(str(main),))
        sizes.append(program_sizes(tmp_path / "program", target))
    (ram, flash), (decided_ram, decided_flash) = sizes
    assert 0 < decided_ram - ram < 200

    assert 0 < decided_flash - flash < 2048
    generator = np.random.default_rng(3)
    level = np.repeat([0, 3000, 0, 20, 9000], 20 * HOP)
    pcm = np.clip(generator.normal(0, 1, len(level)) * level, -32768, 32767).astype(np.int16)
    command = [part.format(program=tmp_path / "program") for part in target.emulator]
    found = run_program(command, pcm.tobytes(), target, tmp_path)
    decider, heard = Decider(chosen), 0
    expected = b""
    spec, energies = frontend().spec, hop_energies(pcm, HOP)
    for item in IntegerStream(network, arithmetic="q31", mode="continuous").push(frontend().features(pcm)):
        hops = spec.samples_for(item.frames) // HOP
        decider.hear(energies[heard:hops])
        heard = hops
        is_news, answer = decider.decide(item.logits, item.rows), decider.answer
        assert answer is not None
        expected += struct.pack("<2I2H", is_news, answer.since, answer.answer, answer.probability)
    assert found == expected
    answers = {record[2] for record in struct.iter_unpack("<2I2H", found)}
    assert CLASSES + 1 in answers
    assert min(answers) < CLASSES
