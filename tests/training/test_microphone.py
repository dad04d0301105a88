"""Level, response and noise on features are what they are on sound: rendered, heard by librosa, and compared."""

import dataclasses
import math

import librosa
import numpy as np
import pytest
import scipy.fft
import scipy.signal
import torch

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC, Mfcc
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.protocol import Frontend
from edgegenre.runs.augmentation import FrequencyResponse, Level, NoiseFloor
from edgegenre.training.batches import Batch
from edgegenre.training.microphone import Cut, LevelTransform, NoiseTransform, ResponseTransform, amplified
from edgegenre.training.random_draws import evenly_drawn, waves
from edgegenre.training.samples import Samples
from edgegenre.training.spectra import spectra_of

CPU = torch.device("cpu")
RATE = 16_000
LOG_MEL = LogMel(
    sample_rate=RATE,
    frame_length=1024,
    hop_length=512,
    window_frames=80,
    mel_bands=40,
    low_hz=0.0,
    high_hz=8000.0,
    offset=1e-6,
)
MAGNITUDE = Magnitude(sample_rate=RATE, frame_length=1024, hop_length=512, window_frames=80, floor=1e-5)
SPECTRAL: dict[str, Frontend] = {
    "mfcc": LIANG_MFCC,
    "mfcc of all bands": dataclasses.replace(LIANG_MFCC, coefficients=40),
    "log-mel": LOG_MEL,
    "magnitude": MAGNITUDE,
}


def band(seconds: float = 4.0, seed: int = 0) -> np.ndarray:
    """Float samples within +-1 of something like music: chords that change over steady brown noise."""
    generator = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros(len(time))
    for start in np.arange(0, seconds, 0.5):
        envelope = np.where(time >= start, np.exp(-3 * np.maximum(time - start, 0)), 0)
        for note in generator.choice([110, 147, 165, 196, 220, 262, 330, 440], 3, replace=False):
            for partial in range(1, 18):
                sound += envelope * np.sin(2 * np.pi * note * partial * time) / partial
    noise = scipy.signal.lfilter([1], [1, -0.9], generator.standard_normal(len(time)))
    sound = sound / np.abs(sound).max() + 0.03 * noise
    return 0.7 * sound / np.abs(sound).max()


def pcm(sound: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def heard(sound: np.ndarray, spec: Frontend) -> np.ndarray:
    """librosa's features [frames, values] of the sound as int16."""
    samples = pcm(sound) / 32768
    frames = {"n_fft": spec.frame_length, "hop_length": spec.hop_length, "center": False}
    if isinstance(spec, Mfcc):
        power = librosa.feature.melspectrogram(y=samples, sr=RATE, n_mels=spec.mel_bands, **frames)
        decibels = librosa.power_to_db(power, amin=spec.power_floor, top_db=None)
        return librosa.feature.mfcc(S=decibels, n_mfcc=spec.coefficients).T
    magnitudes = np.abs(librosa.stft(samples, **frames))
    if isinstance(spec, LogMel):
        filters = librosa.filters.mel(sr=RATE, n_fft=spec.frame_length, n_mels=spec.mel_bands, dtype=np.float64)
        return np.log(filters @ magnitudes + spec.offset).T
    assert isinstance(spec, Magnitude)
    return librosa.amplitude_to_db(magnitudes, amin=spec.floor, ref=1.0, top_db=None).T


def fed(spec: Frontend) -> FeatureInput:
    count = spec.statistics
    return FeatureInput(frontend=spec, normalization=Normalization(mean=(-20.0,) * count, deviation=(30.0,) * count))


def normalized(features: np.ndarray, item: FeatureInput) -> torch.Tensor:
    """[1, frames, values], off the grid."""
    scores = (features - np.array(item.normalization.mean)) / np.array(item.normalization.deviation)
    return torch.tensor(scores[None], dtype=torch.float32)


def in_units(scores: torch.Tensor, item: FeatureInput) -> np.ndarray:
    """[frames, values] in the unit of the features; nepers as dB."""
    values = scores[0].double().numpy() * np.array(item.normalization.deviation) + np.array(item.normalization.mean)
    return values * 20 / math.log(10) if isinstance(item.frontend, LogMel) else values


def batch(scores: torch.Tensor) -> Batch:
    clips, frames = scores.shape[:2]
    return Batch(
        inputs={"features": scores},
        labels=torch.zeros(clips, dtype=torch.long),
        rows=torch.arange(clips),
        shown={"features": torch.arange(frames).expand(clips, -1)},
    )


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("gain", [-26.0, -12.0, 3.0])
@pytest.mark.parametrize("name", SPECTRAL)
def test_a_level_is_that_of_quieter_or_louder_sound(name, gain):
    """Within 0.3 dB on average; a cepstrum of 12 knows the rounding noise of quiet bands roughly only: 0.6 dB."""
    item, sound = fed(SPECTRAL[name]), band()
    transform = LevelTransform(item=Level(low=gain, high=gain), inputs={"features": spectra_of(item, CPU)})
    found = transform(batch(normalized(heard(sound, item.frontend), item)), seeded()).inputs["features"]
    expected = normalized(heard(sound * 10 ** (gain / 20), item.frontend), item)
    error = np.abs(in_units(found, item) - in_units(expected, item))
    assert error.mean() < (0.6 if name == "mfcc" else 0.3)
    assert np.abs(in_units(normalized(heard(sound, item.frontend), item), item) - in_units(expected, item)).mean() > 0.4


def test_where_rounding_does_not_bite_a_level_adds_to_coefficient_0_alone():
    item = fed(LIANG_MFCC)
    before = normalized(heard(band() + 0.05 * np.random.default_rng(0).standard_normal(4 * RATE), LIANG_MFCC), item)
    transform = LevelTransform(item=Level(low=-6, high=-6), inputs={"features": spectra_of(item, CPU)})
    change = (transform(batch(before), seeded()).inputs["features"] - before)[0].numpy() * 30
    np.testing.assert_allclose(change[:, 0], -6 * math.sqrt(40), atol=1e-2)
    np.testing.assert_allclose(change[:, 1:], 0, atol=1e-2)


@pytest.mark.parametrize("gain", [-20.0, 6.0])
def test_a_level_of_raw_samples_rounds_and_clips_as_int16_does(gain):
    spec = Raw(sample_rate=RATE, frame_length=400, hop_length=400, window_frames=20)
    item = FeatureInput(frontend=spec, normalization=Normalization(mean=(0.01,), deviation=(0.2,)))
    samples = pcm(band(0.5))
    scores = torch.tensor((spec.float64(samples)[None] - 0.01) / 0.2, dtype=torch.float32)
    transform = LevelTransform(item=Level(low=gain, high=gain), inputs={"features": Samples(item, CPU)})
    found = transform(batch(scores), seeded()).inputs["features"][0].double().numpy() * 0.2 + 0.01
    expected = pcm(samples / 32768 * 10 ** (gain / 20)).reshape(-1, 400) / 32768
    np.testing.assert_allclose(found, expected, atol=1.01 / 32768)
    assert gain < 0 or (expected == 32767 / 32768).any()


@pytest.mark.parametrize("name", SPECTRAL)
def test_a_response_is_that_of_a_filter_of_these_gains(name):
    """A smooth curve and a high cut by 24 dB an octave from 2 kHz on, as a FIR filter. Within 1 dB on average."""
    item, sound = fed(SPECTRAL[name]), band() + 0.02 * np.random.default_rng(1).standard_normal(4 * RATE)
    amplitudes = torch.tensor([[4.0, -6.0, 3.0]])
    cut = Cut(start=torch.tensor([math.log2(2000)]), slope=torch.tensor([24.0]))

    def gains(octaves: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        return waves(amplitudes, places) - cut.above(octaves)

    hertz = np.linspace(0, RATE / 2, 2001)
    places = torch.tensor(np.log1p(hertz / 700) / np.log1p(RATE / 2 / 700), dtype=torch.float32)
    octaves = torch.tensor(np.log2(np.maximum(hertz, 20)), dtype=torch.float32)
    wanted = gains(octaves, places)[0].numpy()
    filtered = scipy.signal.fftconvolve(
        sound, scipy.signal.firwin2(1601, hertz, 10 ** (wanted / 20), fs=RATE), mode="same"
    )
    before = normalized(heard(sound, item.frontend), item)
    spectra = spectra_of(item, CPU)
    found = spectra.changed(
        before,
        spectra.decibels(before),
        amplified(spectra, spectra.decibels(before), gains(spectra.octaves, spectra.places)),
    )
    expected = normalized(heard(filtered, item.frontend), item)
    inner = slice(2, -2)  # the filter runs in and out at the ends
    error = np.abs(in_units(found, item) - in_units(expected, item))[inner].mean(axis=0)
    change = np.abs(in_units(before, item) - in_units(expected, item))[inner].mean(axis=0)
    assert error.mean() < 1
    assert change.mean() > 4 * error.mean()


@pytest.mark.parametrize("name", SPECTRAL)
def test_a_noise_floor_is_that_of_white_noise_in_the_sound(name):
    """Its loudest band 20 dB below the music's. Means over the frames within 0.4 dB.

    Single bins of noise are lower in the mean of their decibels than in the mean of their power, by 2.5 dB.
    """
    item, sound = fed(SPECTRAL[name]), band()
    before = normalized(heard(sound, item.frontend), item)
    transform = NoiseTransform(
        item=NoiseFloor(share=1, low=20, high=20, deviation=0), spectra={"features": spectra_of(item, CPU)}
    )
    found = in_units(transform(batch(before), seeded()).inputs["features"], item)
    spec = item.frontend
    loudest = 10 ** (bands_of(sound, spec).max() / 10) / 100
    noise = np.random.default_rng(5).standard_normal(len(sound))
    noise *= math.sqrt(loudest / 10 ** (bands_of(noise, spec, rounded=False).max() / 10))
    expected = in_units(normalized(heard(sound + noise, spec), item), item)
    untouched = in_units(before, item)
    assert np.abs(found.mean(axis=0) - expected.mean(axis=0)).mean() < (3.5 if name == "magnitude" else 0.4)
    assert np.abs(untouched.mean(axis=0) - expected.mean(axis=0)).mean() > 1.5


def bands_of(sound: np.ndarray, spec: Frontend, *, rounded: bool = True) -> np.ndarray:
    """The mean power of every band in dB: squares of magnitudes where the bands are of magnitudes."""
    samples = pcm(sound) / 32768 if rounded else sound
    magnitudes = np.abs(librosa.stft(samples, n_fft=spec.frame_length, hop_length=spec.hop_length, center=False))
    if isinstance(spec, Magnitude):
        return 10 * np.log10(np.square(magnitudes).mean(axis=1))
    filters = librosa.filters.mel(sr=RATE, n_fft=spec.frame_length, n_mels=40, dtype=np.float64)
    if isinstance(spec, LogMel):
        return 10 * np.log10(np.square(filters @ magnitudes).mean(axis=1))
    power = 10 * np.log10(filters @ np.square(magnitudes))
    if spec.coefficients < 40:  # what 12 coefficients know of it
        kept = scipy.fft.dct(power, axis=0, norm="ortho")[: spec.coefficients]
        power = scipy.fft.idct(kept, n=40, axis=0, norm="ortho")
    return 10 * np.log10((10 ** (power / 10)).mean(axis=1))


def test_as_many_windows_are_noisy_or_cut_as_the_shares_say():
    item = fed(LIANG_MFCC)
    spectra = {"features": spectra_of(item, CPU)}
    before = normalized(heard(band(1.0), LIANG_MFCC), item).expand(4000, -1, -1)
    noisy = NoiseTransform(item=NoiseFloor(share=0.25), spectra=spectra)(batch(before), seeded())
    changed = (noisy.inputs["features"] - before).abs().amax(dim=(1, 2)) > 1e-4
    assert changed.float().mean().item() == pytest.approx(0.25, abs=0.03)
    slopes = Cut.drawn((100.0, 200.0), 0.4, 4000, seeded()).slope
    assert (slopes > 0).float().mean().item() == pytest.approx(0.4, abs=0.03)
    assert 6 <= slopes[slopes > 0].min().item() < 6.5
    assert 90 < slopes.max().item() <= 96


def test_random_curves_have_the_deviation_that_was_asked_for():
    amplitudes = 6 * torch.randn(5000, 4, generator=seeded())
    curves = waves(amplitudes, torch.linspace(0, 1, 401)[:-1])
    assert curves.square().mean().sqrt().item() == pytest.approx(6, rel=0.03)


def test_gains_are_drawn_over_the_whole_range():
    gains = evenly_drawn(-30, 6, 10_000, seeded())
    assert -30 <= gains.min().item() < -29.5
    assert 5.5 < gains.max().item() <= 6
    assert gains.mean().item() == pytest.approx(-12, abs=0.3)


def test_digital_silence_stays_silence_and_nothing_becomes_infinite():
    for spec in SPECTRAL.values():
        item = fed(spec)
        spectra = {"features": spectra_of(item, CPU)}
        before = normalized(heard(np.zeros(RATE), spec), item)
        for transform in (
            LevelTransform(item=Level(low=-60, high=-60), inputs=spectra),
            ResponseTransform(item=FrequencyResponse(deviation=20, cut=1), spectra=spectra),
            NoiseTransform(item=NoiseFloor(share=1), spectra=spectra),
        ):
            assert transform(batch(before), seeded()).inputs["features"].isfinite().all()
