"""Targets by name."""

from pathlib import Path

from edgegenre.errors import BenchError, did_you_mean
from edgegenre.targets.cpu import CPU
from edgegenre.targets.gpu import GPU
from edgegenre.targets.mcu import MCU
from edgegenre.targets.pi import PI
from edgegenre.targets.ssh import SCHEME, ssh_target
from edgegenre.targets.target import Target

TARGETS = {target.name: target for target in (CPU, GPU, PI, MCU)}
"""Those of this computer."""


def find_target(name: str, ssh_config: Path | None = None) -> Target:
    """The target `name`: one of TARGETS, or "ssh://[user@]host[:port]" for another computer.

    ssh_config: a configuration for ssh, instead of the user's own.

    Raises BenchError when there is none, or the address is not well formed.
    """
    if name.startswith(SCHEME):
        return ssh_target(name, ssh_config)
    if name not in TARGETS:
        raise BenchError(
            f"target '{name}' is not known.{did_you_mean(name, TARGETS)} Known: {', '.join(TARGETS)}, "
            f"{SCHEME}user@host[:port]."
        )
    return TARGETS[name]


def local_target(kind: str) -> Target:
    """The target in whose words a job is written. Raises BenchError when there is none of that name."""
    if kind not in TARGETS:
        raise BenchError(f"a job of the kind '{kind}' is not known here. Use the same edgegenre on both sides.")
    return TARGETS[kind]
