"""One result, one schema on every target: what was measured, emulated or computed, where and how."""

import dataclasses
import functools
import math
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Self

from edgegenre.errors import BenchError
from edgegenre.files import write_json
from edgegenre.untrusted import UnreadableError, check_unicode, read_json

SCHEMA_VERSION = 1

MOST_RECORDS = 10_000
"""In one file."""

LONGEST_TEXT = 2000
"""Characters; a note of why an engine was skipped has some hundred."""

Provenance = Literal["measured", "emulated", "computed"]
Workload = Literal["clip", "update"]
TargetKind = Literal["cpu", "gpu", "board", "emulator"]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The machine a figure belongs to. cores: those the process may use; threads: those it did use."""

    kind: TargetKind
    name: str
    system: str
    cores: int
    threads: int = 1


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Quantiles of the wall-clock time of one run, in milliseconds, over `runs` runs.

    processor_ms: the median of the processor time a run used, all threads together: the wall-clock time of an idle
    machine if one thread worked. None where it was not measured.
    """

    p5_ms: float
    p50_ms: float
    p95_ms: float
    runs: int
    processor_ms: float | None = None

    @property
    def undisturbed_ms(self) -> float:
        """What comparisons use: processor time where it is known, else the median of the wall clock."""
        return self.processor_ms or self.p50_ms


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """This engine's processor time over that of `against`, one value an interleaved round: median, 5 %, 95 %.

    A round's value compares the median run of each.
    """

    against: str
    median: float
    low: float
    high: float
    rounds: int


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The most memory a process of its own needed above what it held once its libraries were imported.

    peak_bytes: that difference. baseline_bytes: what it held before. how: the counter that was read.
    """

    peak_bytes: int
    baseline_bytes: int
    how: str


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Share of clips whose best label is right, 0 to 1, and on what.

    low, high: its 95 % interval. These and clips are None where the source does not say.
    """

    value: float
    data: str
    split: str
    synthetic: bool
    clips: int | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """One figure line of a report.

    engine: "onnxruntime", "litert", "torch", "reference", …. versions: by package. bundle: the folder's name, empty
    for a network that was built for the comparison alone (of random weights, as the note says).
    arithmetic: "float", or that of an integer model ("float32", "q31", "int16x8"). workload: "clip" is a whole window,
    "update" what a stream computes for one new decision. batch: clips a run. frames: feature frames a run consumes.
    multiplies: of one run, by the formulas of the paper. instructions: of one run, as an emulator counts them.
    flash_bytes and ram_bytes: of a microcontroller build. note: why an engine was skipped, or what else a reader must
    know. date: ISO 8601, UTC.

    Raises BenchError when a value is not possible, or an emulated record claims milliseconds.
    """

    target: Machine
    engine: str
    versions: dict[str, str]
    model: str
    bundle: str
    arithmetic: str
    workload: Workload
    batch: int
    frames: int
    provenance: Provenance
    date: str
    latency: Latency | None = None
    ratio: Ratio | None = None
    multiplies: int | None = None
    instructions: int | None = None
    memory: Memory | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    accuracy: Accuracy | None = None
    note: str = ""
    schema_version: int = field(default=SCHEMA_VERSION)

    def __post_init__(self) -> None:
        if self.provenance == "emulated" and self.latency is not None:
            raise BenchError(
                f"record of {self.model} on {self.target.name}: an emulator counts instructions, not time; "
                "remove the latency."
            )
        latency = self.latency
        if latency and not 0 < latency.p5_ms <= latency.p50_ms <= latency.p95_ms:
            raise BenchError(f"record of {self.model} with {self.engine}: the latency quantiles are not in order.")
        if self.accuracy and not 0 <= self.accuracy.value <= 1:
            raise BenchError(f"record of {self.model} with {self.engine}: an accuracy lies between 0 and 1.")

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data; `from_dict` reads it back."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Read untrusted JSON data. Raises BenchError when it is of another schema or not well formed."""
        version = data.get("schema_version") if isinstance(data, Mapping) else None
        if version != SCHEMA_VERSION:
            raise BenchError(
                f"a result has schema version {version!r}, this edgegenre reads {SCHEMA_VERSION}. Measure again."
            )
        return _read(cls, data, "result")


def write_records(path: Path, records: Sequence[Record]) -> None:
    """Replace `path` by a JSON list of records."""
    write_json(path, [record.to_dict() for record in records])


def read_records(path: Path) -> list[Record]:
    """The records of a JSON file, or of every *.json file in a folder, in the order of their dates.

    Raises BenchError when a file is missing, no list of records, or of another schema.
    """
    path = Path(path)
    if path.is_dir():
        records = [record for file in sorted(path.glob("*.json")) for record in read_records(file)]
        return sorted(records, key=lambda record: record.date)
    try:
        data = read_json(path)
        check_unicode(data)
    except FileNotFoundError as error:
        raise BenchError(f"{path}: no such result file. `edgegenre bench --json {path}` writes one.") from error
    except (OSError, UnreadableError) as error:
        raise BenchError(f"{path}: cannot be read ({error}). Measure again with `edgegenre bench`.") from error
    if isinstance(data, list) and len(data) > MOST_RECORDS:
        raise BenchError(f"{path}: {len(data)} results, more than {MOST_RECORDS}. Split the file.")
    if not isinstance(data, list):
        raise BenchError(f"{path}: not a list of results. Measure again with `edgegenre bench`.")
    try:
        return [Record.from_dict(item) for item in data]
    except BenchError as error:
        raise BenchError(f"{path}: {error}") from error


def _read(kind: Any, data: Any, where: str) -> Any:
    """Build the dataclass `kind` of JSON data, each field checked against its annotation."""
    if not isinstance(data, Mapping):
        raise BenchError(f"{where}: expected a table of names and values, found {type(data).__name__}.")
    fields = {item.name: item for item in dataclasses.fields(kind)}
    unknown = sorted(map(str, set(data) - set(fields)))
    required = {name for name, item in fields.items() if _has_no_default(item)}
    absent = sorted(required - set(data))
    if unknown or absent:
        raise BenchError(f"{where}: unknown entries {unknown}, absent entries {absent}.")
    hints = _hints(kind)
    return kind(**{name: _value(hints[name], value, f"{where}, {name}") for name, value in data.items()})


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _value(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin is UnionType:
        choices = [item for item in typing.get_args(hint) if item is not NoneType]
        return None if value is None else _value(choices[0], value, where)
    if dataclasses.is_dataclass(hint):
        return _read(hint, value, where)
    if origin is Literal:
        possible = value in typing.get_args(hint)
    elif origin is dict:
        possible = isinstance(value, dict) and all(isinstance(text, str) for text in [*value, *value.values()])
    elif hint is float:
        possible = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    elif hint is int:
        possible = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    elif hint is str:
        possible = isinstance(value, str) and len(value) <= LONGEST_TEXT
    else:
        possible = isinstance(value, hint)
    if not possible:
        raise BenchError(f"{where}: {repr(value)[:100]} is not possible here.")
    return value


def _has_no_default(item: Any) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
