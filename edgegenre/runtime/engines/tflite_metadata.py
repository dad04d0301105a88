"""The metadata buffers of a .tflite, read from the flatbuffer itself: a device's interpreter has no function for it."""

import struct

# Places of fields in the schema's tables Model, Metadata and Buffer.
_MODEL_BUFFERS, _MODEL_METADATA = 4, 6
_METADATA_NAME, _METADATA_BUFFER = 0, 1
_BUFFER_DATA = 0


def tflite_metadata(model: bytes, name: str) -> bytes:
    """The content of the metadata buffer `name`. Raises KeyError without one, ValueError when `model` is no .tflite."""
    try:
        root = _offset(model, 0)
        buffers = _vector(model, _field(model, root, _MODEL_BUFFERS))
        for entry in _tables(model, _vector(model, _field(model, root, _MODEL_METADATA))):
            if _bytes(model, _field(model, entry, _METADATA_NAME)) == name.encode():
                (index,) = struct.unpack_from("<I", model, _field(model, entry, _METADATA_BUFFER))
                buffer = _tables(model, buffers)[index]
                return _bytes(model, _field(model, buffer, _BUFFER_DATA))
    except (struct.error, IndexError) as error:
        raise ValueError(f"no flatbuffer of a model ({error})") from error
    raise KeyError(name)


def _field(model: bytes, table: int, number: int) -> int:
    """Where a table's field lies. Raises KeyError when it has none."""
    (back,) = struct.unpack_from("<i", model, table)
    entries = table - back
    size, *_ = struct.unpack_from("<H", model, entries)
    place = 4 + 2 * number
    (distance,) = struct.unpack_from("<H", model, entries + place) if place < size else (0,)
    if distance == 0:
        raise KeyError(f"field {number}")
    return table + distance


def _offset(model: bytes, place: int) -> int:
    (distance,) = struct.unpack_from("<I", model, place)
    return place + distance


def _vector(model: bytes, field: int) -> tuple[int, int]:
    """First element and length."""
    start = _offset(model, field)
    (length,) = struct.unpack_from("<I", model, start)
    return start + 4, length


def _tables(model: bytes, vector: tuple[int, int]) -> list[int]:
    start, length = vector
    return [_offset(model, start + 4 * index) for index in range(length)]


def _bytes(model: bytes, field: int) -> bytes:
    start, length = _vector(model, field)
    return model[start : start + length]
