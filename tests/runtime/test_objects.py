"""Objects of the C runtime are compiled once for all networks, and again whenever anything would make them others."""

from pathlib import Path

import pytest

from edgegenre.errors import ExportError
from edgegenre.runtime.objects import objects
from tests.support import program

HEADER = "#define SCALE {scale}\n#define UNUSED {unused}\n"
SOURCE = '#include "sizes.h"\nint scaled(int x) { return SCALE * x + ADDED; }\n'


class Project:
    """A source that reads a generated header, in a folder of its own."""

    def __init__(self, folder: Path, *, scale: int = 3, unused: int = 1) -> None:
        self.folder = folder
        (folder / "made").mkdir(parents=True)
        (folder / "sizes.h").write_text(HEADER.format(scale=scale, unused=unused))
        self.source, self.tables = folder / "scaled.c", folder / "eg_model.c"
        self.source.write_text(SOURCE)
        self.tables.write_text("const int table = 5;\n")

    def compiled(self, *options: str) -> bytes:
        """The object of the source."""
        words = ["-O1", "-DADDED=1", *options, "-I", self.folder]
        made = objects(program("gcc", "gcc"), words, [self.source, self.tables], self.folder / "made")
        assert [path.parent for path in made] == [self.folder / "made"] * 2
        return made[0].read_bytes()


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where objects are kept."""
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "objects"


def test_another_network_s_header_compiles_nothing_anew_where_it_changes_nothing(kept: Path, tmp_path: Path) -> None:
    first = Project(tmp_path / "first").compiled()
    (entry,) = kept.iterdir()  # the tables are not kept: they belong to one network
    before = entry.stat().st_mtime_ns
    assert Project(tmp_path / "second", unused=2).compiled() == first
    assert [path.stat().st_mtime_ns for path in kept.iterdir()] == [before]


@pytest.mark.parametrize("options", [("-DADDED=2",), ("-O2",), ("-m32",)])
def test_another_option_is_another_object(kept: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    first = Project(tmp_path / "first").compiled()
    assert Project(tmp_path / "second").compiled(*options) != first
    assert len(list(kept.iterdir())) == 2


def test_a_header_that_changes_what_is_computed_is_another_object(kept: Path, tmp_path: Path) -> None:
    first = Project(tmp_path / "first").compiled()
    assert Project(tmp_path / "second", scale=4).compiled() != first
    assert len(list(kept.iterdir())) == 2


def test_a_damaged_object_is_compiled_again(kept: Path, tmp_path: Path) -> None:
    first = Project(tmp_path / "first").compiled()
    (entry,) = kept.iterdir()
    entry.write_bytes(entry.read_bytes()[:-40] + bytes(40))
    assert Project(tmp_path / "second").compiled() == first


def test_what_the_compiler_refuses_is_one_sentence(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot build the C runtime"):
        Project(tmp_path / "first").compiled("-DADDED=)")
    assert not kept.exists() or not list(kept.iterdir())
