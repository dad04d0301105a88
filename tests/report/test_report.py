"""The report is one file that explains itself: complete without data, inert with hostile data."""

import dataclasses
import html.parser
import re
import subprocess
from pathlib import Path

import pytest

from edgegenre.records.record import Accuracy, Latency, Record
from edgegenre.report.page import write_report
from edgegenre.zoo.registry import MODELS
from tests.records.records import record
from tests.support import program

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
    assert "1.00 ms / 7.21 ms: 7.21×" in text


def test_bundles_of_one_model_and_machines_are_told_apart(tmp_path: Path) -> None:
    other = dataclasses.replace(record().machine, name="another processor")
    bundles = [*measured(), *(dataclasses.replace(item, bundle="second") for item in measured())]
    text = Page(write_report(tmp_path / "report.html", records=bundles)).text
    assert "second" in text
    assert "ds-cnn1-bundle" in text
    machines = [*measured(), *(dataclasses.replace(item, machine=other) for item in measured())]
    text = Page(write_report(tmp_path / "report.html", records=machines)).text
    assert "ds-cnn1, another processor" in text
    assert "Measured on these machines" in text


def test_an_emulated_record_shows_instructions_and_no_time(tmp_path: Path) -> None:
    emulated = record(latency=None, provenance="emulated", instructions=438_000_000, note="Cortex-M4, mps2-an386")
    text = Page(write_report(tmp_path / "report.html", records=[*measured(), emulated])).text
    assert "438.0 M instructions" in text
    assert "Not measured: " not in text


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


def console(page: Path, folder: Path) -> list[str]:
    """Open `page` in a real browser at a phone's width; what it wrote to the console, refused requests included."""
    picture = folder / "page.png"
    finished = subprocess.run(
        [
            program("chromium", "chromium"),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--enable-logging=stderr",
            "--window-size=400,1000",
            f"--user-data-dir={folder / 'profile'}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert picture.stat().st_size > 5_000, finished.stderr
    return [line for line in finished.stderr.splitlines() if "CONSOLE" in line]


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
