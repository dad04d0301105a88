"""The compiled C runtime: kept where only its user can write, checked before it is loaded, made anew if wrong."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgegenre.errors import ExportError
from edgegenre.export.c.project import write_firmware
from edgegenre.runtime.compile_c import compile_c, host_compiler
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.runtime.engines.native_library import native_library
from edgegenre.runtime.private_cache import PrivateCache
from tests.networks import random_integer_network
from tests.support import program

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program("cc", "gcc")
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "native"


def computed() -> np.ndarray:
    """Logits of the engine, as a fresh process would load it."""
    network = random_integer_network("odd")
    return NativeEngine(network).logits(np.zeros((1, 61, 12), np.int8))


def only(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_a_library_is_compiled_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed()
    made = only(cache).stat().st_mtime_ns
    monkeypatch.setenv("TMPDIR", "/nonexistent")  # nothing could be compiled now
    computed()
    assert only(cache).stat().st_mtime_ns == made
    assert cache.stat().st_mode & 0o777 == 0o700
    if sys.platform == "linux":  # from memory: no folder has to allow that programs in it are run
        mapped = [line for line in Path("/proc/self/maps").read_text().splitlines() if " r-xp " in line]
        assert any("memfd:edgegenre-native" in line for line in mapped)
        assert not any(str(cache) in line for line in mapped)
    monkeypatch.delenv("TMPDIR")
    native_library(random_integer_network("odd"), "q31")
    assert len(list(cache.iterdir())) == 2


def empty(path: Path) -> None:
    path.write_bytes(b"")


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def become_a_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_a_folder(path: Path) -> None:
    path.unlink()
    (path / "full").mkdir(parents=True)


def become_endless(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def test_a_damaged_library_is_never_loaded_and_made_anew(cache: Path) -> None:
    expected = computed()
    sound = only(cache).read_bytes()
    empty(only(cache))
    np.testing.assert_array_equal(computed(), expected)
    assert only(cache).read_bytes() == sound


@pytest.mark.parametrize("damage", [empty, truncate, flip, become_a_fifo, become_a_folder, become_endless])
def test_a_damaged_entry_is_none(cache: Path, damage: Callable[[Path], None]) -> None:
    store = PrivateCache("native")
    content = bytes(range(256)) * 100
    store.write("x.so", content)
    assert store.read("x.so") == content
    damage(cache / "x.so")
    assert store.read("x.so") is None
    store.write("x.so", content)
    assert store.read("x.so") == (None if damage is become_a_folder else content)


def open_to_others(folder: Path) -> None:
    folder.chmod(0o770)


def become_a_link(folder: Path) -> None:
    elsewhere = folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(elsewhere)


@pytest.mark.parametrize("change", [open_to_others, become_a_link])
def test_a_folder_that_others_can_write_to_is_not_looked_into(cache: Path, change: Callable[[Path], None]) -> None:
    """A stranger's library there bears the right name and the right hash."""
    store = PrivateCache("native")
    store.write("x.so", b"content")
    assert store.read("x.so") == b"content"
    change(cache)
    assert store.read("x.so") is None
    store.write("y.so", b"content")
    assert not (cache / "y.so").exists()


def test_a_folder_of_another_user_is_not_looked_into(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PrivateCache("native")
    store.write("x.so", b"content")
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert store.read("x.so") is None


def test_where_nothing_can_be_kept_the_engine_works_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "file" / "cache"))
    assert computed().shape == (1, 5)


WITHOUT_A_HOME = """
import os
from edgegenre.runtime.engines.native import NativeEngine
from tests.networks import random_integer_network
import numpy as np
network = random_integer_network("odd")
if os.geteuid() == 0:
    os.setgid(54321)
    os.setuid(54321)
print(NativeEngine(network).logits(np.zeros((1, 61, 12), np.int8)).shape)
"""


def test_a_user_without_a_home_or_a_name_runs_it(tmp_path: Path) -> None:
    """As in a container that is started with any user number."""
    environment = {name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS") if name in os.environ}
    environment |= {"PYTHONPATH": str(ROOT)} | ({} if os.geteuid() == 0 else {"HOME": "/nonexistent"})
    command = [sys.executable, "-c", WITHOUT_A_HOME]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert (done.stdout.strip(), done.returncode) == ("(1, 5)", 0), done.stderr


def test_an_installation_that_is_read_only_is_copied_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = shutil.copytree(ROOT / "firmware_export", tmp_path / "firmware_export")
    shutil.copyfile(ROOT / "LICENSE", tmp_path / "LICENSE")
    for path in (installed, *installed.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    monkeypatch.setattr("edgegenre.export.c.project.room", lambda name: tmp_path / name)
    write_firmware(random_integer_network("odd"), None, ("a",) * 5, tmp_path / "out")
    assert all(path.stat().st_mode & 0o200 for path in (tmp_path / "out").rglob("*"))


def test_a_compiler_may_be_a_command_of_several_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As "ccache gcc" is."""
    wrapper = tmp_path / "wrap per"
    wrapper.write_text('#!/bin/sh\nexec "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("CC", f"'{wrapper}' cc -DNOTHING")
    assert host_compiler() == (str(wrapper), "cc", "-DNOTHING")
    assert "#define NOTHING 1" in compile_c(host_compiler(), ["-E", "-dM", "-x", "c", os.devnull])


@pytest.mark.parametrize(("chosen", "message"), [("'gcc", "no command"), ("no-such-cc -m32", "'no-such-cc' is not")])
def test_a_compiler_that_is_none_is_one_sentence(chosen: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", chosen)
    with pytest.raises(ExportError, match=message):
        host_compiler()


def test_a_full_disk_is_called_that(tmp_path: Path) -> None:
    """/dev/full is a disk without a byte left."""
    (tmp_path / "a.c").write_text("int x;\n")
    with pytest.raises(ExportError, match="the disk is full"):
        compile_c("cc", ["-S", tmp_path / "a.c", "-o", "/dev/full"])


def test_a_temporary_folder_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")
    with pytest.raises(ExportError, match=r"/nonexistent.*: cannot be written .*TMPDIR"):
        native_library(random_integer_network("odd"), "float32")
