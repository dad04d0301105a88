"""A microphone as int16 chunks at the front end's rate (the `mic` extra: sounddevice and PortAudio)."""

import queue
from collections.abc import Iterator
from types import ModuleType, TracebackType
from typing import Any, Self

import numpy as np

from edgegenre.audio.decode import SAMPLE_RATE
from edgegenre.audio.resample import StreamResampler
from edgegenre.audio.sources import rechunked
from edgegenre.errors import AudioError, missing

QUEUED_SECONDS = 10


class Microphone:
    """An open input device; use it in a `with` statement.

    device: a name or number as sounddevice knows it; None: the system's default. A device that refuses `sample_rate`
    is opened at its own rate and resampled. Raises AudioError when there is no usable input device.

    device_rate: the rate it runs at. overruns: how often samples were lost, in the driver or because nobody took them.
    """

    def __init__(self, device: str | int | None = None, *, sample_rate: int = SAMPLE_RATE) -> None:
        self._sounddevice = _sounddevice()
        self._device, self._sample_rate = device, sample_rate
        self.device_rate = self._usable_rate()
        self.overruns = 0
        block = self.device_rate // 20
        self._blocks: queue.Queue[np.ndarray] = queue.Queue(maxsize=QUEUED_SECONDS * 20)
        try:
            self._stream = self._sounddevice.InputStream(
                samplerate=self.device_rate,
                blocksize=block,
                device=device,
                channels=1,
                dtype="int16",
                callback=self._heard,
            )
        except self._sounddevice.PortAudioError as error:
            raise self._unusable(error) from error

    def __enter__(self) -> Self:
        try:
            self._stream.start()
        except self._sounddevice.PortAudioError as error:
            self._stream.close()
            raise self._unusable(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()

    def chunks(self, chunk_samples: int) -> Iterator[np.ndarray]:
        """int16 chunks of `chunk_samples` until the device closes or the caller stops asking."""
        return rechunked(self._resampled(), chunk_samples)

    def _resampled(self) -> Iterator[np.ndarray]:
        resampler = StreamResampler(self.device_rate, self._sample_rate)
        while True:
            try:
                yield resampler.push(self._blocks.get(timeout=5))
            except queue.Empty:
                raise AudioError(
                    f"microphone '{self._device or 'default'}': no sound arrived for 5 seconds. Is it still plugged in?"
                ) from None

    def _heard(self, samples: np.ndarray, frames: int, time: Any, status: Any) -> None:
        """Called by PortAudio in a thread of its own."""
        self.overruns += bool(status.input_overflow)
        try:
            self._blocks.put_nowait(samples[:, 0].copy())
        except queue.Full:
            self.overruns += 1

    def _usable_rate(self) -> int:
        try:
            self._sounddevice.check_input_settings(
                device=self._device, channels=1, dtype="int16", samplerate=self._sample_rate
            )
            return self._sample_rate
        except (self._sounddevice.PortAudioError, ValueError):
            pass
        try:
            return int(self._sounddevice.query_devices(self._device, "input")["default_samplerate"])
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> AudioError:
        return AudioError(
            f"microphone '{self._device or 'default'}' cannot be opened ({error}). "
            "`python -m sounddevice` lists the devices; name one with --device."
        )


def _sounddevice() -> ModuleType:
    try:
        import sounddevice
    except ImportError as error:
        raise missing("sounddevice", "mic", "Listening to a microphone") from error
    except OSError as error:
        raise AudioError(
            "listening to a microphone needs the PortAudio library, which is not installed. "
            "Install it: apt-get install libportaudio2"
        ) from error
    module: ModuleType = sounddevice
    return module
