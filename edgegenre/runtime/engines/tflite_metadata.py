"""The metadata buffers of a .tflite, read from the flatbuffer itself: a device's interpreter has no function for it."""

from edgegenre.runtime.flatbuffer import Flatbuffer

# Places of fields in the schema's tables Model, Metadata and Buffer.
_MODEL_BUFFERS, _MODEL_METADATA = 4, 6
_METADATA_NAME, _METADATA_BUFFER = 0, 1
_BUFFER_DATA = 0


def tflite_metadata(model: bytes, name: str) -> bytes:
    """The content of the metadata buffer `name`.

    Raises KeyError without one, UnreadableError (a ValueError) when `model` is no .tflite.
    """
    root = Flatbuffer(model).root()
    buffers = root.tables(_MODEL_BUFFERS)
    for entry in root.tables(_MODEL_METADATA):
        index = entry.integer(_METADATA_BUFFER)
        if bytes(entry.bytes(_METADATA_NAME)) == name.encode() and 0 <= index < len(buffers):
            return bytes(buffers[index].bytes(_BUFFER_DATA))
    raise KeyError(name)
