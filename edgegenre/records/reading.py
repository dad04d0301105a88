"""Records to JSON data and back: each field is checked against its annotation, unknown entries are kept."""

import dataclasses
import functools
import math
import typing
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union

from edgegenre.errors import BenchError

LONGEST_TEXT = 2000
"""Characters; a note of why an engine was skipped has some hundred."""

MOST_ITEMS = 10_000
"""Of one list; a profile has as many as the network has layers."""

EXTRA = "extra"
"""The field that keeps unknown entries."""


def to_json(value: Any) -> Any:
    """JSON-ready data of a record or a part of one; entries of `extra` stand beside the others."""
    if dataclasses.is_dataclass(value):
        fields = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        extra = fields.pop(EXTRA)
        return {**extra, **{name: to_json(part) for name, part in fields.items()}}
    if isinstance(value, tuple):
        return [to_json(part) for part in value]
    return value


def from_json(kind: Any, data: Any, where: str) -> Any:
    """The dataclass `kind` that JSON data describes. Raises BenchError that begins with `where`."""
    if not isinstance(data, Mapping):
        raise BenchError(f"{where}: expected a table of names and values, found {type(data).__name__}.")
    fields = {item.name: item for item in dataclasses.fields(kind) if item.name != EXTRA}
    absent = sorted(name for name, item in fields.items() if required(item) and name not in data)
    if absent:
        raise BenchError(f"{where}: absent entries {absent}.")
    hints = annotations(kind)
    known = {name: _value(hints[name], data[name], f"{where}, {name}") for name in fields if name in data}
    extra = {str(name): value for name, value in data.items() if name not in fields}
    try:
        return kind(**known, **{EXTRA: extra})
    except BenchError as error:
        raise BenchError(f"{where}: {error}") from error


@functools.cache
def annotations(kind: Any) -> dict[str, Any]:
    """The types of a dataclass's fields, by name."""
    return typing.get_type_hints(kind)


def required(item: Any) -> bool:
    """Whether a dataclass's field has no default."""
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


def optional(hint: Any) -> Any:
    """The type T of the annotation `T | None`; None where it is another one."""
    if typing.get_origin(hint) not in (UnionType, Union):
        return None
    (inner,) = (item for item in typing.get_args(hint) if item is not NoneType)
    return inner


def _value(hint: Any, value: Any, where: str) -> Any:
    inner, origin = optional(hint), typing.get_origin(hint)
    if inner is not None:
        return None if value is None else _value(inner, value, where)
    if dataclasses.is_dataclass(hint):
        return from_json(hint, value, where)
    if origin is tuple:
        return tuple(_value(typing.get_args(hint)[0], item, where) for item in _items(value, where))
    if not _possible(hint, origin, value):
        raise BenchError(f"{where}: {repr(value)[:100]} is not possible here.")
    return value


def _items(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise BenchError(f"{where}: a list of at most {MOST_ITEMS} entries is needed.")
    return value


def _possible(hint: Any, origin: Any, value: Any) -> bool:
    if origin is Literal:
        return value in typing.get_args(hint)
    if origin is dict:
        texts = typing.get_args(hint)[1] is str
        return isinstance(value, dict) and (not texts or all(isinstance(text, str) for text in value.values()))
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if hint is str:
        return isinstance(value, str) and len(value) <= LONGEST_TEXT
    return isinstance(value, hint)
