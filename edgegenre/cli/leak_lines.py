"""The lines of the leak meter below the figures of `train` and `eval`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edgegenre.cli.console import show

if TYPE_CHECKING:
    from edgegenre.runs.run_folder import Run


def show_leak(leak: Mapping[str, Any] | None, run: "Run | None") -> None:
    """What metrics.json or a manifest has under "leak", and what the stored runs beside `run` tell, where they do."""
    from edgegenre.runs.counterparts import network_leak
    from edgegenre.runs.leak_words import leak_words

    if leak is not None:
        show(f"{leak_words(leak)}.")
    network = None if run is None else network_leak(run, run.path.parent)
    if network is not None:
        show(network.words)
