"""What `bench/trust.py` found, as records: the accuracy of every model on tracks of artists that it never heard."""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from edgegenre.errors import BenchError
from edgegenre.records.record import SCHEMA_VERSION, Record

SCHEMA = "edgegenre trust 1"

_ENGINES = {"float": ("onnxruntime", "float"), "int8": ("native", "float32")}
"""By the form of a model: the engine that scored it and its arithmetic."""


def is_trust_file(data: Any) -> bool:
    """Whether JSON data says that it is one."""
    return isinstance(data, Mapping) and data.get("schema") == SCHEMA


def accuracy_records(data: Mapping[str, Any]) -> list[Record]:
    """A record for each model and form. Raises BenchError when the data is not well formed."""
    try:
        return [
            Record.from_dict(_record(data, item, form, figures))
            for item in data["models"]
            for form, figures in item["forms"].items()
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise BenchError(f"a trust file without {error}. Measure again with bench/trust.py.") from error


def _record(data: Mapping[str, Any], item: Mapping[str, Any], form: str, figures: Mapping[str, Any]) -> dict[str, Any]:
    engine, arithmetic = _ENGINES[form]
    score = figures["accuracy"]["as it is"]
    teacher = f", teacher {PurePath(data['teacher']).name}" if data.get("teacher") else ""
    without = f" without {data['without']}" if data.get("without") else ""
    return {
        "schema_version": SCHEMA_VERSION,
        "target": "cpu",
        "machine": {name: data["machine"][name] for name in ("kind", "name", "system", "cores")},
        "engine": engine,
        "versions": data["versions"],
        "model": item["model"],
        "bundle": "",
        "arithmetic": arithmetic,
        "workload": "clip",
        "batch": 1,
        "frames": 0,
        "provenance": data["provenance"],
        "date": data["date"],
        "recipe": data["recipe"],
        "accuracy": {
            "value": score["value"],
            "low": score["low"],
            "high": score["high"],
            "data": f"{data['data']}{without}",
            "split": f"{data['part']}, {item['folds']} folds, recipe {data['recipe']}{teacher}",
            "synthetic": False,
            "clips": item["tracks"],
            "grouping": data["split_by"],
            "repeats": item["folds"],
        },
    }
