"""The other papers' separable networks against sums done here."""

import dataclasses
import json

import pytest

from edgegenre.records.files import read_records
from edgegenre.records.record import Latency, Record
from edgegenre.records.trust_file import accuracy_records
from edgegenre.report.audit import audit
from edgegenre.report.audit_tables import audit_table
from edgegenre.report.elsewhere import elsewhere
from edgegenre.rooms import room
from tests.records.records import record

FIRST, SECOND = 458 * 128, 229 * 64
"""Positions of the maps that both convolutions of a stem network compute."""
DENSE = 114 * 32 * 3 * 6


def timed(name: str, milliseconds: float, **changes: object) -> Record:
    latency = Latency(p5_ms=milliseconds, p50_ms=milliseconds, p95_ms=milliseconds, runs=9)
    return dataclasses.replace(record(model=name, bundle="", latency=latency), **changes)


def test_stems_save_multiplies_and_next_to_no_parameters() -> None:
    stems, _ = elsewhere([])
    assert stems.separable.multiplies == (FIRST + SECOND) * (9 * 3 + 3 * 3) + DENSE == 2_703_744
    assert stems.standard.multiplies == (FIRST + SECOND) * 9 * 3 * 3 + DENSE == 6_001_344
    assert stems.standard.parameters == 2 * (81 + 6) + DENSE + 6
    assert stems.standard.parameters - stems.separable.parameters == 2 * (81 - 36)
    assert "0.14 % are saved: the dense layer holds 99.7 %" in stems.text
    assert "proportionately reducing computation time" in stems.claim


@pytest.mark.parametrize(
    ("own", "other", "verdict"), [(1.0, 2.3, "holds"), (1.0, 1.3, "partly"), (1.3, 1.0, "fails"), (1.0, 1.05, "fails")]
)
def test_the_verdict_on_proportionate_time_follows_from_times(own: float, other: float, verdict: str) -> None:
    stems, _ = elsewhere([timed("stem3-ds", own), timed("stem3-cnn", other)])
    assert stems.verdict == verdict
    assert f"LiteRT int8 {other / own:.2f} times" in stems.text
    assert elsewhere([])[0].verdict == "unknown"


def test_an_engine_that_refuses_is_named_with_its_reason() -> None:
    refused = dataclasses.replace(
        record(model="stem3-ds", engine="native", latency=None), note="random; it has 3 inputs."
    )
    stems, _ = elsewhere([refused])
    assert stems.text.endswith("Refused by our C: it has 3 inputs.")


def test_yamnet_in_standard_convolutions_is_compared_by_costs_alone() -> None:
    _, yamnet = elsewhere([])
    assert round(yamnet.saving, 1) == 8.7
    assert yamnet.separable.multiplies == 68_631_552
    assert yamnet.measured == ()
    assert "Computed alone" in yamnet.text


def test_accuracies_by_artist_come_from_what_the_trust_benchmark_wrote() -> None:
    """The published file: 169 of 331 tracks right, Wilson's interval 45.7 to 56.4 %."""
    records = read_records(room("bench") / "trust" / "robust.json")
    found = audit(records).by_artist
    assert set(found) == {"ds-crnn1", "crnn1", "ds-cnn1", "ds-crnn2", "crnn2"}
    assert found["ds-cnn1"].value == pytest.approx(169 / 331)
    assert (found["ds-cnn1"].grouping, found["ds-cnn1"].clips, found["ds-cnn1"].synthetic) == ("artist", 331, False)
    table = audit_table(audit(records))
    column = [item.title for item in table.columns].index("accuracy by artist, ours")
    shown = {row[0]: row[column] for row in table.rows}
    assert shown["ds-cnn1"] == "51.1 % (45.7 to 56.4)"
    assert shown["cnn1"] == "not measured"
    assert shown["ds-cnn1-standard"] == "–"


def test_trainings_by_another_recipe_or_with_a_teacher_are_not_compared_with_these() -> None:
    data = json.loads((room("bench") / "trust" / "robust.json").read_text(encoding="utf-8"))
    taught = data | {"teacher": "runs/big", "models": data["models"][:1], "date": "2099-01-01T00:00:00+00:00"}
    found = audit([*accuracy_records(data), *accuracy_records(taught), *accuracy_records(taught | {"recipe": "quick"})])
    assert set(found.by_artist) == {item["model"] for item in data["models"]}
    assert all("teacher" not in item.split for item in found.by_artist.values())


def test_synthetic_music_and_splits_by_track_are_no_accuracy_by_artist() -> None:
    (first, *_) = read_records(room("bench") / "trust" / "robust.json")
    assert first.accuracy is not None
    for changes in ({"synthetic": True}, {"grouping": "track"}):
        other = dataclasses.replace(
            first, arithmetic="float32", accuracy=dataclasses.replace(first.accuracy, **changes)
        )
        assert audit([other]).by_artist == {}
