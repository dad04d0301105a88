"""A real sshd on the loopback interface, with a key, a home and a PATH of its own."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from tests.support import program

TOOLS = ("sh", "bash", "tar", "gzip", "mktemp", "uname", "nproc", "cat", "chmod", "rm", "mkdir")
"""What a small Linux machine has without Python."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """target: as `--target` takes it. config: for ssh. home: the user's folder there. process: sshd's number."""

    target: str
    config: Path
    home: Path
    process: int

    @property
    def temporary(self) -> Path:
        """TMPDIR there."""
        return self.home / "tmp"

    def drop_connections(self) -> None:
        """Kill what serves the connections, as a machine does that loses power; new ones are still taken."""
        for session in _children(self.process):
            for child in _children(session):
                os.kill(child, 9)
            os.kill(session, 9)


@contextlib.contextmanager
def ssh_server(folder: Path, *, python: bool = True) -> Iterator[Server]:
    """Serve in `folder`. python: whether this interpreter is `python3` there."""
    sshd = program("sshd", "openssh-server") if shutil.which("sshd") else program("/usr/sbin/sshd", "openssh-server")
    home, binaries = folder / "home", folder / "bin"
    for path in (home / "tmp", binaries):
        path.mkdir(parents=True)
    for name in TOOLS:
        (binaries / name).symlink_to(program(name, "coreutils"))
    if python:
        script = binaries / "python3"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        script.chmod(0o755)
    for name in ("host", "key"):
        new_key(folder / name)
    shutil.copy(folder / "key.pub", folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized\n"
        f"PasswordAuthentication no\nPidFile none\nStrictModes no\nUsePAM no\n"
        f"SetEnv HOME={home} PATH={binaries} TMPDIR={home}/tmp\n"
    )
    known = folder / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    config = folder / "ssh_config"
    config.write_text(f"IdentityFile {folder}/key\nIdentitiesOnly yes\nUserKnownHostsFile {known}\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    process = subprocess.Popen([sshd, "-D", "-f", folder / "sshd_config", "-E", folder / "log"])
    try:
        _wait_for(port)
        yield Server(target=f"ssh://{getuser()}@127.0.0.1:{port}", config=config, home=home, process=process.pid)
    finally:
        process.kill()
        process.wait()


def new_key(path: Path) -> None:
    """A pair of keys: `path`, and the public half beside it."""
    command = [program("ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True)


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError("sshd does not listen")


def _children(process: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # pid (name) state ppid
            fields = status.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == process:
                found.append(int(status.parent.name))
    return found
