"""One process trains a run at a time; the lock of a process that died is taken over."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from edgegenre.errors import TrainingError
from edgegenre.runs.lock import locked

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import sys, time
from pathlib import Path
from edgegenre.runs.lock import locked
with locked(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.kill()
    process.communicate()


def test_a_run_that_another_process_trains_is_refused_with_that_process(holder, tmp_path: Path) -> None:
    with (
        pytest.raises(TrainingError, match=rf"process {holder.pid} is training this run.*--resume RUN"),
        locked(tmp_path),
    ):
        pass
    assert (tmp_path / "lock").read_text() == f"{holder.pid}\n", "the other's lock stays"


def test_the_lock_of_a_killed_process_is_taken_over(holder, tmp_path: Path) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert (tmp_path / "lock").exists()
    with locked(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    assert os.listdir(tmp_path) == []


def test_a_lock_is_gone_when_its_work_fails(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), locked(tmp_path):
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_of_many_at_once_one_gets_in_at_a_time(tmp_path: Path) -> None:
    """Each takes the lock as often as it can and counts in a file, without care: lost counts would show."""
    program = """
import sys
from pathlib import Path
from edgegenre.errors import TrainingError
from edgegenre.runs.lock import locked
folder, done = Path(sys.argv[1]), 0
while done < 100:
    try:
        with locked(folder):
            count = int((folder / "count").read_text())
            (folder / "count").write_text(str(count + 1))
            done += 1
    except TrainingError:
        pass
"""
    (tmp_path / "count").write_text("0")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    racers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], env=environment) for _ in range(3)]
    assert [racer.wait(timeout=120) for racer in racers] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "300"
    assert os.listdir(tmp_path) == ["count"]
