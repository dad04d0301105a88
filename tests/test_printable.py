"""Text from outside is shown on a screen, and never obeyed by it."""

import html.parser
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegenre.printable import LONGEST_TEXT, markdown, printable, printable_lines

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_over_all_characters_nothing_is_left_that_a_terminal_obeys() -> None:
    for code in range(sys.maxunicode + 1):
        shown = printable(chr(code))
        assert shown.encode("utf-8")
        categories = {unicodedata.category(character) for character in shown}
        assert not categories & {"Cc", "Cs", "Zl", "Zp"}
        assert shown == chr(code) or shown.startswith("\\")


def test_controls_are_shown_by_their_codes() -> None:
    assert printable("a\x1b[31mb\n\0\x9b\ud800") == r"a\x1b[31mb\n\x00\x9b\ud800"
    assert not set(printable(BIDI)) & set(BIDI)
    assert printable_lines("a\nb\x1b") == "a\nb\\x1b"


@pytest.mark.parametrize("text", ["Räp & <b>", "古典", "موسیقی\u200cپاپ", "👩\u200d🎤"])
def test_text_of_any_script_is_shown_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_a_text_of_megabytes_is_cut_in_the_middle() -> None:
    shown = printable("a" * 3_000_000 + "z")
    assert len(shown) <= LONGEST_TEXT + 3
    assert shown.startswith("a")
    assert shown.endswith("z")


class _Tags(html.parser.HTMLParser):
    def handle_starttag(self, tag: str, attrs: object) -> None:
        raise AssertionError(tag)


@given(st.text(st.sampled_from("<>a/b!-[](){}*_`|#\\\n&;\"'="), max_size=30))
def test_markdown_holds_no_markup_of_the_text(text: str) -> None:
    """CommonMark: a backslash before an ASCII punctuation character makes it that character."""
    shown = markdown(text)
    assert "\n" not in shown
    index = 0
    while index < len(shown):
        assert shown[index] == "\\" or shown[index].isalnum()
        index += 2 if shown[index] == "\\" else 1
    _Tags().feed(shown.replace("\\<", "&lt;"))
