"""Names become identifiers and labels stay text: what is neither is refused when it is read."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegenre.identifiers import LONGEST_LABEL, LONGEST_NAME, distinct_labels, identifier, label
from edgegenre.network.description import network_from_dict, network_to_dict
from edgegenre.untrusted import UnreadableError
from edgegenre.zoo.registry import MODELS
from tests.networks import odd_network


@pytest.mark.parametrize("name", ["a", "ds-cnn1", "conv_2", "0", "_", "x" * LONGEST_NAME])
def test_a_name_is_letters_digits_and_dashes(name: str) -> None:
    assert identifier(name) == name


NO_NAMES: list[Any] = [
    "", " ", "-a", "a b", "a.b", "a/b", "../a", "a*/", "a\\", "a\n", "a\0", "é", "a\u202e", "\ud800",
    "x" * (LONGEST_NAME + 1), 1, None, ["a"], b"a",
]  # fmt: skip


@pytest.mark.parametrize("name", NO_NAMES)
def test_what_is_no_name_is_refused(name: Any) -> None:
    with pytest.raises(UnreadableError, match="is no name"):
        identifier(name)


@pytest.mark.parametrize("where", ["name", "input", "node"])
@pytest.mark.parametrize("name", ["a*/", "a\nb", "x" * 65, ""])
def test_a_network_with_a_crafted_name_is_not_read(where: str, name: str) -> None:
    """A layer's name is in a comment of the C code, and in file names."""
    data = network_to_dict(odd_network())
    if where == "name":
        data["name"] = name
    elif where == "input":
        data["inputs"][0]["name"] = data["nodes"][0]["inputs"][0] = name
    else:
        data["nodes"][0]["name"] = data["nodes"][1]["inputs"][0] = name
    with pytest.raises(Exception, match="is no name"):
        network_from_dict(data)


def test_every_name_of_the_zoo_is_one() -> None:
    for entry in MODELS.values():
        network = entry.build(13)
        assert network_from_dict(network_to_dict(network)) == network


@pytest.mark.parametrize(
    "text", ["Tango", "Räp & <b>", "古典", "موسیقی\u200cپاپ", "🎵", "a/b", "$x_1$", "x" * LONGEST_LABEL]
)
def test_a_label_is_text_of_any_script(text: str) -> None:
    assert label(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "  ", "\x1b[31mred", "a\nb", "a\0", "a\u202eb", "a\u2066b", "\ud800", "a\u2028", "\x9b", "x" * 101, 1, None],
)
def test_a_label_that_a_terminal_would_obey_is_refused(text: Any) -> None:
    with pytest.raises(UnreadableError):
        label(text)


@given(st.text(st.characters(categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=1), st.text(max_size=20))
def test_no_control_character_of_unicode_is_in_a_label(character: str, text: str) -> None:
    with pytest.raises(UnreadableError):
        label(f"a{text}{character}")


def test_two_labels_that_look_alike_are_refused() -> None:
    assert distinct_labels(["a", "b"]) == ("a", "b")
    for labels in (["a", "a"], ["é", unicodedata.normalize("NFD", "é")], "ab", None, {"a": 1}):
        with pytest.raises(UnreadableError):
            distinct_labels(labels)
