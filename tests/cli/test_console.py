"""What a person sees while a command works: on a terminal, in a log file, through a pipe."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from tests.commands import edgegenre


def on_a_terminal(*arguments: str | Path, columns: int = 100, encoding: str = "utf-8") -> str:
    """Everything a command shows on a real (pseudo) terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "edgegenre.cli.main", *map(str, arguments)]
    environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "40"}
    environment |= {"PYTHONIOENCODING": encoding}
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux reports the end of a terminal as an error
                break
            if not part:
                break
            shown += part
    os.close(ours)
    assert process.returncode == 0, shown
    return shown.decode(encoding, "replace")


def test_a_terminal_gets_a_bar(tiny: Path) -> None:
    shown = on_a_terminal("eval", tiny / "bundle", "--data", tiny / "music")
    assert "scoring on onnxruntime" in shown
    assert "30/30" in shown
    assert "━" in shown


def test_a_terminal_gets_bars_that_move_while_it_listens(tiny: Path) -> None:
    shown = on_a_terminal("listen", tiny / "music" / "low" / "00.wav", "--bundle", tiny / "bundle")
    assert shown.count("█") > 20
    assert "provisional" in shown
    assert "2.1 s" in shown


def test_a_log_file_gets_a_line_at_the_start_and_the_end(tiny: Path) -> None:
    outcome = edgegenre("eval", tiny / "bundle", "--data", tiny / "music")
    first, last = outcome.stderr.splitlines()
    assert first.startswith("scoring on onnxruntime")
    assert "done" in last
    assert "\x1b" not in outcome.stdout + outcome.stderr


def test_a_file_name_that_is_no_text_can_be_answered(tiny: Path, tmp_path: Path) -> None:
    song = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav"))
    with song.open("wb") as stream:
        pcm, rate = soundfile.read(tiny / "music" / "low" / "00.wav")
        soundfile.write(stream, pcm, rate, format="WAV")
    for options in ([], ["--json"]):
        command = [sys.executable, "-m", "edgegenre.cli.main", "classify", song, "--bundle", tiny / "bundle", *options]
        result = subprocess.run(command, capture_output=True, timeout=60)
        assert result.returncode == 0, result.stderr
        assert b"caf" in result.stdout


@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_terminal_without_blocks_and_dots_gets_others(tiny: Path, tmp_path: Path, encoding: str) -> None:
    shutil.copytree(tiny / "music", tmp_path / "música…")
    shown = on_a_terminal("eval", tiny / "bundle", "--data", tmp_path / "música…", encoding=encoding)
    assert "30/30" in shown
    shown = on_a_terminal("listen", tiny / "music" / "low" / "00.wav", "--bundle", tiny / "bundle", encoding=encoding)
    assert shown.count("#") > 20
    shown = on_a_terminal("data", "check", tmp_path / "música…", encoding=encoding)
    assert "30 usable tracks" in shown


def test_a_table_that_does_not_fit_is_shown_line_by_line(tiny: Path) -> None:
    wide = on_a_terminal("models", columns=240)
    assert "name: ds-cnn1" not in wide
    narrow = on_a_terminal("models", columns=46)
    for name in ("ds-cnn1", "crnn3"):
        assert len([line for line in narrow.splitlines() if line.strip() == f"model: {name}"]) == 1
    shown = on_a_terminal("eval", tiny / "bundle", "--data", tiny / "music", columns=30)
    assert "precision: " in shown
