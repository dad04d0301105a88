"""Text from outside on a screen or in a page: what a terminal or Markdown would obey is shown, not obeyed."""

import re
import unicodedata

LONGEST_TEXT = 2000
"""Characters of one text on a screen; of a longer one the middle is left out."""

_JOINERS = "\u200c\u200d"
"""Persian, many Indic scripts and emoji are written with them."""

_COMMANDS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode's categories of controls, formats (bidi among them), surrogates, private and unknown ones, line ends."""


def obeyed(character: str) -> bool:
    """Whether a terminal may take `character` for a command: a control, a change of direction, a line end."""
    return unicodedata.category(character) in _COMMANDS and character not in _JOINERS


def printable(text: str) -> str:
    """`text` on one line, with every character that a terminal may obey as its escape: \\x1b, \\u202e, \\n.

    A backslash stays one backslash: the result is for people to read, not for programs to turn back.
    """
    if len(text) > LONGEST_TEXT:
        half = LONGEST_TEXT // 2
        text = f"{text[:half]} … {text[-half:]}"
    return "".join(_escape(character) if obeyed(character) else character for character in text)


def printable_lines(text: str) -> str:
    """The same for text of several lines; the line ends stay."""
    return "\n".join(map(printable, text.split("\n")))


def markdown(text: str) -> str:
    """`text` as Markdown that shows just these characters: no link, no HTML, no table border."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", printable(text))


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
