"""Sizes, clocks and times as people write them on a command line: 256K, 64MHz, 800ms."""

import re
from typing import Any

import click

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)


class Quantity(click.ParamType):
    """A number with a unit, or without one in the base unit. units: each unit's factor, by its name in lower case."""

    def __init__(self, name: str, units: dict[str, float], example: str) -> None:
        self.name, self._units, self._example = name, units, example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """`value` in the base unit."""
        if isinstance(value, int | float):
            return float(value)
        found = _NUMBER.fullmatch(value.strip())
        factor = self._units.get(found[2].lower()) if found else None
        if found is None or factor is None or float(found[1]) <= 0:
            self.fail(f"'{value}' is no {self.name}; write it like {self._example}.", param, ctx)
        return float(found[1]) * factor


BYTES = Quantity("size", {"": 1, "b": 1, "k": 1024, "kb": 1024, "m": 1024**2, "mb": 1024**2}, "256K, 1M or 262144")
HERTZ = Quantity("clock", {"": 1, "hz": 1, "k": 1e3, "khz": 1e3, "m": 1e6, "mhz": 1e6, "g": 1e9, "ghz": 1e9}, "64MHz")
SECONDS = Quantity("time", {"": 1, "s": 1, "ms": 1e-3}, "1s, 800ms or 0.8")
