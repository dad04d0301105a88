"""The JSON Schema of a result file, made from the dataclasses: bench/record.schema.json.

python -m edgegenre.records.schema > bench/record.schema.json
"""

import dataclasses
import json
import typing
from typing import Any, Literal

from edgegenre.records.reading import EXTRA, LONGEST_TEXT, MOST_ITEMS, annotations, optional, required
from edgegenre.records.record import SCHEMA_VERSION, Record

_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string", "maxLength": LONGEST_TEXT},
    bool: {"type": "boolean"},
    int: {"type": "integer", "minimum": 0},
    float: {"type": "number"},
}


def schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of a list of records. Entries that it does not name are allowed everywhere."""
    definitions: dict[str, Any] = {}
    _define(Record, definitions)
    definitions["Record"]["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    definitions["Record"]["required"].append("schema_version")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"edgegenre results, version {SCHEMA_VERSION}",
        "description": "What was measured, emulated or computed. bench/README.md says how to read it.",
        "type": "array",
        "items": {"$ref": "#/$defs/Record"},
        "$defs": definitions,
    }


def _define(kind: Any, definitions: dict[str, Any]) -> None:
    if kind.__name__ in definitions:
        return
    definitions[kind.__name__] = {}  # its place, before those it refers to
    hints, fields = annotations(kind), [item for item in dataclasses.fields(kind) if item.name != EXTRA]
    definitions[kind.__name__] = {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {item.name: _described(hints[item.name], definitions) for item in fields},
        "required": [item.name for item in fields if required(item)],
    }


def _described(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    inner, origin = optional(hint), typing.get_origin(hint)
    if inner is not None:
        return {"anyOf": [_described(inner, definitions), {"type": "null"}]}
    if dataclasses.is_dataclass(hint):
        _define(hint, definitions)
        return {"$ref": f"#/$defs/{getattr(hint, '__name__', '')}"}
    if origin is Literal:
        return {"enum": list(typing.get_args(hint))}
    if origin is tuple:
        return {"type": "array", "maxItems": MOST_ITEMS, "items": _described(typing.get_args(hint)[0], definitions)}
    if origin is dict:
        texts = typing.get_args(hint)[1] is str
        return {"type": "object", "additionalProperties": {"type": "string"} if texts else True}
    return _SIMPLE[hint]


if __name__ == "__main__":
    print(json.dumps(schema(), indent=2))
