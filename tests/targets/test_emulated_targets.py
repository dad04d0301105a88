"""The targets `mcu` and `pi`: instructions, memory and loads as records."""

import json
from pathlib import Path

import pytest

from edgegenre.bench.measure import run_bench
from edgegenre.bench.suite import Suite
from edgegenre.bench.summary import summaries
from edgegenre.errors import BenchError, ExportError
from edgegenre.records.record import Record
from edgegenre.targets.boards import boards
from tests.bundles import tiny_bundle
from tests.commands import edgegenre, refusal
from tests.support import program

SUITE = Suite(
    name="test",
    targets={"mcu": {"processors": ["m0plus"], "boards": ["nrf52840"]}, "pi": {"processors": ["cortex-a7"]}},
)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def records(bundle: Path) -> list[Record]:
    for name, package in (
        ("qemu-system-arm", "qemu-system-arm"),
        ("arm-none-eabi-gcc", "gcc-arm-none-eabi"),
        ("qemu-arm", "qemu-user"),
        ("arm-linux-gnueabihf-gcc", "gcc-arm-linux-gnueabihf"),
    ):
        program(name, package)
    return run_bench([bundle], targets=["mcu", "pi"], suite=SUITE)


def test_instructions_are_counted_and_the_logits_are_the_reference_s(records: list[Record]) -> None:
    emulated = [item for item in records if item.provenance == "emulated"]
    assert {(item.target, item.machine.name, item.workload) for item in emulated} == {
        *(("mcu", core, workload) for core in ("Cortex-M0+", "Cortex-M4F") for workload in ("clip", "update")),
        *(("pi", "Cortex-A7", workload) for workload in ("clip", "update")),
    }
    for item in emulated:
        assert item.latency is None
        assert item.instructions
        if item.workload == "clip":
            assert item.exactness is not None
            assert (item.exactness.values, item.exactness.mismatches) == (3, 0)
            of_network = [layer.instructions or 0 for layer in item.layers if layer.kind != "front end"]
            assert sum(of_network) == item.instructions


def test_an_update_costs_its_share_of_the_clip(records: list[Record]) -> None:
    """Ten rows of the tiny network's pool reach the head of a clip of 39 frames."""
    for core in ("Cortex-M0+", "Cortex-M4F", "Cortex-A7"):
        clip, update = (
            next(item for item in records if item.machine.name == core and item.workload == workload)
            for workload in ("clip", "update")
        )
        assert update.instructions == pytest.approx(clip.instructions / 10, rel=0.15)  # type: ignore[operator]
        assert update.frames == 4


def test_a_microcontroller_has_memory_and_stack_and_a_pi_has_not(records: list[Record]) -> None:
    for item in records:
        if item.provenance == "emulated" and item.workload == "clip":
            assert item.firmware is not None
            assert item.firmware.longest_slice > 0
            bare = item.target == "mcu"
            assert (item.ram_bytes is not None) == (item.flash_bytes is not None) == bare
            assert (item.firmware.stack_bytes is not None) == bare


def test_the_load_of_a_board_is_computed_and_says_from_what(records: list[Record]) -> None:
    loads = {item.load.board: item for item in records if item.load}
    assert set(loads) == {"nrf52840"} | {name for name, board in boards().items() if board.target == "m0plus"}
    nordic = loads["nrf52840"]
    assert nordic.load is not None
    assert (nordic.provenance, nordic.machine.kind, nordic.latency) == ("computed", "board", None)
    assert nordic.load.clock_hz == 64_000_000
    assert 0 < nordic.load.share < 1
    assert nordic.load.fits
    assert nordic.load.keeps_up
    assert "Cortex-M4F" in nordic.note


def test_a_person_sees_no_time_where_there_is_none(records: list[Record]) -> None:
    tables = summaries(records)
    assert [table.title.split(":")[0] for table in tables] == ["emulated", "computed"]
    for table in tables:
        assert not any("ms" in cell or "µs" in cell for row in table.rows for cell in row)


def test_what_is_no_microcontroller_is_refused(bundle: Path) -> None:
    suite = Suite(name="test", targets={"mcu": {"processors": ["cortex-a72"]}})
    with pytest.raises(BenchError, match="'cortex-a72' is no microcontroller"):
        run_bench([bundle], targets=["mcu"], suite=suite)


def test_a_board_that_is_not_known_is_refused(bundle: Path) -> None:
    suite = Suite(name="test", targets={"mcu": {"boards": ["nrf5284"]}})
    with pytest.raises((BenchError, ExportError), match="board 'nrf5284' is not known"):
        run_bench([bundle], targets=["mcu"], suite=suite)


@pytest.mark.parametrize(("target", "package"), [("mcu", "gcc-arm-none-eabi"), ("pi", "qemu-user")])
def test_a_missing_compiler_or_emulator_is_named_with_its_package(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, package: str
) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("gcc", "cc", "ld", "as"):
        (tmp_path / "bin" / name).symlink_to(program(name, "gcc"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    sentence = refusal("bench", bundle, "--target", target, "--json", "r.json", folder=tmp_path)
    assert f"apt-get install {package}" in sentence
    assert not (tmp_path / "r.json").exists()


def test_the_command_writes_records_of_all_targets(bundle: Path, tmp_path: Path) -> None:
    program("qemu-arm", "qemu-user")
    suite = tmp_path / "mine.toml"
    suite.write_text('rounds = 3\nengines = ["reference"]\n[target.pi]\nprocessors = ["cortex-a7"]\n')
    done = edgegenre(
        *("bench", bundle, "--target", "cpu", "--target", "pi", "--suite", suite, "--json", "r.json"), folder=tmp_path
    )
    assert done.status == 0, done.stderr
    written = json.loads((tmp_path / "r.json").read_text())
    assert {item["target"] for item in written} == {"cpu", "pi"}
    assert "emulated: instructions counted, no time" in done.stdout
    assert "r.json: " in done.stdout
