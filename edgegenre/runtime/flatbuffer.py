"""Reading a flatbuffer that may be damaged or made to harm: every place is checked before it is read."""

import struct

from edgegenre.untrusted import UnreadableError

MOST_ENTRIES = 1_000_000
"""Of all vectors that are read."""


class Flatbuffer:
    """The bytes of one file. Whatever is outside them, or too much, is an UnreadableError."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._left = MOST_ENTRIES

    def root(self) -> "Table":
        """The table that the file is."""
        return Table(self, self.target(0))

    def number(self, form: str, place: int) -> int:
        """One number in `struct`'s form."""
        if not 0 <= place <= len(self._content) - struct.calcsize(form):
            raise UnreadableError("no flatbuffer: it points outside itself")
        value: int = struct.unpack_from(form, self._content, place)[0]
        return value

    def target(self, place: int) -> int:
        """Where the offset at `place` points to."""
        return place + self.number("<I", place)

    def vector(self, place: int, size: int) -> tuple[int, int]:
        """First place and length of the vector that `place` points to; its items have `size` bytes."""
        start = self.target(place)
        length = self.number("<I", start)
        if size * length > len(self._content) - start - 4:
            raise UnreadableError("no flatbuffer: a vector ends outside it")
        if size > 1:
            self._left -= length
            if self._left < 0:
                raise UnreadableError(f"it has more than {MOST_ENTRIES} entries")
        return start + 4, length

    def part(self, start: int, length: int) -> memoryview:
        """Bytes that `vector` has found."""
        return self._content[start : start + length]


class Table:
    """A table and its optional fields, by number; what is not there reads as 0 or empty."""

    def __init__(self, buffer: Flatbuffer, place: int) -> None:
        self._buffer, self._place = buffer, place
        self._entries = place - buffer.number("<i", place)
        self._size = buffer.number("<H", self._entries)

    def has(self, field: int) -> bool:
        """Whether the field is there."""
        return self._field(field) is not None

    def byte(self, field: int) -> int:
        """A field of one byte with a sign."""
        place = self._field(field)
        return 0 if place is None else self._buffer.number("<b", place)

    def integer(self, field: int) -> int:
        """A field of 32 bits with a sign."""
        place = self._field(field)
        return 0 if place is None else self._buffer.number("<i", place)

    def bytes(self, field: int) -> memoryview:
        """A vector of bytes, or a text."""
        place = self._field(field)
        return memoryview(b"") if place is None else self._buffer.part(*self._buffer.vector(place, 1))

    def numbers(self, field: int) -> list[int]:
        """A vector of numbers of 32 bits with a sign."""
        place = self._field(field)
        if place is None:
            return []
        start, length = self._buffer.vector(place, 4)
        return list(struct.unpack(f"<{length}i", self._buffer.part(start, 4 * length)))

    def tables(self, field: int) -> "list[Table]":
        """A vector of tables."""
        place = self._field(field)
        if place is None:
            return []
        start, length = self._buffer.vector(place, 4)
        return [Table(self._buffer, self._buffer.target(start + 4 * index)) for index in range(length)]

    def _field(self, field: int) -> int | None:
        place = 4 + 2 * field
        distance = self._buffer.number("<H", self._entries + place) if place < self._size else 0
        return self._place + distance if distance else None
