"""Result files: JSON lists of records, of one machine or of many, and what `bench/trust.py` writes."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from edgegenre.errors import BenchError
from edgegenre.files import write_json
from edgegenre.records.record import Record
from edgegenre.records.trust_file import accuracy_records, is_trust_file
from edgegenre.untrusted import UnreadableError, check_unicode, parse_json, read_json

MOST_RECORDS = 10_000
"""In one file."""


def write_records(path: Path, records: Sequence[Record]) -> None:
    """Replace `path` by a JSON list of records."""
    write_json(path, [record.to_dict() for record in records])


def read_records(path: Path) -> list[Record]:
    """The records of a JSON file, or of every *.json file in and below a folder, in the order of their dates.

    Raises BenchError when a file is missing, no list of records, or of another schema.
    """
    path = Path(path)
    if path.is_dir():
        return merged(read_records(file) for file in sorted(path.rglob("*.json")))
    try:
        data = read_json(path)
    except FileNotFoundError as error:
        raise BenchError(f"{path}: no such result file. `edgegenre bench --json {path}` writes one.") from error
    except (OSError, UnreadableError) as error:
        raise BenchError(f"{path}: cannot be read ({error}). Measure again with `edgegenre bench`.") from error
    return _records(data, str(path))


def parse_records(text: str | bytes, source: str) -> list[Record]:
    """The records of a JSON list from somewhere else than a file. Raises BenchError that begins with `source`."""
    try:
        return _records(parse_json(text), source)
    except UnreadableError as error:
        raise BenchError(f"{source}: cannot be read ({error}). Measure again.") from error


def merged(lists: Iterable[Iterable[Record]]) -> list[Record]:
    """The records of several files or machines, oldest first; one that is in two lists is taken once."""
    found = {json.dumps(record.to_dict(), sort_keys=True): record for records in lists for record in records}
    return sorted(found.values(), key=lambda record: record.date)


def _records(data: Any, source: str) -> list[Record]:
    try:
        check_unicode(data)
        if is_trust_file(data):
            return accuracy_records(data)
        if not isinstance(data, list):
            raise BenchError("not a list of results. Measure again with `edgegenre bench`.")
        if len(data) > MOST_RECORDS:
            raise BenchError(f"{len(data)} results, more than {MOST_RECORDS}. Split the file.")
        return [Record.from_dict(item) for item in data]
    except UnreadableError as error:
        raise BenchError(f"{source}: cannot be read ({error}). Measure again with `edgegenre bench`.") from error
    except BenchError as error:
        raise BenchError(f"{source}: {error}") from error
