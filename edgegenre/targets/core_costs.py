"""What each core takes for the C runtime's work: instructions counted under emulation, bytes from linked programs.

`bench/core_costs.py` measures them and writes `firmware_export/core_costs.json`; `estimate` computes with them.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgegenre.errors import ExportError
from edgegenre.rooms import room
from edgegenre.targets.instruction_terms import Work
from edgegenre.untrusted import read_json

FILE = "core_costs.json"


@dataclass(frozen=True, kw_only=True)
class CoreCosts:
    """Of one core.

    instructions: by kind of work, of one of each of its terms (`instruction_terms.TERMS`). sample: instructions of a
    sample taken; frontend: of a frame of 1600 samples. code_bytes: of flash without the model's tables, by head
    ("pooled", "flat", "gru", "lstm"), with the front end of such frames and its tables; power_of_two_bytes: what one of
    frames of a power of two takes instead, without its tables. program_bytes: of RAM without the context and the audio
    buffer. widens_rows: whether its kernels keep rows as int16 (`plan.Layout`).
    """

    instructions: Mapping[Work, tuple[float, ...]]
    sample: float
    frontend: int
    code_bytes: Mapping[str, int]
    power_of_two_bytes: int
    program_bytes: int
    pointer_bytes: int
    widens_rows: bool

    def of(self, work: Work, counts: tuple[int, ...]) -> float:
        """Instructions of a slice with these counts."""
        return sum(cost * count for cost, count in zip(self.instructions[work], counts, strict=True))


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where the costs come from: date, compilers and emulators with their versions, and how they were measured."""

    date: str
    compilers: Mapping[str, str]
    emulators: Mapping[str, str]
    how: str


def core_costs(name: str) -> CoreCosts:
    """The costs of the emulated core `name`. Raises ExportError when it was not measured."""
    cores = _file()["cores"]
    if name not in cores:
        raise ExportError(f"the costs of '{name}' were not measured. Measured: {', '.join(cores)}.")
    return _costs(cores[name])


def provenance() -> Provenance:
    """Of all costs."""
    return Provenance(**_file()["provenance"])


def _costs(values: Mapping[str, Any]) -> CoreCosts:
    instructions = {work: tuple(terms.values()) for work, terms in values["instructions"].items()}
    return CoreCosts(**{**values, "instructions": instructions})


@functools.cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = read_json(room("firmware_export") / FILE)
    return found
