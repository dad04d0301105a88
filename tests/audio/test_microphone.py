"""Recording for real, from PulseAudio's null sink."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.microphone import Microphone
from edgegenre.errors import AudioError
from tests.audio.virtual_microphone import VirtualMicrophone, virtual_microphone


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


def test_a_device_that_refuses_16_khz_is_resampled(
    microphone: VirtualMicrophone, tone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real device takes any rate, so its refusal alone is put in its place; recording and resampling are real."""
    import sounddevice

    def refuse(**settings: object) -> None:
        raise sounddevice.PortAudioError("Invalid sample rate")

    monkeypatch.setattr(sounddevice, "check_input_settings", refuse)
    with microphone.playing(tone), Microphone() as device:
        assert device.device_rate != 16_000
        heard = np.concatenate(list(itertools.islice(device.chunks(800), 50)))[16_000:]
    assert loudest_hz(heard, 16_000) == pytest.approx(1000, abs=3)


def test_samples_that_nobody_takes_are_counted(microphone: VirtualMicrophone, tone: Path) -> None:
    with microphone.playing(tone), Microphone() as device:
        next(device.chunks(800))
        device._blocks.maxsize = 2
        deadline = time.monotonic() + 5
        while device.overruns == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert device.overruns > 0


def test_an_unknown_device_is_one_sentence() -> None:
    with pytest.raises(AudioError, match="cannot be opened"):
        Microphone("no such device 4711")
