"""Results are one schema: what is written comes back, what is not possible is refused in one sentence."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edgegenre.errors import BenchError
from edgegenre.records.files import read_records, write_records
from edgegenre.records.record import (
    Accuracy,
    Comparison,
    Conditions,
    Energy,
    Exactness,
    Firmware,
    Latency,
    LayerCost,
    Load,
    Machine,
    Memory,
    Ratio,
    Record,
    Share,
    Training,
)
from edgegenre.records.schema import schema
from edgegenre.rooms import room
from tests.records.records import record

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


EVERYTHING = dataclasses.replace(
    FULL,
    energy=Energy(millijoules=3.5, measurements=5, meter="LPM01A, whole board at 3.0 V"),
    conditions=Conditions(governor="performance", temperature_c=51.5, throttled=False, busy=0.02),
    firmware=Firmware(mode="clip", longest_slice=9, frontend_instructions=8, context_bytes=7, stack_bytes=600),
    load=Load(
        board="nrf52840",
        share=0.4,
        clock_hz=64_000_000,
        clock_needed_hz=30_000_000,
        cycles_per_instruction=1.4,
        ram_bytes=1,
        flash_bytes=2,
        fits=True,
        keeps_up=True,
    ),
    layers=(LayerCost(name="conv1", kind="convolution", multiplies=10, milliseconds=0.1),),
    comparison=Comparison(
        minus_float=Share(value=-0.01, low=-0.02, high=0.0),
        agreement=Share(value=0.99, low=0.98, high=1.0),
        mcnemar_p=1.0,
        met=True,
        bar="98 % agreement",
    ),
    exactness=Exactness(reference="numpy, q31", values=30, mismatches=0, largest=0),
    training=Training(protocol="paper", clips_per_second=9.5, iterations=4000, seconds=42.0, measured_iterations=20),
    trust={"clean": {"accuracy": 0.4}, "snr_10": None, "levels": [1, 2]},
)


def test_every_part_of_a_record_comes_back(tmp_path: Path) -> None:
    write_records(tmp_path / "a.json", [EVERYTHING])
    assert read_records(tmp_path / "a.json") == [EVERYTHING]


def test_entries_that_are_not_known_survive_reading_and_writing(tmp_path: Path) -> None:
    """Those of a later edgegenre, or of somebody's thermometer, at the top and inside."""
    data = EVERYTHING.to_dict() | {"weather": {"celsius": 21.5}}
    data["energy"] |= {"volts": 3.0}
    data["latency"] |= {"p999_ms": 9.0}
    data["layers"][0] |= {"cycles": [1, 2, 3]}
    data["machine"] |= {"rack": "b"}
    (tmp_path / "a.json").write_text(json.dumps([data]))
    write_records(tmp_path / "b.json", read_records(tmp_path / "a.json"))
    assert json.loads((tmp_path / "b.json").read_text()) == [data]


def test_records_are_what_the_published_schema_describes() -> None:
    validator = jsonschema.Draft202012Validator(json.loads((room("bench") / "record.schema.json").read_text()))
    validator.check_schema(validator.schema)
    for records in ([FULL.to_dict()], [EVERYTHING.to_dict() | {"weather": 1}], []):
        validator.validate(json.loads(json.dumps(records)))


def test_the_published_schema_is_that_of_the_code() -> None:
    published = (room("bench") / "record.schema.json").read_text()
    assert json.loads(published) == schema(), "python -m edgegenre.records.schema > bench/record.schema.json"


@pytest.mark.parametrize("path", sorted((room("bench") / "results").rglob("*.json")), ids=lambda path: path.name)
def test_published_results_are_read_and_fit_the_schema(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text()), schema())
    assert read_records(path)


def test_results_of_several_machines_merge_and_one_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    elsewhere = record(
        target="ssh://pi@kitchen", machine=Machine(kind="cpu", name="Raspberry Pi 4", system="Linux", cores=4)
    )
    (tmp_path / "kitchen").mkdir()
    write_records(tmp_path / "here.json", [FULL])
    write_records(tmp_path / "kitchen" / "a.json", [elsewhere, FULL])
    assert sorted(item.machine.name for item in read_records(tmp_path)) == ["Raspberry Pi 4", "test processor"]


@pytest.mark.parametrize(
    ("low", "high", "equal"), [(0.97, 1.02, True), (1.01, 1.05, False), (0.5, 0.99, False), (1.0, 1.0, True)]
)
def test_a_comparison_within_the_spread_is_called_equal(low: float, high: float, equal: bool) -> None:
    assert Ratio(against="x", median=(low + high) / 2, low=low, high=high, rounds=9).equal == equal


def test_a_layer_that_was_emulated_claims_no_milliseconds() -> None:
    with pytest.raises(BenchError, match="instructions, not time"):
        dataclasses.replace(EVERYTHING, latency=None, provenance="emulated")


def test_a_folder_gives_the_records_of_all_its_files_oldest_first(tmp_path: Path) -> None:
    older = record(date="2025-01-01T00:00:00+00:00")
    write_records(tmp_path / "a.json", [FULL])
    write_records(tmp_path / "b.json", [older])
    assert read_records(tmp_path) == [older, FULL]


def test_an_emulated_figure_never_appears_as_milliseconds() -> None:
    with pytest.raises(BenchError, match="instructions, not time"):
        record(provenance="emulated")


@pytest.mark.parametrize("provenance", ["emulated", "computed"])
def test_joules_are_measured_by_a_power_meter_alone(provenance: str) -> None:
    energy = Energy(millijoules=3.5, measurements=5, meter="LPM01A")
    assert record(energy=energy).energy == energy
    with pytest.raises(BenchError, match=f"by a power meter, not {provenance}"):
        record(latency=None, provenance=provenance, energy=energy)


def test_quantiles_out_of_order_are_refused() -> None:
    with pytest.raises(BenchError, match="not in order"):
        record(latency=Latency(p5_ms=2.0, p50_ms=1.0, p95_ms=3.0, runs=30))


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 1},
        {"provenance": "guessed"},
        {"batch": True},
        {"batch": -1},
        {"multiplies": 1.5},
        {"engine": None},
        {"versions": {"a": 1}},
        {"latency": {"p5_ms": 1.0}},
        {"latency": {"p5_ms": float("nan"), "p50_ms": 1.0, "p95_ms": 2.0, "runs": 3}},
        {"latency": [1, 2, 3]},
        {"latency": {"p5_ms": 1.0, "p50_ms": 1.5, "p90_ms": 1.2, "p95_ms": 2.0, "runs": 3}},
        {"energy": {"millijoules": 0.0, "measurements": 5, "meter": "x"}},
        {"energy": {"millijoules": 1.0, "measurements": 0, "meter": "x"}},
        {"energy": 0.003},
        {"layers": {"name": "a"}},
        {"layers": [{"name": "a", "kind": "b"}]},
        {"layers": [{"name": "a", "kind": "b", "multiplies": 1}] * 10_001},
        {"trust": [1]},
        {"target": None},
        {"accuracy": {"value": 50.0, "data": "x", "split": "test", "synthetic": False}},
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data.pop("machine"), "without 'machine'"),
        (lambda data: data["models"][0]["forms"]["int8"]["accuracy"].clear(), "without 'as it is'"),
        (lambda data: data.update(models=[3]), "a trust file"),
        (lambda data: data["models"][0].update(tracks="many"), "clips"),
        (lambda data: data["models"][0]["forms"]["int8"]["accuracy"]["as it is"].update(value=7), "between 0 and 1"),
    ],
)
def test_a_trust_file_that_is_not_well_formed_is_refused_in_one_sentence(
    tmp_path: Path, change: Callable[[Any], object], message: str
) -> None:
    data = json.loads((room("bench") / "trust" / "robust.json").read_text(encoding="utf-8"))
    change(data)
    (tmp_path / "trust.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(BenchError, match=message) as refused:
        read_records(tmp_path / "trust.json")
    assert str(refused.value).startswith(str(tmp_path / "trust.json"))
