"""docs/training.md says what a protocol may hold."""

import dataclasses
import json
import re
from pathlib import Path

from edgegenre.runs.protocol import Protocol

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_page_s_example_is_a_protocol() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert Protocol.from_dict(json.loads(example)).final_weights.patience == 5


def test_the_page_s_table_has_every_entry() -> None:
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    described = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert described == {field.name for field in dataclasses.fields(Protocol)} - {"name"}
