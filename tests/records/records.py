"""Records for tests that need figures of a known value."""

from typing import Any

from edgegenre.records.record import Latency, Machine, Record

MACHINE = Machine(kind="cpu", name="test processor", system="Linux 6, x86_64", cores=2)


def record(**changes: Any) -> Record:
    """A measured clip of ds-cnn1 on LiteRT: 1 ms in the median of 30 runs."""
    values: dict[str, Any] = {
        "target": "cpu",
        "machine": MACHINE,
        "engine": "litert",
        "versions": {"ai-edge-litert": "2.3.0"},
        "model": "ds-cnn1",
        "bundle": "first",
        "arithmetic": "float32",
        "workload": "clip",
        "batch": 1,
        "frames": 599,
        "provenance": "measured",
        "date": "2026-11-21T05:00:00+00:00",
        "latency": Latency(p5_ms=0.9, p50_ms=1.0, p95_ms=1.5, runs=30),
        "multiplies": 315_900_000,
    }
    return Record(**(values | changes))
