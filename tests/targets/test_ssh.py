"""Another computer by ssh: a real sshd, a real lost connection, a real full disk."""

import contextlib
import dataclasses
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgegenre.bench.measure import run_bench
from edgegenre.bench.suite import Suite
from edgegenre.errors import BenchError
from edgegenre.progress import Task
from edgegenre.records.record import Record
from edgegenre.targets.ssh import parse_address, ssh_target
from tests.bundles import tiny_bundle
from tests.support import program, unavailable
from tests.targets.ssh_server import Server, new_key, ssh_server

SUITE = Suite(name="test", rounds=3, engines=("reference", "native"))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ssh_server(tmp_path_factory.mktemp("server")) as started:
        yield started


def bench(bundle: Path, server: Server, **options: object) -> list[Record]:
    return run_bench([bundle], targets=[server.target], suite=SUITE, ssh_config=server.config, **options)  # type: ignore[arg-type]


class _Cut:
    """Progress that cuts the connection as soon as the computer there has begun to measure."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @contextlib.contextmanager
    def task(self, description: str, total: int) -> Iterator[Task]:
        self._server.drop_connections()
        yield self

    def advance(self, steps: int = 1, note: str = "") -> None:
        pass

    def warn(self, message: str) -> None:
        pass


def test_records_come_back_and_nothing_stays_there(bundle: Path, server: Server) -> None:
    records = bench(bundle, server)
    measured = {(item.engine, item.workload) for item in records if item.latency}
    assert measured == {("reference", "clip"), ("reference", "update")}
    assert all("gcc" in item.note for item in records if item.engine == "native")  # there is no compiler there
    assert {item.target for item in records} == {server.target}
    assert all(item.bundle == bundle.name for item in records)
    assert list(server.temporary.iterdir()) == []


def test_without_python_there_our_c_is_measured_alone_and_is_exact(bundle: Path, tmp_path: Path) -> None:
    program("x86_64-linux-gnu-gcc", "gcc")
    with ssh_server(tmp_path, python=False) as server:
        clip, update = bench(bundle, server)
        assert list(server.temporary.iterdir()) == []
    assert (clip.engine, clip.workload, update.workload) == ("native", "clip", "update")
    assert clip.latency is not None
    assert update.latency is not None
    assert clip.exactness is not None
    assert (clip.exactness.values, clip.exactness.mismatches) == (3, 0)
    assert clip.latency.runs == 3 * 5
    assert 0 < update.latency.p50_ms < clip.latency.p50_ms
    assert "no Python" in clip.machine.system


def test_a_connection_that_is_lost_in_the_middle_leaves_no_result(bundle: Path, server: Server, tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    with pytest.raises(BenchError, match=r"ssh://.*: the connection was lost\. Nothing was kept; measure again\."):
        bench(bundle, server, out=out, progress=_Cut(server))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_there_is_one_sentence(bundle: Path, server: Server) -> None:
    if os.geteuid() != 0:
        unavailable("only root can mount a small disk")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(server.temporary)], check=True)
    try:
        with pytest.raises(BenchError, match="no disk there: not enough space"):
            bench(bundle, server)
        assert list(server.temporary.iterdir()) == []
    finally:
        for _ in range(50):  # the shell there may still be about to end
            if subprocess.run(["umount", str(server.temporary)], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)


def test_a_key_that_is_not_taken_there_is_refused(bundle: Path, server: Server, tmp_path: Path) -> None:
    new_key(tmp_path / "stranger")
    other = tmp_path / "ssh_config"
    other.write_text(server.config.read_text().replace("IdentityFile", f"IdentityFile {tmp_path}/stranger\n#"))
    with pytest.raises(BenchError, match="it does not take our key"):
        bench(bundle, dataclasses.replace(server, config=other))


@pytest.mark.parametrize(("known", "sentence"), [("another", "its host key has changed"), ("none", "is refused")])
def test_a_host_key_that_is_not_known_is_refused(
    bundle: Path, server: Server, tmp_path: Path, known: str, sentence: str
) -> None:
    new_key(tmp_path / "impostor")
    port = server.target.rsplit(":", 1)[1]
    line = f"[127.0.0.1]:{port} {(tmp_path / 'impostor.pub').read_text()}" if known == "another" else ""
    (tmp_path / "known_hosts").write_text(line)
    other = tmp_path / "ssh_config"
    own = f"UserKnownHostsFile {tmp_path}/known_hosts\n#"
    other.write_text(server.config.read_text().replace("UserKnownHostsFile", own))
    with pytest.raises(BenchError, match=sentence):
        bench(bundle, dataclasses.replace(server, config=other))


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("ssh://nobody@nowhere.invalid", "no such host"),
        ("ssh://127.0.0.1:1", "it refuses the connection"),
    ],
)
def test_a_computer_that_is_not_there_is_one_sentence(bundle: Path, server: Server, target: str, sentence: str) -> None:
    with pytest.raises(BenchError, match=f"^{target}: {sentence}"):
        bench(bundle, dataclasses.replace(server, target=target))


@pytest.mark.parametrize(
    "text",
    [
        "ssh://",
        "ssh://-oProxyCommand=touch x",
        "ssh://-oProxyCommand=x@host",
        "ssh://host/folder",
        "ssh://host:99999",
        "ssh://a b",
        "ssh://host;reboot",
        "ssh://$(reboot)",
        "ssh://user:secret@host",
        "ssh://host\n",
    ],
)
def test_what_is_no_address_never_reaches_ssh(text: str) -> None:
    with pytest.raises(BenchError, match="not an address"):
        ssh_target(text, None)


def test_addresses_are_taken_apart() -> None:
    address = parse_address("ssh://pi@raspberrypi.local:2200")
    assert (address.user, address.host, address.port) == ("pi", "raspberrypi.local", 2200)
    address = parse_address("ssh://[fe80::1]")
    assert (address.user, address.host, address.port) == (None, "fe80::1", None)


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="none: no such file"):
        ssh_target("ssh://host", tmp_path / "none")
