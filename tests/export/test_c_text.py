"""Text from outside in generated C: the compiler reads back the very bytes, and nothing else."""

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgegenre.export.c import text as c_text
from edgegenre.export.c.tables import model_texts
from tests.networks import random_integer_network
from tests.support import program

SURROGATES = range(0xD800, 0xE000)

TRAPS = [
    '"; int stolen = 1; //', "*/ int stolen = 1; /*", "??/", "??'", "a\\", "\\\n", "a\nb", "a\rb", "\0", "\0" + "7",
    "%s%n", "\x1b]0;title\x07", "\u202e", "\u2066", "\U000e0001",
    "??/\n*/", "/*", "//", "'", "\u2028", "\x85", "\x1a", "é",
]  # fmt: skip


def compiled_bytes(values: Iterable[str], folder: Path) -> list[bytes]:
    """What a C compiler makes of the literals, trigraphs and all."""
    values = list(values)
    lines = "".join(f"    {{sizeof {c_text.text(value)} - 1, {c_text.text(value)}}},\n" for value in values)
    (folder / "text.c").write_text(
        f"#include <stdio.h>\nstatic const struct {{ size_t size; const char *bytes; }} texts[] = {{\n{lines}}};\n"
        "int main(void) {\n    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {\n"
        "        fwrite(&texts[i].size, sizeof texts[i].size, 1, stdout);\n"
        "        fwrite(texts[i].bytes, 1, texts[i].size, stdout);\n    }\n    return 0;\n}\n",
        encoding="ascii",
    )
    options = ["-std=c99", "-trigraphs", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-overlength-strings", "-O0"]
    command = [program("gcc", "gcc"), *options, folder / "text.c", "-o", folder / "text"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[:2000]
    content = subprocess.run([folder / "text"], capture_output=True, check=True).stdout
    found = []
    while content:
        size = int.from_bytes(content[:8], sys.byteorder)
        found.append(content[8 : 8 + size])
        content = content[8 + size :]
    return found


def test_a_compiler_reads_every_character_of_the_first_plane_back(tmp_path: Path) -> None:
    lines = ["".join(chr(code) for code in range(first, first + 256)) for first in range(0, 0x10000, 256)]
    lines = [line for line in lines if ord(line[0]) not in SURROGATES]
    assert compiled_bytes([*lines, *TRAPS], tmp_path) == [line.encode() for line in [*lines, *TRAPS]]


def test_over_all_characters_a_literal_and_a_comment_are_plain_ascii_on_one_line() -> None:
    for first in range(0, sys.maxunicode + 1, 4096):
        block = "".join(map(chr, range(first, first + 4096)))
        assert re.fullmatch(r'"(?:[ !#-&(-[\]^-~\x27]|\\[0-3][0-7]{2})*"', c_text.text(block).replace("?", "\n"))
        assert re.fullmatch(r"/\* [A-Za-z0-9 _.-]{4096} \*/", c_text.comment(block))


@given(st.text(max_size=40))
def test_a_comment_ends_where_it_should(value: str) -> None:
    comment = c_text.comment(value)
    assert comment.index("*/") == len(comment) - 2
    assert comment.isascii()
    assert not set(comment[2:-2]) & set("\n\r\\?*/")


@pytest.mark.parametrize("trap", [*TRAPS, "\ud800"])
def test_no_label_becomes_code(trap: str) -> None:
    """A name of a label is in one line of the source, whatever it holds."""
    network = random_integer_network("odd")
    plain = model_texts(network, None, ("a",) * 5).source
    found = model_texts(network, None, (trap, *("a",) * 4)).source
    assert found.isascii()
    different = [line for line in found.splitlines() if line not in plain.splitlines()]
    assert different[:-1] == [f"    {c_text.text(trap)},"]
    assert different[-1].startswith("const uint32_t eg_model_hash = 0x")
    assert model_texts(network, None, ("a",) * network.classes).header.isascii()
