"""Real virtual microphones: PulseAudio's null sink, whose monitor PortAudio records from, and a JACK port.

The sound servers are private to the test and end with it: a person's own sound settings are not touched.
"""

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support import program, unavailable

SINK = "edgegenre_test"
JACK_PORT = "edgegenre_jack"


@contextlib.contextmanager
def virtual_microphone() -> Iterator["VirtualMicrophone"]:
    """Start a PulseAudio with a null sink; inside, it is the sound server of this process and its children."""
    with _null_sink() as microphone:
        _look_again()
        yield microphone


@contextlib.contextmanager
def _null_sink() -> Iterator["VirtualMicrophone"]:
    pulseaudio = program("pulseaudio", "pulseaudio")
    program("pactl", "pulseaudio-utils")
    program("paplay", "pulseaudio-utils")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="edgegenre-sound-")))
        places = {name: str(folder) for name in ("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "PULSE_RUNTIME_PATH", "HOME")}
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--disable-shm=yes"]
        modules = [
            f"--load=module-native-protocol-unix socket={folder}/native auth-anonymous=1",
            f"--load=module-null-sink sink_name={SINK} rate=48000",
        ]
        server = subprocess.Popen(
            [pulseaudio, *options, *modules],
            env={**os.environ, **places},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_end, server)
        stack.enter_context(_environment(PULSE_SERVER=f"unix:{folder}/native", PULSE_SOURCE=f"{SINK}.monitor"))
        _wait_until(lambda: _pactl("list", "short", "sinks").find(SINK) >= 0, "PulseAudio")
        yield VirtualMicrophone(sink=SINK, server=server)


@contextlib.contextmanager
def fixed_rate_microphone(rate: int) -> Iterator["VirtualMicrophone"]:
    """A JACK port, the input device JACK_PORT of child processes, that runs at `rate` and refuses any other.

    Only a JACK server refuses rates: PulseAudio and ALSA's plugins convert whatever is asked. Record from it in a child
    process: a PortAudio that has seen a JACK server crashes when that ends, so this process must not look.
    """
    jackd = program("jackd", "jackd2")
    name = f"edgegenre{os.getpid()}"
    with contextlib.ExitStack() as stack:
        stack.enter_context(_environment(JACK_DEFAULT_SERVER=name, JACK_NO_START_SERVER="1"))
        options = ["--no-realtime", "-n", name, "-d", "dummy", "-r", str(rate), "-p", "1024"]
        server = subprocess.Popen([jackd, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(_end, server)
        stack.enter_context(_null_sink())
        settings = [f"sink_name={JACK_PORT}", f"client_name={JACK_PORT}", f"server_name={name}", "connect=no"]

        def bridged() -> bool:
            _pactl("load-module", "module-jack-sink", *settings, "channels=2")
            return JACK_PORT in _pactl("list", "short", "sinks")

        _wait_until(bridged, "JACK's port (apt-get install pulseaudio-module-jack)")
        yield VirtualMicrophone(sink=JACK_PORT, server=server)


@dataclass(frozen=True, kw_only=True)
class VirtualMicrophone:
    """Plays sound files into the microphone.

    sink: PulseAudio's name of what is played into. server: the sound server; ending it unplugs the microphone.
    """

    sink: str
    server: subprocess.Popen

    @contextlib.contextmanager
    def playing(self, path: Path) -> Iterator[None]:
        """Play `path` while the block runs."""
        player = subprocess.Popen(["paplay", "-d", self.sink, str(path)])
        time.sleep(0.2)
        try:
            yield
        finally:
            _end(player)


def _pactl(*arguments: str) -> str:
    return subprocess.run(["pactl", *arguments], check=False, capture_output=True, text=True, timeout=20).stdout


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until(ready: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 10
    while not ready():
        if time.monotonic() > deadline:
            unavailable(f"{what} did not come up within 10 seconds")
        time.sleep(0.1)


@contextlib.contextmanager
def _environment(**values: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _look_again() -> None:
    """PortAudio lists the devices once, when it is loaded: before PulseAudio ran."""
    try:
        import sounddevice
    except OSError:
        unavailable("PortAudio is not installed; apt-get install libportaudio2")
    sounddevice._terminate()
    sounddevice._initialize()
