"""`edgegenre listen --mic` on a real virtual microphone, until Ctrl-C."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.audio.virtual_microphone import virtual_microphone


def _heeds_interrupts() -> None:
    """A shell's background jobs ignore Ctrl-C, and their children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_the_microphone_is_classified_live_until_it_is_interrupted(tiny: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "edgegenre.cli.main",
        "listen",
        "--mic",
        "--json",
        "--logits",
        "--bundle",
        tiny / "bundle",
    ]
    with virtual_microphone() as microphone, microphone.playing(tiny / "music" / "noise" / "00.wav"):
        listener = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_heeds_interrupts
        )
        assert listener.stdout is not None
        decisions = [json.loads(listener.stdout.readline()) for _ in range(12)]
        listener.send_signal(signal.SIGINT)
        rest, complaint = listener.communicate(timeout=20)
    assert listener.returncode == 130
    assert complaint.strip() == "edgegenre: interrupted."
    for line in rest.splitlines():
        json.loads(line)
    # Two seconds fill the window of this model: by then a decision is no longer provisional.
    assert any(not decision["provisional"] for decision in decisions)
    times = [decision["time_seconds"] for decision in decisions]
    assert times == sorted(times)
