"""A real virtual microphone: PulseAudio's null sink, whose monitor PortAudio records from."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.support import program, unavailable

SINK = "edgegenre_test"


@contextlib.contextmanager
def virtual_microphone() -> Iterator["VirtualMicrophone"]:
    """Start PulseAudio with a null sink; inside, PULSE_SOURCE names its monitor for this process and its children."""
    pulseaudio = program("pulseaudio", "pulseaudio")
    pactl = program("pactl", "pulseaudio-utils")
    program("paplay", "pulseaudio-utils")
    subprocess.run([pulseaudio, "--start", "--exit-idle-time=-1"], check=False, capture_output=True)
    module = subprocess.run(
        [pactl, "load-module", "module-null-sink", f"sink_name={SINK}", "rate=48000"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    before = os.environ.get("PULSE_SOURCE")
    os.environ["PULSE_SOURCE"] = f"{SINK}.monitor"
    _look_again()
    try:
        yield VirtualMicrophone()
    finally:
        if before is None:
            del os.environ["PULSE_SOURCE"]
        else:
            os.environ["PULSE_SOURCE"] = before
        subprocess.run([pactl, "unload-module", module], check=False, capture_output=True)


def _look_again() -> None:
    """PortAudio lists the devices once, when it is loaded: before PulseAudio ran."""
    try:
        import sounddevice
    except OSError:
        unavailable("PortAudio is not installed; apt-get install libportaudio2")
    sounddevice._terminate()
    sounddevice._initialize()


class VirtualMicrophone:
    """Plays sound files into the microphone."""

    @contextlib.contextmanager
    def playing(self, path: Path) -> Iterator[None]:
        """Play `path` while the block runs."""
        player = subprocess.Popen(["paplay", "-d", SINK, str(path)])
        time.sleep(0.2)
        try:
            yield
        finally:
            player.kill()
            player.wait()
