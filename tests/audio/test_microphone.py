"""Recording for real, from PulseAudio's null sink and from a JACK port."""

import ctypes.util
import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.microphone import Microphone
from edgegenre.errors import AudioError, MissingDependencyError
from tests.audio.virtual_microphone import JACK_PORT, VirtualMicrophone, fixed_rate_microphone, virtual_microphone
from tests.support import unavailable


@pytest.fixture(scope="module")
def microphone() -> Iterator[VirtualMicrophone]:
    with virtual_microphone() as device:
        yield device


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Eight seconds of 1 kHz."""
    path = tmp_path / "tone.wav"
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 1000 * np.arange(8 * 48_000) / 48_000), 48_000)
    return path


def loudest_hz(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * rate / len(samples)


def test_what_is_played_is_heard_at_16_khz(microphone: VirtualMicrophone, tone: Path) -> None:
    with microphone.playing(tone), Microphone() as device:
        chunks = list(itertools.islice(device.chunks(800), 50))
    assert all(chunk.shape == (800,) and chunk.dtype == np.int16 for chunk in chunks)
    heard = np.concatenate(chunks)[16_000:]
    assert loudest_hz(heard, 16_000) == pytest.approx(1000, abs=3)
    assert np.abs(heard).max() == pytest.approx(0.5 * 32768, rel=0.05)


@pytest.fixture
def hiss(tmp_path: Path) -> Path:
    """Eight seconds of noise below 2 kHz: no two moments are alike, and a fraction of a sample's delay hardly shows."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(8 * 48_000))
    spectrum[8 * 2000 :] = 0
    sound = np.fft.irfft(spectrum)
    path = tmp_path / "hiss.wav"
    soundfile.write(path, 0.5 * sound / np.abs(sound).max(), 48_000)
    return path


def likeness(heard: np.ndarray, played: np.ndarray) -> float:
    """The correlation of a second of what was heard with what was played, at the delay where it is best."""
    heard, played = heard[16_000:32_000].astype(np.float64), played.astype(np.float64)
    size = 1 << 18
    against = np.fft.irfft(np.fft.rfft(played, size) * np.conj(np.fft.rfft(heard, size)), size)
    delay = int(np.argmax(against[: len(played) - len(heard)]))
    return float(np.corrcoef(heard, played[delay : delay + len(heard)])[0, 1])


HEARD = 0.8
"""Likeness from which a sound counts as heard: unrelated hiss stays under 0.2, and the clocks of two sound servers on a
busy machine drift apart by parts of a sample, which costs hiss some hundredths."""


def test_a_recording_taken_late_is_still_what_was_played(microphone: VirtualMicrophone, hiss: Path) -> None:
    with microphone.playing(hiss), Microphone() as device:
        time.sleep(2.2)
        heard = np.concatenate(list(itertools.islice(device.chunks(797), 50)))
        assert (device.device_rate, device.overruns) == (16_000, 0)
    assert likeness(heard, load_pcm(hiss)) > HEARD
    assert likeness(heard, load_pcm(hiss)[::-1]) < 0.2  # what an unrelated sound of the same kind gives


RECORD = """
import itertools, sys
import numpy as np
from edgegenre.audio.microphone import Microphone

with Microphone(sys.argv[1]) as device:
    np.save(sys.argv[2], np.concatenate(list(itertools.islice(device.chunks(800), 50))))
    print(device.device_rate)
"""


def test_a_device_that_refuses_16_khz_is_resampled(tmp_path: Path, hiss: Path) -> None:
    with fixed_rate_microphone(44_100) as microphone, microphone.playing(hiss):
        command = [sys.executable, "-c", RECORD, JACK_PORT, str(tmp_path / "heard.npy")]
        recorded = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    assert recorded.stdout.split() == ["44100"]
    heard = np.load(tmp_path / "heard.npy")
    assert (heard.dtype, heard.shape) == (np.int16, (40_000,))
    assert likeness(heard, load_pcm(hiss)) > HEARD


UNPLUG = """
import os, signal, sys
from edgegenre.audio.microphone import Microphone
from edgegenre.errors import AudioError

with Microphone() as device:
    chunks = device.chunks(800)
    next(chunks)
    os.kill(int(sys.argv[1]), signal.SIGKILL)
    try:
        for _ in chunks:
            pass
    except AudioError as error:
        print(error)
"""


def test_a_device_that_goes_away_is_one_sentence() -> None:
    with virtual_microphone() as microphone:
        command = [sys.executable, "-c", UNPLUG, str(microphone.server.pid)]
        told = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert told.stdout == "microphone 'default': no sound arrived for 5 seconds. Is it still plugged in?\n"


def test_a_missing_package_or_library_says_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'edgegenre\[mic\]'"):
        Microphone()
    # sounddevice looks for PortAudio while it is imported.
    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    with pytest.raises(AudioError, match="apt-get install libportaudio2"):
        Microphone()


def test_samples_that_nobody_takes_are_counted(microphone: VirtualMicrophone, tone: Path) -> None:
    with microphone.playing(tone), Microphone() as device:
        next(device.chunks(800))
        device._blocks.maxsize = 2
        deadline = time.monotonic() + 5
        while device.overruns == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert device.overruns > 0


def test_an_unknown_device_is_one_sentence() -> None:
    if ctypes.util.find_library("portaudio") is None:
        unavailable("PortAudio is not installed; apt-get install libportaudio2")
    with pytest.raises(AudioError, match="cannot be opened"):
        Microphone("no such device 4711")
