"""Real boards: what `edgegenre firmware size` measures against."""

import tomllib
from dataclasses import dataclass

from edgegenre.errors import ExportError, did_you_mean
from edgegenre.rooms import room


@dataclass(frozen=True, kw_only=True)
class Board:
    """One board. ram, flash: bytes. clock: Hz. source: what these were read in and which revision
    of it, "unverified", or "given" by the user.
    """

    name: str
    core: str
    target: str
    ram: int
    flash: int
    clock: int
    source: str


def boards() -> dict[str, Board]:
    """The boards of firmware_export/boards.toml, by name."""
    with (room("firmware_export") / "boards.toml").open("rb") as file:
        return {name: Board(name=name, **values) for name, values in tomllib.load(file).items()}


def board(name: str) -> Board:
    """The board `name`. Raises ExportError that lists them all when there is none."""
    known = boards()
    if name not in known:
        raise ExportError(f"board '{name}' is not known.{did_you_mean(name, known)} Known: {', '.join(known)}.")
    return known[name]
