"""Another computer, by the system's ssh: a folder of ours and the bundle go there, records come back.

Nothing there is changed but ~/.cache/edgegenre, where a virtual environment is made if no Python has what is needed.
Without Python our C runtime is measured alone (`ssh_program.py`). The folder is removed when the job is over.
"""

import dataclasses
import functools
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgegenre.errors import BenchError
from edgegenre.progress import Progress
from edgegenre.records.record import Record
from edgegenre.targets.cpu import measure
from edgegenre.targets.fresh_process import thread_environment
from edgegenre.targets.job import ALL_CORES, Job
from edgegenre.targets.messages import last_line, records_of
from edgegenre.targets.parcel import parcel
from edgegenre.targets.ssh_program import measure_program
from edgegenre.targets.target import Target

SCHEME = "ssh://"
_ADDRESS = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.-]*)@)?(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::(?P<port>\d{1,5}))?/?"
)

# The computer answers within these, or it is not there; a connection that is silent for as long is lost.
_OPTIONS = (
    "-o",
    "BatchMode=yes",
    "-o",
    "ConnectTimeout=10",
    "-o",
    "ServerAliveInterval=5",
    "-o",
    "ServerAliveCountMax=3",
)

NEEDED = "numpy, soundfile, soxr"
"""What the worker imports, as Python's import statement has it; of the engines as many as there are."""

PACKAGES = "numpy soundfile soxr"
ENGINES = ("ai-edge-litert", "onnxruntime", "onnx", "flatbuffers", "safetensors")

# Constant texts for the other computer's shell. Nothing of ours is put into them but the folder that it named itself.
_LOOK = """
set -e
folder=$(mktemp -d "${TMPDIR:-/tmp}/edgegenre-XXXXXX")
echo "folder $folder"
echo "machine $(uname -m)"
echo "cores $(nproc 2>/dev/null || echo 1)"
for python in "$HOME/.cache/edgegenre/bench/bin/python" python3; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    if "$python" -c 'import NEEDED' 2>/dev/null; then echo "ready $python"; break; fi
    echo "python $python"
  fi
done
""".replace("NEEDED", NEEDED)

_INSTALL = """
set -e
mkdir -p "$HOME/.cache/edgegenre"
python3 -m venv "$HOME/.cache/edgegenre/bench"
"$HOME/.cache/edgegenre/bench/bin/python" -m pip install --quiet --disable-pip-version-check PACKAGES 1>&2
for engine in ENGINES; do
  "$HOME/.cache/edgegenre/bench/bin/python" -m pip install --quiet --disable-pip-version-check "$engine" 1>&2 || true
done
echo "ready $HOME/.cache/edgegenre/bench/bin/python"
""".replace("PACKAGES", PACKAGES).replace("ENGINES", " ".join(ENGINES))


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where ssh connects to; user and port are None where ssh's own configuration decides. config: that
    configuration, instead of the user's own."""

    text: str
    host: str
    user: str | None
    port: int | None
    config: Path | None = None

    def command(self, remote: str) -> list[str]:
        """ssh, ready to run the shell command `remote`."""
        port = [] if self.port is None else ["-p", str(self.port)]
        user = [] if self.user is None else ["-l", self.user]
        config = [] if self.config is None else ["-F", str(self.config)]
        return ["ssh", *config, *_OPTIONS, *port, *user, "--", self.host, remote]


@dataclass(frozen=True, kw_only=True)
class Place:
    """What was found there. folder: made for this job. python: with all that is needed; None without any Python."""

    folder: str
    machine: str
    cores: int
    python: str | None


def ssh_target(name: str, config: Path | None) -> Target:
    """The computer at "ssh://[user@]host[:port]". config: of ssh, None for the user's own.

    Raises BenchError when the address is not well formed, or there is no such file.
    """
    if config is not None and not config.is_file():
        raise BenchError(f"{config}: no such file. --ssh-config names a configuration of ssh.")
    address = dataclasses.replace(parse_address(name), config=config)
    return Target(
        name=name,
        summary=f"the computer {address.host}, by ssh",
        kind="cpu",
        measure=measure,
        carry=functools.partial(_carry, address),
        thread_counts=(1, ALL_CORES),
    )


def parse_address(text: str) -> Address:
    """Read "ssh://[user@]host[:port]". Raises BenchError for anything else: no option of ssh gets in this way."""
    match = _ADDRESS.fullmatch(text.removeprefix(SCHEME))
    if match is None or int(match["port"] or 22) > 65535:
        raise BenchError(f"target '{text}': not an address. Write ssh://user@host or ssh://user@host:port.")
    port = None if match["port"] is None else int(match["port"])
    return Address(text=text, host=match["host"].strip("[]"), user=match["user"], port=port)


def _carry(address: Address, job: Job, progress: Progress) -> list[Record]:
    """Bring the job there, do it, bring the records back.

    Raises BenchError in one sentence: no such host, no answer, host key or our key refused, no disk, connection lost.
    """
    with _place(address, progress) as place:
        if place.python is None:
            return measure_program(job, place.machine, functools.partial(_run_there, address, place), progress)
        if job.threads == ALL_CORES and place.cores == 1:
            return []
        content, moved = parcel(job)
        progress.warn(f"{address.text}: copying {len(content) / 2**20:.1f} MiB")
        _shell(address, f"cd {shlex.quote(place.folder)} && tar -xzf -", content)
        return _working(address, address.command(_worker(place, job.threads or place.cores)), moved, progress)


@contextmanager
def _place(address: Address, progress: Progress) -> Iterator[Place]:
    """Look at the computer, make a folder there, and see to a Python; the folder is removed at the end."""
    found = _answers(_shell(address, "sh -s", _LOOK.encode()))
    try:
        folder, machine, cores = found["folder"], found["machine"], int(found["cores"])
    except (KeyError, ValueError) as error:
        raise BenchError(f"{address.text}: its shell does not answer as a Unix shell does.") from error
    if not re.fullmatch(r"/\S*/edgegenre-\w{6}", folder):
        raise BenchError(f"{address.text}: it made no folder for the job. Set TMPDIR there to one that can be written.")
    try:
        python = found.get("ready")
        if python is None and "python" in found:
            progress.warn(f"{address.text}: installing {NEEDED}, {', '.join(ENGINES)} into ~/.cache/edgegenre/bench")
            python = _answers(_shell(address, "sh -s", _INSTALL.encode())).get("ready")
        yield Place(folder=folder, machine=machine, cores=cores, python=python)
    finally:
        subprocess.run(  # noqa: S603  ssh, no shell here
            address.command(f"rm -rf {shlex.quote(folder)}"), capture_output=True, stdin=subprocess.DEVNULL, check=False
        )


def _run_there(address: Address, place: Place, program: bytes, data: bytes) -> bytes:
    """What `program` makes of `data` there."""
    remote = f"cd {shlex.quote(place.folder)} && cat > program && chmod +x program"
    _shell(address, remote, program)
    return _shell(address, f"cd {shlex.quote(place.folder)} && exec ./program", data)


def _answers(output: bytes) -> dict[str, str]:
    """Lines of a word and its value."""
    pairs = (line.split(" ", 1) for line in output.decode(errors="replace").splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def _shell(address: Address, remote: str, data: bytes) -> bytes:
    """Run `remote` there with `data` as its input; returns what it printed. Raises BenchError when it fails."""
    with tempfile.TemporaryFile() as errors:
        try:
            done = subprocess.run(  # noqa: S603  ssh, no shell here
                address.command(remote), input=data, stdout=subprocess.PIPE, stderr=errors, check=False
            )
        except FileNotFoundError as error:
            raise BenchError("ssh is not installed. Install it: apt-get install openssh-client") from error
        if done.returncode != 0:
            raise BenchError(_reason(address, errors, done.returncode))
        return done.stdout


def _worker(place: Place, threads: int) -> str:
    """The shell command that starts the worker there."""
    assert place.python is not None
    variables = " ".join(f"{name}={value}" for name, value in thread_environment(threads).items())
    python = shlex.quote(place.python)
    return f"cd {shlex.quote(place.folder)} && export {variables} && exec {python} -m edgegenre.targets.worker"


def _working(address: Address, command: list[str], job: Job, progress: Progress) -> list[Record]:
    """The records of the worker there; what ssh says of a lost connection becomes our own sentence."""
    try:
        return records_of(command, job, progress, where=address.text)
    except FileNotFoundError as error:
        raise BenchError("ssh is not installed. Install it: apt-get install openssh-client") from error
    except BenchError as error:
        if "status 255" in str(error):
            raise BenchError(f"{address.text}: the connection was lost. Nothing was kept; measure again.") from error
        raise


_REASONS = (
    ("Could not resolve hostname", "no such host. Check its name"),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "its host key has changed. If that is right, correct known_hosts"),
    ("Host key verification failed", "its host key is refused. Connect once by hand with ssh, or correct known_hosts"),
    ("Permission denied", "it does not take our key. Add the public key there: ssh-copy-id"),
    ("No space left on device", "no disk there: not enough space for the job's folder. Free some, or set TMPDIR there"),
    ("Disk quota exceeded", "no disk there: the quota is used up. Free some space, or set TMPDIR there"),
    ("Connection refused", "it refuses the connection. Is its ssh server running, and on this port"),
    ("timed out", "it does not answer. Check the address and the network"),
    ("No route to host", "it cannot be reached. Check the address and the network"),
    ("Network is unreachable", "it cannot be reached. Check the network"),
)


def _reason(address: Address, errors: Any, status: int) -> str:
    errors.seek(0)
    text = errors.read().decode(errors="replace")
    for sign, sentence in _REASONS:
        if sign in text:
            return f"{address.text}: {sentence}."
    said = last_line(errors) or f"status {status}"
    if status == 255:
        return f"{address.text}: the connection failed ({said})."
    return f"{address.text}: a command failed there ({said})."
