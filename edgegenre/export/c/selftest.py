"""What `eg_selftest` compares with: a checksum of every table, and the golden bytes of noise.

Golden is what the numpy reference makes of it. The tables are read back from the text of eg_model.c, so that whatever
was written is covered; what cannot be read is an error, never left out.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgegenre.errors import ExportError
from edgegenre.export.c import text as c_text
from edgegenre.export.c.frontend import heard_frames
from edgegenre.frontend.protocol import Extractor
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import ARITHMETICS
from edgegenre.integer.streaming import IntegerStream

GOLDEN_FRAMES = 3
"""Rows of the golden features, where each is of a frame; one where it sums up many."""

_FORMATS = {
    "int8_t": "b",
    "uint8_t": "B",
    "int16_t": "h",
    "uint16_t": "H",
    "int32_t": "i",
    "int64_t": "q",
    "float": "f",
}
_ARRAY = re.compile(r"(?:static )?const (?:EG_ALIGNED_4 )?(\w+) (\w+)\[(\d+)\] EG_TABLE = \{")
_STRUCT = re.compile(r"const eg_\w+_t (\w+)(\[\d+\])? = \{")
_NUMBER = re.compile(r"const uint32_t (\w+) = (\w+);")
_LABELS = re.compile(r"const char \*const eg_labels\[")
_FIELD = re.compile(r"\s*\.(\w+) = (.*),")
_WORD = re.compile(r"INT64_C\((-?\d+)\)|([PQ])\(([-\d, ]+)\)|(-?0x[0-9a-f.]+p[-+]?\d+)f|(-?\d+)")
_LOOKUP_MEMBERS = ("multiplier", "rounding", "shift")


def golden_source(model_source: str, network: IntegerNetwork, frontend: Extractor | None) -> str:
    """C text to follow `model_source` in the same file.

    Raises ExportError where that has a table of an unknown form.
    """
    checks = list(_checks(model_source))
    lines = "".join(f"{_open(check)}    {{{check.record}}},\n{_close(check)}" for check in checks)
    return "\n".join(
        [
            '\n#include "eg_golden.h"\n',
            f"const eg_check_t eg_checks[] = {{\n{lines}}};\n",
            "const uint32_t eg_check_count = sizeof eg_checks / sizeof eg_checks[0];\n",
            *([_golden_features(frontend)] if frontend else []),
            _golden_logits(network),
        ]
    )


@dataclass(frozen=True, kw_only=True)
class _Check:
    """record: the fields of an eg_check_t. conditions: of the preprocessor, all of which hold where its table is."""

    record: str
    conditions: tuple[str, ...]


def _checks(source: str) -> Iterator[_Check]:
    conditions: list[str] = []
    lines = iter(source.splitlines())
    pair = ""
    for line in lines:
        if line.startswith("#define P("):
            pair = line.split(") ", 1)[1]
        elif _directive(line, conditions):
            continue
        elif found := _STRUCT.match(line):
            yield from _struct_checks(found, lines, conditions)
        elif found := _ARRAY.match(line):
            yield _array_check(found, _body(lines), pair, tuple(conditions))
        elif found := _NUMBER.match(line):
            yield _Check(record=f"&{found[1]}, 1, sizeof {found[1]}, {found[2]}", conditions=tuple(conditions))
        elif line.startswith(("const", "static")) and not _LABELS.match(line):
            raise ExportError(f"eg_selftest has no check for this table of eg_model.c: {line}")


def _directive(line: str, conditions: list[str]) -> bool:
    """Follow #ifdef, #else and #endif; whether `line` was one."""
    if line.startswith("#ifdef "):
        conditions.append(f"defined({line.split()[1]})")
    elif line == "#else":
        conditions[-1] = f"!{conditions[-1]}"
    elif line == "#endif":
        conditions.pop()
    else:
        return False
    return True


def _body(lines: Iterator[str]) -> str:
    text = []
    for line in lines:
        if line == "};":
            break
        text.append(line)
    return "".join(text)


def _array_check(found: re.Match[str], body: str, pair: str, conditions: tuple[str, ...]) -> _Check:
    kind, name, count = found.groups()
    plain: list[float] = []
    dsp: list[float] = []
    for number, letter, listed, real, integer in _words(body, name):
        if letter:
            numbers = [int(word) for word in listed.split(",")]
            plain += numbers
            dsp += _dsp_order(letter, numbers, pair)
        else:
            value = float.fromhex(real) if real else int(number or integer)
            plain.append(value)
            dsp.append(value)
    if kind not in _FORMATS or len(plain) != int(count):
        raise ExportError(f"eg_selftest cannot check the table '{name}' of eg_model.c: {len(plain)} of {count} {kind}.")
    sums = [zlib.crc32(struct.pack(f"<{count}{_FORMATS[kind]}", *values)) for values in (plain, dsp)]
    expected = f"{sums[0]}u" if sums[0] == sums[1] else f"EG_DSP ? {sums[1]}u : {sums[0]}u"
    if int(count) == 1:
        expected = _number_text(plain[0])
    return _Check(record=f"{name}, {count}, sizeof *{name}, {expected}", conditions=conditions)


def _words(body: str, name: str) -> list[tuple[str, str, str, str, str]]:
    if rest := _WORD.sub("", body).replace(",", "").strip():
        raise ExportError(f"eg_selftest cannot read the table '{name}' of eg_model.c: {rest[:40]}")
    return _WORD.findall(body)


def _dsp_order(letter: str, numbers: list[int], pair: str) -> list[int]:
    """What EG_QUAD and EG_PAIR of eg_layers.h make of the numbers of one word on a Cortex-M with the DSP extension."""
    if letter == "Q":
        first, second, third, fourth = numbers
        return [first, third, second, fourth]
    low, high = numbers
    return [low, high - (low < 0)] if pair.startswith("EG_PAIR") else numbers


def _struct_checks(found: re.Match[str], lines: Iterator[str], outer: Sequence[str]) -> Iterator[_Check]:
    """Of every field that is no pointer."""
    name, array = found.groups()
    conditions, index = list(outer), 0
    for line in lines:
        if line == "};":
            return
        if line.strip() == "},":
            index += 1
        elif not _directive(line, conditions) and (field := _FIELD.match(line)):
            place = f"{name}[{index}].{field[1]}" if array else f"{name}.{field[1]}"
            for member, value in _members(place, *field.groups()):
                yield _Check(record=f"&{member}, 1, sizeof {member}, {value}", conditions=tuple(conditions))


def _members(place: str, field: str, value: str) -> Iterator[tuple[str, str]]:
    """The numbers of one field, as C names them and as C writes them; nothing of a pointer."""
    if value.startswith("{"):
        for index, part in enumerate(value.strip("{}").split(", ")):
            name = f"{place}.{_LOOKUP_MEMBERS[index]}" if field == "lookup" else f"{place}[{index}]"
            yield name, f"(uint32_t){part}"
    elif value.endswith("f") and "0x" in value:
        yield place, _number_text(float.fromhex(value[:-1]))
    elif value[0] in "-0123456789" or value.startswith("EG_"):
        yield place, f"(uint32_t){value}"


def _number_text(value: float) -> str:
    if isinstance(value, int):
        return f"(uint32_t){value}"
    return f"{struct.unpack('<I', struct.pack('<f', value))[0]}u"


def _open(check: _Check) -> str:
    return f"#if {' && '.join(check.conditions)}\n" if check.conditions else ""


def _close(check: _Check) -> str:
    return "#endif\n" if check.conditions else ""


def _noise(count: int) -> np.ndarray:
    """uint32: the linear congruential generator of eg_selftest.c."""
    states, state = [], 0
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        states.append(state)
    return np.array(states, np.int64)


def _golden_features(frontend: Extractor) -> str:
    count = GOLDEN_FRAMES if heard_frames(frontend.spec).count == 1 else 1
    pcm = ((_noise(frontend.spec.samples_for(count)) >> 16) - 32768).astype(np.int16)
    rows = frontend.features(pcm)
    numbers = ",\n".join("    {" + ", ".join(map(str, row)) + "}" for row in rows.tolist())
    return f"const int8_t eg_golden_features[EG_GOLDEN_ROWS][EG_FEATURES] = {{\n{numbers},\n}};\n"


def _golden_logits(network: IntegerNetwork) -> str:
    """Of the first decision."""
    shape = network.input_shape
    rows = ((_noise(shape.values) >> 24) - 128).astype(np.int8).reshape(shape)
    texts = []
    for arithmetic in ARITHMETICS:
        stream = IntegerStream(network, arithmetic=arithmetic)
        decision = next(found[-1] for row in rows if (found := stream.push(row[np.newaxis])))
        texts.append(c_text.array("const int16_t eg_golden_logits", decision.logits))
        frames = decision.frames
    by_arithmetic = dict(zip(ARITHMETICS, texts, strict=True))
    return (
        f"const uint32_t eg_golden_rows = {frames};\n"
        f"#ifdef EG_ARITHMETIC_Q31\n{by_arithmetic['q31']}#else\n{by_arithmetic['float32']}#endif\n"
    )
