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
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.streaming import Mode
from edgegenre.rooms import room
from tests.firmware.builds import SANITIZERS, WARNINGS, project, scratch
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
    bits = 2 * TABLES[table].low_bits
    steps = stream(seed, decisions, bits, drift=drift, loudness=loudness)
    assert in_c(table, mode, steps) == in_numpy(table, mode, steps)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_the_largest_and_the_smallest_logits_overflow_nothing(table: str) -> None:
    """Full scale against full scale for longer than any average remembers."""
    reach = 1 << (2 * TABLES[table].low_bits - 1)
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
