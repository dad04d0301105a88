"""C source text for numbers and for text from outside, which never becomes code."""

import re
from collections.abc import Iterable, Mapping

import numpy as np

_LINE = 112
_NOT_IN_COMMENTS = re.compile(r"[^A-Za-z0-9 _.-]")


def array(declaration: str, values: np.ndarray) -> str:
    """`declaration[count] = {...};` for integers or float32 (written in hexadecimal, exact)."""
    flat = values.reshape(-1)
    return listing(declaration, len(flat), map(number, flat.tolist()))


def listing(declaration: str, count: int, words: Iterable[str]) -> str:
    """`declaration[count] = {...};`, in the section of tables, of words that stand for `count` values."""
    return f"{declaration}[{count}] EG_TABLE = {{\n{_wrapped(words)}\n}};\n"


def number(value: float) -> str:
    """A literal of exactly this value: an int, or a float32."""
    if isinstance(value, int):
        return wide(value) if abs(value) >= 2**31 else str(value)
    return f"{value.hex()}f"


def decimal(value: float) -> str:
    """A float32 literal in decimal, exact too, for headers: C++ has hexadecimal ones from C++17 on."""
    return np.format_float_scientific(np.float32(value), trim="0") + "f"


def wide(value: int) -> str:
    """A literal of 64 bits."""
    return f"INT64_C({value})"


def text(value: str) -> str:
    """A string literal of the UTF-8 bytes of `value`, on one line; all but plain ASCII as octal escapes.

    No quotation mark, backslash, trigraph or line end of `value` reaches the compiler. A lone surrogate, which has no
    UTF-8 form, is written as the text of its escape.
    """
    plain = set(range(0x20, 0x7F)) - set(b'"\\?')
    encoded = value.encode(errors="backslashreplace")
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in encoded) + '"'


def fields(values: Mapping[str, object]) -> str:
    """Initializers of a struct's fields, one a line."""
    return "".join(f"        .{name} = {value},\n" for name, value in values.items())


def comment(value: str) -> str:
    """A comment on one line that shows `value`; whatever is no letter, digit, space, `_`, `.` or `-` becomes `_`."""
    return f"/* {_NOT_IN_COMMENTS.sub('_', value)} */"


def _wrapped(words: Iterable[str]) -> str:
    lines: list[str] = []
    line = "   "
    for word in words:
        if len(line) + len(word) + 2 > _LINE:
            lines.append(line)
            line = "   "
        line += f" {word},"
    return "\n".join([*lines, line])
