"""What a killed process left of its temporary files is removed by the next one; what another still writes is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgegenre.errors import EdgegenreError
from edgegenre.files import cache_folder, remove_leftovers, replacing_file, replacing_folder
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from tests.bundles import write_sounds

ROOT = Path(__file__).resolve().parents[1]

WRITER = """
import sys, time
from pathlib import Path
from edgegenre.files import replacing_file, replacing_folder
with replacing_file(Path("a/song.npy")) as one, replacing_folder(Path("b/bundle")) as two:
    one.write_text("half")
    (two / "file").write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def writer(tmp_path: Path):
    """A process that is in the middle of writing a file in a/ and a folder in b/."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER], cwd=tmp_path, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.kill()
    process.communicate()


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_leftovers_of_a_killed_process_are_removed_and_nothing_else(writer, tmp_path: Path) -> None:
    (tmp_path / "a" / ".song.npy.mine").touch()
    (tmp_path / "a" / ".hidden").touch()
    writing = names(tmp_path)
    assert len(writing) == 7
    remove_leftovers(tmp_path, below=True)
    assert names(tmp_path) == writing, "the process still writes them"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    remove_leftovers(tmp_path)
    assert names(tmp_path) == writing, "not below, unless asked to"
    remove_leftovers(tmp_path, below=True)
    assert names(tmp_path) == ["a", "a/.hidden", "a/.song.npy.mine", "b"]


def test_the_next_export_removes_what_a_killed_one_left_beside_it(writer, tmp_path: Path) -> None:
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    with replacing_folder(tmp_path / "b" / "bundle") as temporary:
        (temporary / "file").touch()
    assert names(tmp_path / "b") == ["bundle", "bundle/file"]


def test_a_name_as_long_as_a_file_system_takes_can_be_replaced(tmp_path: Path) -> None:
    with replacing_file(tmp_path / ("n" * 250)) as temporary:
        temporary.write_text("whole")
    assert os.listdir(tmp_path) == ["n" * 250]


FULL = """
import resource, sys
from pathlib import Path
from edgegenre.errors import EdgegenreError
from edgegenre.files import write_text
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_text(Path("big.txt"), "x" * 100_000)
except EdgegenreError as error:
    print(error)
"""


def test_a_disk_that_takes_no_more_is_one_sentence_with_the_path(tmp_path: Path) -> None:
    """As a limit on the size of files, which needs no full disk to try."""
    result = subprocess.run(
        [sys.executable, "-c", FULL],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert (
        result.stdout
        == "big.txt: cannot be written (File too large). Free some space there, or choose another folder.\n"
    )
    assert os.listdir(tmp_path) == []


def test_a_tilde_in_the_cache_s_place_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EDGEGENRE_CACHE", "~/x")
    monkeypatch.chdir(tmp_path)
    (song, *_) = sorted(write_sounds(tmp_path / "music", tracks=1).rglob("*.wav"))
    FeatureCache().features(song, LIANG_MFCC)
    assert cache_folder() == tmp_path / "home" / "x"
    assert list((tmp_path / "home" / "x" / "features").rglob("*.npy"))
    assert not (tmp_path / "~").exists()


def test_a_folder_that_may_not_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(EdgegenreError, match="Choose a folder that you may write to"),
        replacing_folder(tmp_path / "file" / "bundle"),
    ):
        pass


def test_a_cache_that_may_not_be_written_to_says_how_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home folder that is a file stands for one that is not ours: root may write that."""
    monkeypatch.delenv("EDGEGENRE_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/dev/null")
    (song, *_) = sorted(write_sounds(tmp_path / "music", tracks=1).rglob("*.wav"))
    with pytest.raises(EdgegenreError, match=r"\(Not a directory\). Set EDGEGENRE_CACHE to a folder that you may"):
        FeatureCache().features(song, LIANG_MFCC)


def test_a_user_without_a_home_folder_is_told_how_a_cache_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_CACHE", "~nobody-has-this-name/cache")
    with pytest.raises(EdgegenreError, match=r"has no home folder\. Set EDGEGENRE_CACHE"):
        cache_folder()
