"""Results are one schema: what is written comes back, what is not possible is refused in one sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from edgegenre.bench.record import Accuracy, Latency, Memory, Ratio, Record, read_records, write_records
from edgegenre.errors import BenchError
from tests.bench.records import record

FULL = record(
    ratio=Ratio(against="LiteRT int8", median=0.9, low=0.8, high=1.1, rounds=30),
    memory=Memory(peak_bytes=1000, baseline_bytes=2000, how="VmHWM"),
    accuracy=Accuracy(value=0.5, data="gtzan <b>", split="test", synthetic=False),
    note="Räp",
)


def test_records_come_back_from_a_file(tmp_path: Path) -> None:
    emulated = record(latency=None, provenance="emulated", instructions=438_000_000, flash_bytes=1, ram_bytes=2)
    write_records(tmp_path / "a.json", [FULL, emulated])
    assert read_records(tmp_path / "a.json") == [FULL, emulated]


def test_a_folder_gives_the_records_of_all_its_files_oldest_first(tmp_path: Path) -> None:
    older = record(date="2025-01-01T00:00:00+00:00")
    write_records(tmp_path / "a.json", [FULL])
    write_records(tmp_path / "b.json", [older])
    assert read_records(tmp_path) == [older, FULL]


def test_an_emulated_figure_never_appears_as_milliseconds() -> None:
    with pytest.raises(BenchError, match="instructions, not time"):
        record(provenance="emulated")


def test_quantiles_out_of_order_are_refused() -> None:
    with pytest.raises(BenchError, match="not in order"):
        record(latency=Latency(p5_ms=2.0, p50_ms=1.0, p95_ms=3.0, runs=30))


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"provenance": "guessed"},
        {"batch": True},
        {"batch": -1},
        {"multiplies": 1.5},
        {"engine": None},
        {"versions": {"a": 1}},
        {"latency": {"p5_ms": 1.0}},
        {"latency": {"p5_ms": float("nan"), "p50_ms": 1.0, "p95_ms": 2.0, "runs": 3}},
        {"latency": [1, 2, 3]},
        {"accuracy": {"value": 50.0, "data": "x", "split": "test", "synthetic": False}},
        {"surprise": 1},
        {"model": "x" * 2001},
    ],
)
def test_a_record_from_a_stranger_is_checked(change: dict[str, Any]) -> None:
    data = json.loads(json.dumps(FULL.to_dict())) | change
    with pytest.raises(BenchError):
        Record.from_dict(data)


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", "[null]", "[[]]", "\udcff"])
def test_a_file_that_is_no_list_of_records_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BenchError, match=r"broken\.json: "):
        read_records(path)


def test_a_record_that_could_not_be_written_into_a_report_is_refused(tmp_path: Path) -> None:
    data = json.loads(json.dumps(FULL.to_dict())) | {"model": "\ud800"}
    (tmp_path / "x.json").write_text(json.dumps([data]))
    with pytest.raises(BenchError, match="lone surrogate"):
        read_records(tmp_path / "x.json")


def test_records_without_end_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([None] * 10_001))
    with pytest.raises(BenchError, match="10001 results, more than 10000"):
        read_records(tmp_path / "x.json")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="edgegenre bench"):
        read_records(tmp_path / "none.json")
