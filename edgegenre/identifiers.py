"""Names and labels that somebody else chose, checked when they are read: names become identifiers in generated code."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from edgegenre.printable import obeyed
from edgegenre.untrusted import UnreadableError

LONGEST_NAME = 64
"""Characters of a model's, layer's or input's name."""

LONGEST_LABEL = 100
"""Characters of a label."""

_NAME = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9_-]{{0,{LONGEST_NAME - 1}}}", re.ASCII)


def identifier(value: Any) -> str:
    """`value` when it is a name: 1 to LONGEST_NAME ASCII letters, digits, `_` and, not at the start, `-`.

    Such a name is safe in a file name, in a comment and in a generated identifier. Raises UnreadableError.
    """
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise UnreadableError(
            f"{_shown(value)} is no name of at most {LONGEST_NAME} letters, digits, '_' and '-' that does not begin "
            "with '-'"
        )
    return value


def check_identifiers(*values: Any) -> None:
    """Raise UnreadableError unless every value is an `identifier`."""
    for value in values:
        identifier(value)


def label(value: Any) -> str:
    """`value` when it is a label: 1 to LONGEST_LABEL characters of any script, none of them a control or a bidi mark.

    Raises UnreadableError.
    """
    if not isinstance(value, str):
        raise UnreadableError(f"the label {_shown(value)} is not a text")
    if not value.strip():
        raise UnreadableError("a label is empty")
    if len(value) > LONGEST_LABEL:
        raise UnreadableError(f"a label has {len(value)} characters, more than {LONGEST_LABEL}: {_shown(value)}")
    wrong = next((character for character in value if _commands(character)), None)
    if wrong is not None:
        raise UnreadableError(f"the label {_shown(value)} holds the control character U+{ord(wrong):04X}")
    return value


def distinct_labels(values: Any) -> tuple[str, ...]:
    """All of a model's labels, no two alike (in Unicode's composed form). Raises UnreadableError."""
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise UnreadableError("the labels are no list")
    checked = tuple(map(label, values))
    seen: set[str] = set()
    for value in checked:
        composed = unicodedata.normalize("NFC", value)
        if composed in seen:
            raise UnreadableError(f"the label {_shown(value)} is there twice")
        seen.add(composed)
    return checked


def _commands(character: str) -> bool:
    """Private and unknown characters are shown as escapes where they are printed, and are no reason to refuse."""
    return obeyed(character) and unicodedata.category(character) not in ("Co", "Cn")


def _shown(value: Any) -> str:
    """At most 40 characters of a value, for a message; `printable` escapes them where they are printed."""
    text = value if isinstance(value, str) else repr(value)[:200]
    return f"'{text[:40]}…'" if len(text) > 40 else f"'{text}'"
