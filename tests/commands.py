"""Running the command line as a person does: the real error boundary, streams and exit statuses."""

import io
import os
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from edgegenre.cli.main import run


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a command left behind."""

    status: int
    stdout: str
    stderr: str


def edgegenre(*arguments: str | Path, folder: Path | None = None) -> Outcome:
    """Run one command line in this process, in `folder`; an exception that gets out is a bug and fails the test."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder or os.curdir), redirect_stdout(out), redirect_stderr(err):
        status = run([str(argument) for argument in arguments])
    return Outcome(status=status, stdout=out.getvalue(), stderr=err.getvalue())


def refusal(*arguments: str | Path, folder: Path | None = None) -> str:
    """The one sentence with which the command line refuses; fails unless it is one line, with exit status 2."""
    outcome = edgegenre(*arguments, folder=folder)
    assert outcome.status == 2, outcome
    assert outcome.stdout == ""
    (line,) = [line for line in outcome.stderr.splitlines() if line.startswith("edgegenre: ")]
    assert outcome.stderr.rstrip().endswith(line), "something follows the message"
    assert "Traceback" not in outcome.stderr
    assert line.endswith((".", ")")) or "." in line
    return line.removeprefix("edgegenre: ")
