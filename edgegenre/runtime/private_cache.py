"""Programs that were made on this machine, kept for the next time: only what nobody else could have put there.

An entry is the content followed by its SHA-256. A damaged one (a power cut, a full disk) is as good as none, and a
folder that others could write to is not looked into. Where nothing can be kept, nothing is: it is only a cache.
"""

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from edgegenre.errors import EdgegenreError
from edgegenre.files import cache_folder, replacing_file
from edgegenre.untrusted import UnreadableError, read_bytes

LARGEST_ENTRY = 64 << 20
"""Bytes."""

_DIGEST_BYTES = hashlib.sha256().digest_size
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class PrivateCache:
    """Entries by name in the folder `kind` of the cache folder, which is this user's alone."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def read(self, name: str) -> bytes | None:
        """The content stored as `name`; None when there is none, it is damaged, or others could have written it."""
        folder = self._folder()
        if folder is None:
            return None
        try:
            stored = read_bytes(folder / name, largest=LARGEST_ENTRY)
        except (OSError, UnreadableError):
            return None
        content, digest = stored[:-_DIGEST_BYTES], stored[-_DIGEST_BYTES:]
        return content if content and hashlib.sha256(content).digest() == digest else None

    def write(self, name: str, content: bytes) -> None:
        """Keep `content`, in one step; without a word where that is not possible."""
        folder = self._folder()
        if folder is None:
            return
        with contextlib.suppress(OSError, EdgegenreError), replacing_file(folder / name) as temporary:
            temporary.write_bytes(content + hashlib.sha256(content).digest())

    def _folder(self) -> Path | None:
        """The folder, made if need be; None when it cannot be, or belongs to or can be written by anyone else."""
        try:
            folder = cache_folder() / self._kind
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            status = folder.lstat()
        except (OSError, EdgegenreError, ValueError):  # EdgegenreError: a user without a home folder
            return None
        if not stat.S_ISDIR(status.st_mode) or not _is_ours(status):
            return None
        return folder


def _is_ours(status: os.stat_result) -> bool:
    if not hasattr(os, "geteuid"):  # Windows keeps a user's folders from others by itself
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _WRITABLE_BY_OTHERS
