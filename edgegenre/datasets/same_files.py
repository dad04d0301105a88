"""Which files of one folder are those of another, whatever they are called there."""

from collections.abc import Iterable
from pathlib import Path

from edgegenre.files import sha256


def same_files(ones: Iterable[Path], others: Iterable[Path]) -> list[tuple[Path, Path]]:
    """The pairs of `ones` and `others` with the same bytes; those of `others` that are not there are left out."""
    by_size: dict[int, list[Path]] = {}
    for path in others:
        if path.is_file():
            by_size.setdefault(path.stat().st_size, []).append(path)
    pairs = []
    for path in ones:
        alike = by_size.get(path.stat().st_size, [])
        digest = sha256(path) if alike else ""
        pairs += [(path, other) for other in alike if sha256(other) == digest]
    return pairs
