"""docs/training.md says what a protocol may hold."""

import dataclasses
import json
import re
from pathlib import Path

from edgegenre.runs.augmentation import AUGMENTATIONS
from edgegenre.runs.protocol import Protocol

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "training.md").read_text(encoding="utf-8")


def test_the_page_s_example_is_a_protocol() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert Protocol.from_dict(json.loads(example)).final_weights.patience == 5


def described(section: str) -> dict[str, str]:
    """By the names in the first column of a section's table, the row."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?:^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    rows = re.findall(r"^(\| `.*)$", text, re.MULTILINE)
    return {name: row for row in rows for name in re.findall(r"`([\w-]+)`", row.split("|")[1])}


def test_the_page_s_table_has_every_entry() -> None:
    assert set(described("A protocol of your own")) == {field.name for field in dataclasses.fields(Protocol)} - {"name"}


def test_the_page_s_table_has_every_augmentation_with_all_its_entries_and_defaults() -> None:
    rows = described("Augmentation")
    assert set(rows) == set(AUGMENTATIONS)
    for name, kind in AUGMENTATIONS.items():
        for field in dataclasses.fields(kind):
            default = "" if field.default is dataclasses.MISSING else rf" {field.default:g}\b"
            assert re.search(rf"`{field.name}`{default}", rows[name]), (name, field.name)
