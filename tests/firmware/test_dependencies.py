"""The files of the C runtime stand in floors, too: none needs another one that needs it."""

import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.firmware.builds import project
from tests.support import program


@pytest.mark.parametrize("name", ["odd", "recurrent", "wide-odd", "summary"])
def test_no_two_files_of_the_runtime_need_each_other(name: str, tmp_path: Path) -> None:
    sources = sorted((project(name) / "src").glob("*.c"))
    include = ["-I", project(name) / "include", "-I", project(name) / "src"]
    subprocess.run([program("gcc", "gcc"), "-O1", "-c", *include, *sources], check=True, cwd=tmp_path)
    defined: dict[str, str] = {}
    wanted: dict[str, set[str]] = {}
    for path in sorted(tmp_path.glob("*.o")):
        done = subprocess.run([program("nm", "binutils"), path], capture_output=True, text=True, check=True)
        kinds = [line.split()[-2:] for line in done.stdout.splitlines()]
        defined |= {symbol: path.stem for kind, symbol in kinds if kind.isupper() and kind != "U"}
        wanted[path.stem] = {symbol for kind, symbol in kinds if kind == "U"}
    needs = {stem: {defined[symbol] for symbol in symbols & defined.keys()} for stem, symbols in wanted.items()}
    assert "eg_frontend" in needs["eg_stream"]
    order = list(TopologicalSorter(needs).static_order())
    assert order.index("eg_frontend") < order.index("eg_stream")
