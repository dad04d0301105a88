"""Inputs as a damaged disk or an attacker makes them: sound ones, changed at random from a seed."""

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np

NUMBERS = (0, 1, -1, 2, 7, 127, 128, 255, 256, 32767, 65535, 65536, 1 << 20, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)

VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 1 << 20, 10**18, 10**30, 10**400, 0.5, -0.0, 1e-320, 1e308, float("inf"),
    float("nan"), "", "a", "*/ x /*", "../..", "/etc/passwd", "\0", "\x1b[2J", "\u202e", "\ud800", "é" * 300, "-x", "1",
    [], {}, [[]], [None], {"": None}, [0] * 100, [1e9] * 12, "x" * 100_000,
)  # fmt: skip
"""What stands where something else should."""


def mutated_bytes(random: Random, seeds: Sequence[bytes]) -> bytes:
    """One of `seeds` with one to eight changes: bits, numbers, parts that are lost, doubled, moved or another's."""
    data = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        _change(random, data, seeds)
    return bytes(data)


def _change(random: Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    # Headers are where the decisions are made.
    size = len(data)
    place = random.randrange(min(size, 128) if random.random() < 0.5 else size) if size else 0
    length = random.choice((1, 2, 4, 8, 40, 400))
    match random.randrange(8):
        case 0 if size:
            data[place] ^= 1 << random.randrange(8)
        case 1 if size:
            data[place] = random.randrange(256)
        case 2:
            form = random.choice(("<B", "<H", "<I", ">I", "<Q"))
            number = struct.pack(form, random.choice(NUMBERS) & (256 ** struct.calcsize(form) - 1))
            data[place : place + len(number)] = number
        case 3:
            del data[place:]
        case 4:
            del data[place : place + length]
        case 5:
            data[place:place] = data[place : place + length] * random.choice((1, 2, 20))
        case 6:
            other = random.choice(seeds)
            start = random.randrange(len(other)) if other else 0
            data[place : place + length] = other[start : start + length]
        case _:
            data[place:place] = random.randbytes(length)


def mutated_value(random: Random, value: Any) -> Any:
    """JSON data with one to four changes: values of another kind, entries that are lost, doubled or moved."""
    value = json.loads(json.dumps(value))
    for _ in range(random.choice((1, 1, 2, 4))):
        value = _changed(random, value)
    return value


def _changed(random: Random, value: Any) -> Any:
    """A copy of `value` with one change at a random depth."""
    if not isinstance(value, dict | list) or not value or random.random() < 0.05:
        return _other(random, value)
    if isinstance(value, list):
        items = list(value)
        place = random.randrange(len(items))
        match random.randrange(8):
            case 0:
                del items[place]
            case 1:
                items.insert(place, items[random.randrange(len(items))])
            case 2:
                items *= random.choice((2, 3, 10))
            case _:
                items[place] = _changed(random, items[place])
        return items
    entries = dict(value)
    name = random.choice(list(entries))
    match random.randrange(10):
        case 0:
            del entries[name]
        case 1:
            entries[random.choice(("", "x", "kind", "name", "\ud800"))] = entries.pop(name)
        case 2:
            entries[name] = entries[random.choice(list(entries))]
        case _:
            entries[name] = _changed(random, entries[name])
    return entries


def _other(random: Random, value: Any) -> Any:
    if isinstance(value, int | float) and abs(value) < 1e300 and random.random() < 0.5:
        return random.choice((-value, value + 1, value - 1, value * 2, value * 1000, value // 3, value * 0.5001))
    return random.choice(VALUES)


def mutated_arrays(random: Random, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays by name with one to three changes of type, shape, value or name."""
    arrays = dict(arrays)
    for _ in range(random.choice((1, 1, 2, 3))):
        name = random.choice(list(arrays))
        array = arrays[name]
        match random.randrange(7):
            case 0:
                arrays[name] = array.astype(random.choice(("i1", "i2", "i4", "i8", "u1", "f2", "f4", "f8", "?", ">i4")))
            case 1:
                arrays[name] = array.reshape(-1)[: random.choice((0, 1, 5, array.size - 1))]
            case 2:
                arrays[name] = array.reshape(1, *array.shape) if random.random() < 0.5 else array.reshape(-1)
            case 3:
                arrays[name + random.choice(("", "x", "/weights"))] = arrays.pop(name)
                if not arrays:
                    arrays = {"x": array}
            case 4:
                arrays[name] = np.full(array.shape, random.choice((0, 1, 100, 127)), array.dtype)
            case 5 if array.dtype.kind == "f":
                value = random.choice((np.nan, np.inf, -1.0, 0.0, 1e-30, 1e30))
                arrays[name] = np.full(array.shape, value, array.dtype)
            case _:
                flat = array.reshape(-1).copy()
                if flat.size:
                    flat[random.randrange(flat.size)] = random.choice((0, 1, 100, 127))
                arrays[name] = flat.reshape(array.shape)
    return arrays


def npz(random: Random, arrays: dict[str, np.ndarray]) -> bytes:
    """An .npz of `arrays`, stored or packed in some way."""
    method = random.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            archive.writestr(f"{name}.npy", member.getvalue())
    return stream.getvalue()
