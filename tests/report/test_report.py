"""The report is one file that explains itself: complete without data, inert with hostile data."""

import csv
import dataclasses
import html.parser
import re
from pathlib import Path

import pytest

from edgegenre.records.files import parse_records, write_records
from edgegenre.records.record import Accuracy, Latency, LayerCost, Load, Machine, Memory, Record
from edgegenre.report.page import write_report
from edgegenre.report.plots import pareto_front
from edgegenre.report.text_formats import write_csv, write_markdown
from edgegenre.zoo.registry import MODELS
from tests.commands import edgegenre
from tests.records.records import record
from tests.report.browser import DARK, LIGHT, console, contrast, layout

HOSTILE = "<script>fetch('http://example.com')</script>$\\frac{x}$\"'&"


def measured(model: str = "ds-cnn1") -> list[Record]:
    """Three engines with accuracies, and a streamed update."""
    accuracy = Accuracy(value=0.61, data="built-in", split="test", synthetic=True, clips=130)
    clip = record(model=model, bundle=f"{model}-bundle", accuracy=accuracy)
    slow = Latency(p5_ms=2.0, p50_ms=2.5, p95_ms=3.0, runs=30)
    return [
        clip,
        dataclasses.replace(clip, engine="onnxruntime"),
        dataclasses.replace(clip, engine="onnxruntime", arithmetic="float", latency=slow),
        dataclasses.replace(
            clip,
            engine="onnxruntime",
            workload="update",
            frames=4,
            latency=Latency(p5_ms=0.04, p50_ms=0.05, p95_ms=0.06, runs=30),
            multiplies=2_106_000,
            accuracy=None,
        ),
    ]


class Page(html.parser.HTMLParser):
    """Element names, attributes and all text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_without_measurements_the_report_holds_the_models_and_the_audit(tmp_path: Path) -> None:
    text = Page(write_report(tmp_path / "report.html", records=[])).text
    assert "Nothing has been measured yet" in text
    assert all(name in text for name in MODELS)
    assert "320.5 M" in text
    assert "8.47×" in text


def test_measured_figures_appear_with_their_provenance_and_synthetic_data_is_called_so(tmp_path: Path) -> None:
    text = Page(write_report(tmp_path / "report.html", records=measured())).text
    assert "1.00 ms (0.90 to 1.50)" in text
    assert "built-in (synthetic), test, 130 clips" in text
    assert "measured" in text
    assert "150×" in text  # 315.9 M over 2.106 M
    assert "20.0×" in text  # 1 ms over 0.05 ms


def test_networks_of_random_weights_appear_in_the_audit_alone(tmp_path: Path) -> None:
    wide = Latency(p5_ms=7.21, p50_ms=7.21, p95_ms=7.21, runs=5)
    records = [*measured(), record(model="ds-cnn1-standard", bundle="", latency=wide)]
    text = Page(write_report(tmp_path / "report.html", records=records)).text
    assert "7.21 ms (" not in text
    assert "7.21× of 8.47×: 85 %" in text


def test_bundles_of_one_model_and_machines_are_told_apart(tmp_path: Path) -> None:
    other = dataclasses.replace(record().machine, name="another processor")
    bundles = [*measured(), *(dataclasses.replace(item, bundle="second") for item in measured())]
    text = Page(write_report(tmp_path / "report.html", records=bundles)).text
    assert "second" in text
    assert "ds-cnn1-bundle" in text
    machines = [*measured(), *(dataclasses.replace(item, machine=other) for item in measured())]
    text = Page(write_report(tmp_path / "report.html", records=machines)).text
    assert "ds-cnn1, another processor" in text
    assert "another processor, 2 cores" in text


def test_an_emulated_record_shows_instructions_and_no_time(tmp_path: Path) -> None:
    emulated = record(latency=None, provenance="emulated", instructions=438_000_000, note="Cortex-M4, mps2-an386")
    text = Page(write_report(tmp_path / "report.html", records=[*measured(), emulated])).text
    assert "438.0 M" in text
    assert "Not measured: " not in text


def test_the_record_of_a_power_meter_that_the_documentation_shows_is_reported(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "boards.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    records = [*measured(), *parse_records(text, "docs/boards.md")]
    shown = Page(write_report(tmp_path / "report.html", records=records)).text
    assert "my-run NUCLEO-L4R5ZI our C int8 q31 clip 61.5 mJ 5 LPM01A, processor alone at 3.0 V measured" in shown
    assert "Not measured: " not in shown
    table = write_csv(tmp_path / "report.csv", records=records).read_text(encoding="utf-8")
    assert [row["millijoules"] for row in csv.DictReader(table.splitlines())] == ["", "", "", "", "61.5"]


def test_only_the_newest_record_of_a_figure_is_shown(tmp_path: Path) -> None:
    old = record(date="2025-01-01T00:00:00+00:00", latency=Latency(p5_ms=77.0, p50_ms=77.0, p95_ms=77.0, runs=1))
    text = Page(write_report(tmp_path / "report.html", records=[record(), old])).text
    assert "77.0" not in text


def test_a_skipped_engine_is_named_with_its_reason(tmp_path: Path) -> None:
    skipped = record(engine="torch", latency=None, note="torch is not installed.")
    assert "torch is not installed." in Page(write_report(tmp_path / "report.html", records=[skipped])).text


def test_every_plot_has_words_and_every_id_is_used_once(tmp_path: Path) -> None:
    page = Page(write_report(tmp_path / "report.html", records=measured()))
    figures = [attributes for tag, attributes in page.elements if attributes.get("role") == "img"]
    assert len(figures) == 5
    assert all(len(attributes["aria-label"] or "") > 60 for attributes in figures)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_hostile_names_stay_text(tmp_path: Path) -> None:
    records = [
        dataclasses.replace(item, model=HOSTILE, bundle=HOSTILE, note=HOSTILE, engine=HOSTILE) for item in measured()
    ]
    records += [record(model=HOSTILE, latency=None, note=HOSTILE)]
    path = write_report(tmp_path / "report.html", records=records)
    page = Page(path)
    tags = {tag for tag, _ in page.elements}
    assert "script" not in tags
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert HOSTILE in page.text


def test_the_page_names_no_outside_address(tmp_path: Path) -> None:
    page = Page(write_report(tmp_path / "report.html", records=measured()))
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data"):
            target = attributes.get(name)
            assert target is None or target.startswith(("#", "data:")), f"<{tag} {name}={target!r}>"
    style = "".join(page.words)
    assert not re.search(r"@import|url\((?!#)", style)


@pytest.mark.parametrize(
    "records", [[], measured(), [record(model=HOSTILE, bundle=HOSTILE)]], ids=["none", "some", "bad"]
)
def test_a_browser_opens_it_without_requests_or_errors(tmp_path: Path, records: list[Record]) -> None:
    """Its policy refuses every load and script and the browser would report the refusal."""
    assert console(write_report(tmp_path / "report.html", records=records), tmp_path) == []


def test_the_browser_would_have_reported_a_request_or_a_script(tmp_path: Path) -> None:
    path = write_report(tmp_path / "report.html", records=[])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("</main>", "<img src='http://127.0.0.1:9/x.png'><script>1</script></main>"))
    found = console(path, tmp_path)
    assert len(found) == 2


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1300])
def test_it_is_as_wide_as_the_screen_and_can_be_read_in_light_and_dark(tmp_path: Path, width: int, scheme: str) -> None:
    page = write_report(tmp_path / "report.html", records=everything())
    assert console(page, tmp_path, width=width, scheme=scheme) == []
    found = layout(page, tmp_path, width=width, scheme=scheme)
    assert found.inner == width
    assert found.scroll <= width
    assert found.wide == []
    assert width > 400 or max(found.scrolled) > 0, "no table is wider than a phone: nothing was tested"
    pale = [item for item in found.texts if contrast(item["ink"], item["ground"]) < 4.5]
    assert len(found.texts) > 300
    assert pale == []


def two_machines() -> list[Record]:
    """Twelve bundles on two machines; half of them on the front, a hair apart."""
    records = []
    for number in range(24):
        name = "Intel(R) Xeon(R) Platinum Processor" if number % 2 else "AMD EPYC 7R13 Processor"
        time, value = 1.0 + 0.13 * number, 0.80 + 0.004 * number - 0.01 * (number % 4 > 1)
        records.append(
            record(
                model=f"ds-crnn{number}",
                bundle=f"2026-11-29-ds-crnn{number}",
                machine=dataclasses.replace(record().machine, name=name),
                latency=Latency(p5_ms=time, p50_ms=time, p95_ms=time, runs=30),
                memory=Memory(peak_bytes=40_000 + 3_000 * number, baseline_bytes=0, how="peak"),
                accuracy=Accuracy(
                    value=value, low=value - 0.06, high=value + 0.05, data="a", split="b", synthetic=False
                ),
            )
        )
    return records


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1300])
def test_no_text_of_a_trade_off_plot_covers_another_or_a_point(tmp_path: Path, width: int, scheme: str) -> None:
    page = write_report(tmp_path / "report.html", records=two_machines())
    tradeoffs = [plot for plot in layout(page, tmp_path, width=width, scheme=scheme).plots if plot["markers"]]
    assert len(tradeoffs) == 2
    for plot in tradeoffs:
        assert len(plot["markers"]) == 24
        assert sum("ds-crnn" in text for text, *_ in plot["texts"]) >= 4
        drawn = [*plot["texts"], *plot["markers"]]
        assert [
            (one[0], other[0]) for one in plot["texts"] for other in drawn if one != other and covers(one, other)
        ] == []


def covers(one: tuple[str, float, float, float, float], other: tuple[str, float, float, float, float]) -> bool:
    _, left, top, right, bottom = one
    return left < other[3] and other[1] < right and top < other[4] and other[2] < bottom


def test_a_pointer_over_a_point_reads_what_it_is(tmp_path: Path) -> None:
    text = write_report(tmp_path / "report.html", records=two_machines()).read_text(encoding="utf-8")
    assert "<title>ds-crnn3, Intel(R) Xeon(R) Platinum Processor on LiteRT int8: 1.39 ms, 80.2 %</title>" in text


def test_both_themes_are_drawn(tmp_path: Path) -> None:
    page = write_report(tmp_path / "report.html", records=[])
    light, dark = (layout(page, tmp_path, width=400, scheme=scheme).texts[0]["ground"] for scheme in (LIGHT, DARK))
    assert min(light) > 200 > 60 > max(dark)


def everything() -> list[Record]:
    """Two machines, an emulated core, a board, a profile, a twin of random weights, hostile texts."""
    core = Machine(kind="emulator", name="Cortex-M4F", system="QEMU 7.2", cores=1)
    counted = record(
        target="mcu",
        machine=core,
        engine="native",
        latency=None,
        provenance="emulated",
        instructions=374_000_000,
        ram_bytes=37_912,
        flash_bytes=405_944,
    )
    layers = (
        LayerCost(name="conv1", kind="convolution", multiplies=9_000_000, instructions=8_000_000, bytes=4_000),
        LayerCost(name="depthwise2", kind="depthwise", multiplies=2_000_000, instructions=7_000_000, bytes=7_000),
    )
    load = Load(
        board="nrf52840",
        share=0.28,
        clock_hz=64_000_000,
        clock_needed_hz=18_000_000,
        cycles_per_instruction=1.4,
        ram_bytes=262_144,
        flash_bytes=1_048_576,
        fits=True,
        keeps_up=True,
    )
    slow = Latency(p5_ms=7.0, p50_ms=7.2, p95_ms=7.5, runs=5)
    return [
        *measured(),
        *measured("cnn1"),
        record(model="ds-cnn1-standard", bundle="", latency=slow),
        counted,
        dataclasses.replace(counted, layers=layers, instructions=15_000_000, note="profile"),
        dataclasses.replace(counted, provenance="computed", instructions=None, load=load),
        record(model=HOSTILE * 3, bundle=HOSTILE * 3, latency=None, note=HOSTILE * 9),
    ]


def test_profiles_and_boards_appear(tmp_path: Path) -> None:
    text = Page(write_report(tmp_path / "report.html", records=everything())).text
    assert "Where the work goes" in text
    assert "depthwise2" in text
    assert "18 of 64 MHz" in text


def test_calibration_and_bad_sound_appear_and_nonsense_about_them_does_not(tmp_path: Path) -> None:
    hearings = [
        {"kind": "clean", "accuracy": 0.62},
        {"kind": "noise", "accuracy": 0.58},
        {"kind": "noise", "accuracy": 0.31},
        {"kind": 3, "accuracy": "much"},
    ]
    trust = {
        "calibration": {
            "temperature": 1.75,
            "ece_before": 0.12,
            "ece_after": 0.04,
            "tracks": 80,
            "split": "validation",
        },
        "microphone": {"hearings": hearings, "tracks": 130, "data": "built-in", "split": "test"},
    }
    nonsense = {"calibration": [], "microphone": {"hearings": 7}}
    records = [record(trust=trust), record(bundle="second", trust=nonsense)]
    text = Page(write_report(tmp_path / "report.html", records=records)).text
    assert "1.75 12.0 to 4.0 % 62.0 % 31.0 % 130" in text
    assert "58.0 %" not in text


def test_a_row_tells_its_machine_data_and_date_on_hover(tmp_path: Path) -> None:
    page = Page(write_report(tmp_path / "report.html", records=measured()))
    (first, *_) = [
        attributes["title"] or "" for tag, attributes in page.elements if tag == "tr" and "title" in attributes
    ]
    for told in ("measured", "test processor", "built-in (synthetic), test", "2026-11-21", "ai-edge-litert 2.3.0"):
        assert told in first


def test_markdown_holds_the_same_figures_and_obeys_nobody(tmp_path: Path) -> None:
    text = write_markdown(tmp_path / "report.md", records=everything()).read_text(encoding="utf-8")
    plain = text.replace("\\", "")
    assert "1.00 ms (0.90 to 1.50)" in plain
    assert "18 of 64 MHz" in plain
    assert "test processor" in plain
    assert "<script>" not in text
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1


def test_csv_has_a_row_a_record_and_no_formula(tmp_path: Path) -> None:
    records = [*everything(), record(model="=1+1", bundle="@sum")]
    path = write_csv(tmp_path / "report.csv", records=records)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(records)
    assert (rows[0]["model"], float(rows[0]["p50_ms"]), float(rows[0]["accuracy"])) == ("ds-cnn1", 1.0, 0.61)
    assert (rows[-1]["model"], rows[-1]["bundle"]) == ("'=1+1", "'@sum")
    assert rows[-2]["note"] == HOSTILE * 9


def test_the_command_writes_every_format(tmp_path: Path) -> None:
    write_records(tmp_path / "results" / "one.json", measured())
    for form, name in (("html", "report.html"), ("markdown", "report.md"), ("csv", "report.csv")):
        outcome = edgegenre("report", "--format", form, folder=tmp_path)
        assert outcome.status == 0
        assert name in outcome.stdout
        assert "ds-cnn1" in (tmp_path / name).read_text(encoding="utf-8").replace("\\", "")


def test_the_pareto_front_holds_what_nothing_beats() -> None:
    costs, accuracies = [3.0, 1.0, 2.0, 2.0, 4.0], [0.9, 0.5, 0.4, 0.7, 0.9]
    assert pareto_front(costs, accuracies) == [1, 3, 0]
