"""The C runtime with one network's tables as a shared library: compiled on demand, kept in a cache, loaded by ctypes.

What is compiled are this installation's own sources with tables made from the model's integers; C files that lie in a
bundle are never run.
"""

import contextlib
import ctypes
import functools
import hashlib
import os
import sys
import tempfile
from pathlib import Path

from edgegenre.errors import ExportError
from edgegenre.export.c.project import write_firmware
from edgegenre.export.c.tables import model_texts
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.requantize import Arithmetic
from edgegenre.rooms import room
from edgegenre.runtime.compile_c import OPTIONS, arithmetic_flag, compile_c, host_compiler
from edgegenre.runtime.objects import objects
from edgegenre.runtime.private_cache import PrivateCache

CACHE = PrivateCache("native")
"""Names are hashes of everything that goes in: tables, sources, compiler, options, what this processor can do."""


def native_library(integers: IntegerNetwork, arithmetic: Arithmetic) -> ctypes.CDLL:
    """The library of `integers`, from the cache or freshly compiled.

    Raises ExportError when it cannot be compiled or loaded.
    """
    compiler = host_compiler()
    options = (*OPTIONS, *_processor_options(compiler), "-fPIC", "-shared", arithmetic_flag(arithmetic))
    labels = tuple(str(index) for index in range(integers.classes))
    digest = hashlib.sha256(_processor(compiler).encode() + repr((compiler, options)).encode())
    made = model_texts(integers, None, labels)
    for text in (made.header, made.source):
        digest.update(text.encode())
    for path in sorted(path for path in room("firmware_export").rglob("*.[ch]") if path.is_file()):
        digest.update(path.name.encode() + path.read_bytes())
    name = f"{digest.hexdigest()}.so"
    kept = CACHE.read(name)
    if kept is not None:
        with contextlib.suppress(ExportError):  # of another C library, where a home is shared by machines
            return _loaded(kept)
    content = _compiled(integers, labels, compiler, options)
    CACHE.write(name, content)
    return _loaded(content)


def _compiled(
    integers: IntegerNetwork, labels: tuple[str, ...], compiler: tuple[str, ...], options: tuple[str, ...]
) -> bytes:
    native = room("firmware_export") / "native"
    try:
        with tempfile.TemporaryDirectory(prefix="edgegenre-native-") as name:
            folder = Path(name)
            project, library = folder / "firmware", folder / "library.so"
            write_firmware(integers, None, labels, project)
            sources = [*sorted((project / "src").glob("*.c")), native / "eg_native.c"]
            include: list[str | Path] = ["-I", project / "include", "-I", project / "src", "-I", native]
            made = objects(compiler, [*options, *include], sources, folder)
            compile_c(compiler, [*options, *made, "-o", library])
            return library.read_bytes()
    except OSError as error:
        where = error.filename or tempfile.gettempdir()
        raise ExportError(
            f"{where}: cannot be written ({error.strerror or error}). Free some space, or set TMPDIR to another folder."
        ) from error


@functools.cache
def _processor_options(compiler: tuple[str, ...]) -> tuple[str, ...]:
    """-march=native where the compiler knows it (32-bit Arm compilers need -mcpu)."""
    for option in ("-march=native", "-mcpu=native"):
        try:
            compile_c(compiler, [option, "-E", "-x", "c", os.devnull])
        except ExportError:
            continue
        return (option,)
    return ()


@functools.cache
def _processor(compiler: tuple[str, ...]) -> str:
    """Every macro the compiler defines for this processor, the compiler's version among them."""
    return compile_c(compiler, [*_processor_options(compiler), "-E", "-dM", "-x", "c", os.devnull])


@functools.cache
def _loaded(content: bytes) -> ctypes.CDLL:
    """The library in `content`: these very bytes, whatever happens to a file meanwhile."""
    try:
        library = ctypes.CDLL(_place(content))
    except OSError as error:
        raise ExportError(
            f"the compiled C runtime cannot be loaded ({error}). Set TMPDIR to another folder."
        ) from error
    library.eg_native_context_bytes.restype = ctypes.c_uint32
    library.eg_native_clips.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p]
    library.eg_native_clips.restype = None
    library.eg_native_init.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.eg_native_init.restype = None
    library.eg_native_reset.argtypes = [ctypes.c_void_p]
    library.eg_native_reset.restype = None
    library.eg_native_push.argtypes = [
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_void_p,
        ctypes.c_uint32,
    ]
    library.eg_native_push.restype = ctypes.c_uint32
    library.eg_native_profile.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.eg_native_profile.restype = None
    return library


def _place(content: bytes) -> str:
    """A path from which `content` can be loaded.

    On Linux it is memory alone: a home or a temporary folder may forbid to run what lies there. It stays open, as
    another library under the same number would be taken for this one.
    """
    if sys.platform == "linux":
        memory = os.memfd_create("edgegenre-native")
        with os.fdopen(os.dup(memory), "wb") as stream:
            stream.write(content)
        return f"/proc/self/fd/{memory}"
    folder = tempfile.mkdtemp(prefix="edgegenre-native-")
    path = Path(folder) / "library.so"
    path.write_bytes(content)
    return str(path)
