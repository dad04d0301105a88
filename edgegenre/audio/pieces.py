"""A file as its decoder should see it: some ranges of its bytes, and a few bytes that replace wrong ones."""

import bisect
import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Piece = tuple[int, int] | bytes
"""Bytes start to end (exclusive) of the file, or literal ones."""


class PiecedFile(io.RawIOBase):
    """Read-only and seekable: the pieces, one after another. The file is opened once; close it when done."""

    def __init__(self, path: Path, pieces: Sequence[Piece]) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._pieces = pieces
        sizes = (len(piece) if isinstance(piece, bytes) else piece[1] - piece[0] for piece in pieces)
        self._ends = list(itertools.accumulate(sizes))
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._ends[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer: fewer bytes come only at the end, because decoders take a short read for it."""
        view, filled = memoryview(buffer).cast("B"), 0
        while filled < len(view) and (part := self._part(len(view) - filled)):
            view[filled : filled + len(part)] = part
            filled += len(part)
            self._position += len(part)
        return filled

    def close(self) -> None:
        self._file.close()
        super().close()

    def _part(self, most: int) -> bytes:
        """Bytes from the present position on, all of one piece; none at the end, or where the file has shrunk."""
        number = bisect.bisect_right(self._ends, self._position)
        if number == len(self._pieces):
            return b""
        piece, first = self._pieces[number], self._ends[number - 1] if number else 0
        skipped, wanted = self._position - first, min(most, self._ends[number] - self._position)
        if isinstance(piece, bytes):
            return piece[skipped : skipped + wanted]
        self._file.seek(piece[0] + skipped)
        return self._file.read(wanted)
