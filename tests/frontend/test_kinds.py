"""Every kind of front end: its definition held to librosa, its other forms held to the definition."""

import dataclasses
import json

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import FeatureError
from edgegenre.frontend.extractors import (
    INTEGER_FORMS,
    RUN_ON_HOSTS,
    FloatExtractor,
    check_deployable,
    extractor,
    integer_extractor,
)
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC, Mfcc
from edgegenre.frontend.kinds.summary import Summary
from edgegenre.frontend.mel import hann, mel_filters
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.protocol import Frontend
from edgegenre.frontend.registry import KINDS as REGISTERED
from edgegenre.frontend.registry import frontend_from_dict
from edgegenre.frontend.streaming import FeatureStream
from tests.frontend.kinds import KINDS, LOG_MEL, MAGNITUDE, MEL_DB, MFCC_13, MFCC_20, RAW, SUMMARY
from tests.frontend.signals import LEVELS_DB, hard_signals, music, noise, tracks

NEW = {name: frontend for name, frontend in KINDS.items() if name != "liang"}

# Bands of a full-scale square wave whose period does not divide the frame lie 135 dB below its loudest bin.
FAINT_BANDS = "square wave of 10 samples"


def by_librosa(frontend: Frontend, pcm: np.ndarray) -> np.ndarray:
    """[rows, frequency] of the same thing by librosa in float64."""
    audio = pcm / 32768
    if isinstance(frontend, Summary):
        rows = by_librosa(frontend.of, pcm)
        pieces = [rows[start : start + 126] for start in range(0, len(rows) - 125, 126)]
        return np.array([[*piece.mean(axis=0), *piece.std(axis=0)] for piece in pieces]).reshape(-1, 40)
    if frontend == RAW:
        return librosa.util.frame(audio, frame_length=1024, hop_length=1024, axis=0)
    magnitude = np.abs(librosa.stft(audio, n_fft=frontend.frame_length, hop_length=frontend.hop_length, center=False))
    if isinstance(frontend, Magnitude):
        return librosa.amplitude_to_db(magnitude, ref=1.0, amin=frontend.floor, top_db=None).T
    assert isinstance(frontend, LogMel | MelDecibels | Mfcc)
    bands = {"sr": frontend.sample_rate, "n_fft": frontend.frame_length, "n_mels": frontend.mel_bands}
    if isinstance(frontend, LogMel):
        return np.log(librosa.filters.mel(**bands, dtype=np.float64) @ magnitude + frontend.offset).T
    mel = librosa.feature.melspectrogram(S=magnitude**2, **bands)
    decibels = librosa.power_to_db(mel, amin=frontend.power_floor, top_db=None)
    if isinstance(frontend, MelDecibels):
        return decibels.T
    return librosa.feature.mfcc(S=decibels, n_mfcc=frontend.coefficients).T


def signals() -> dict[str, np.ndarray]:
    long = {"noise of several pieces": noise(140_000, -20)}
    return (
        {f"noise at {level} dB": noise(20_000, level, seed=-level) for level in (0, -40, -80)} | hard_signals() | long
    )


def fitted(frontend: Frontend, pcm: np.ndarray) -> FeatureInput:
    """The input whose normalization this music fills; of a summary, which has one row, its mean and 20 dB."""
    if isinstance(frontend, Summary):
        mean = frontend.of.float64(pcm).mean(axis=0)
        normalization = Normalization(mean=(*mean.tolist(), *[20.0] * len(mean)), deviation=(20.0,) * (2 * len(mean)))
        return FeatureInput(frontend=frontend, normalization=normalization)
    return FeatureInput.fit(frontend, [frontend.float64(pcm)])


@pytest.mark.parametrize("name", NEW)
def test_the_definition_equals_librosa(name):
    frontend = KINDS[name]
    for signal, pcm in signals().items():
        expected = by_librosa(frontend, pcm)
        assert len(expected) == frontend.frames_in(len(pcm))
        np.testing.assert_allclose(frontend.float64(pcm), expected, rtol=0, atol=1e-6, err_msg=signal)


@pytest.mark.parametrize("level", LEVELS_DB)
@pytest.mark.parametrize("name", NEW)
def test_the_definition_equals_librosa_on_music(name, level):
    for path in tracks(every=50):
        pcm = music(path, level, seconds=5)
        np.testing.assert_allclose(KINDS[name].float64(pcm), by_librosa(KINDS[name], pcm), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "shape", "seconds"),
    [
        ("log-mel", (80, 80, 1), 20_736 / 22_050),
        ("mel-db", (458, 128, 1), 236_032 / 22_050),
        ("magnitude", (128, 1025, 1), 132_096 / 44_100),
        ("raw", (127, 1024, 1), 130_048 / 44_100),
        ("mfcc 13", (126, 13, 1), 66_048 / 22_050),
        ("mfcc 20", (126, 20, 1), 66_048 / 22_050),
        ("summary", (1, 40, 1), 66_048 / 22_050),
    ],
)
def test_a_window_has_the_shape_and_length_of_the_paper_s(name, shape, seconds):
    assert KINDS[name].window_shape == shape
    assert KINDS[name].window_seconds == pytest.approx(seconds)
    assert KINDS[name].float64(noise(KINDS[name].samples_for(shape[0]))).shape == shape[:2]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("name", NEW)
def test_float32_features_of_music_are_those_of_the_definition(name, workers):
    """A magnitude in float32 is off by a share of the loudest in its frame; sums of many are hardly off at all."""
    frontend = KINDS[name]
    for path in tracks(every=50):
        pcm = music(path, seconds=5)
        found, expected = frontend.float32(pcm, workers=workers), frontend.float64(pcm)
        assert found.dtype == np.float32
        if isinstance(frontend, Magnitude):
            assert relative_error(found, expected) < 2.0**-19
        else:
            np.testing.assert_allclose(
                found, expected, rtol=0, atol={"log-mel": 1e-4, "raw": 0}.get(frontend.kind, 1e-3)
            )


def relative_error(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference of magnitudes given in dB, as a share of the loudest in its frame."""
    found, expected = 10 ** (found.astype(np.float64) / 20), 10 ** (expected / 20)
    return float((np.abs(found - expected) / expected.max(axis=1, keepdims=True)).max())


@pytest.mark.parametrize("level", LEVELS_DB)
@pytest.mark.parametrize("name", NEW)
def test_integer_features_of_music_are_those_of_the_quantized_definition(name, level):
    """At most one step off, on at most one feature in a thousand; two in a bin at the floor beside a loud tone."""
    differing = values = 0
    for path in tracks(every=30):
        pcm = music(path, level, seconds=5)
        item = fitted(KINDS[name], pcm)
        steps = integer_extractor(item).features(pcm).astype(int) - item.normalization.quantize(
            item.frontend.float64(pcm)
        )
        assert np.abs(steps).max() <= (2 if isinstance(item.frontend, Magnitude) else 1)
        differing, values = differing + int(np.count_nonzero(steps)), values + steps.size
    assert differing <= 1e-3 * values


def test_integer_means_and_deviations_lie_within_a_twentieth_of_a_decibel():
    """Of loud and faint pieces, of silence, and of a piece that changes from one to the other: large deviations."""
    piece = SUMMARY.frame_length
    change = np.concatenate([np.zeros(piece // 2, np.int16), noise(piece - piece // 2)])
    for pcm in (noise(2 * piece), noise(piece, -60), np.zeros(piece, np.int16), change):
        form = integer_extractor(fitted(SUMMARY, noise(2 * piece)))
        np.testing.assert_allclose(form.real(pcm), SUMMARY.float64(pcm), rtol=0, atol=0.05)
    assert SUMMARY.float64(change)[0, 20] > 300  # dB, of the first coefficient


@pytest.mark.parametrize("frontend", [MFCC_13, MFCC_20], ids=["13", "20"])
def test_integer_mfcc_lie_within_a_twentieth_of_a_decibel(frontend):
    for signal, pcm in signals().items():
        form = integer_extractor(fitted(frontend, noise(30_000)))
        bound = 1.0 if signal == FAINT_BANDS else 0.05
        np.testing.assert_allclose(form.real(pcm), frontend.float64(pcm), rtol=0, atol=bound, err_msg=signal)


def test_integer_magnitudes_lie_within_a_share_of_the_loudest():
    """2**-23 is the transform's bound; 1e-4 dB, a hundred-thousandth of a magnitude, is the logarithm's."""
    form = integer_extractor(fitted(MAGNITUDE, noise(30_000)))
    for signal, pcm in signals().items():
        found, expected = 10 ** (form.real(pcm) / 20), 10 ** (MAGNITUDE.float64(pcm) / 20)
        allowed = 2.0**-23 * expected.max(axis=1, keepdims=True) + 1.2e-5 * expected
        assert (np.abs(found - expected) <= allowed).all(), signal


def test_integer_log_mel_bands_lie_within_a_share_of_the_loudest():
    """Of a band's magnitudes each is within 2**-23 of the loudest; 2e-5 is the logarithm's bound."""
    form = integer_extractor(fitted(LOG_MEL, noise(30_000)))
    weights = mel_filters(LOG_MEL.mel).sum(axis=1)
    for signal, pcm in signals().items():
        magnitudes = np.abs(np.fft.rfft(LOG_MEL.frames(pcm) / 32768 * hann(512), axis=1))
        found, expected = np.exp(form.real(pcm)), np.exp(LOG_MEL.float64(pcm))
        allowed = 2.0**-23 * magnitudes.max(axis=1, keepdims=True) * weights + 2e-5 * expected
        assert (np.abs(found - expected) <= allowed).all(), signal


def test_integer_mel_bands_lie_within_a_share_of_the_loudest():
    """Magnitudes are within 2**-23 of the loudest, so roots of sums of their squares are; 1e-4 is for the logarithm."""
    form = integer_extractor(fitted(MEL_DB, noise(30_000)))
    weights = np.sqrt(mel_filters(MEL_DB.mel).sum(axis=1))
    for signal, pcm in signals().items():
        magnitudes = np.abs(np.fft.rfft(MEL_DB.frames(pcm) / 32768 * hann(2048), axis=1))
        found, expected = 10 ** (form.real(pcm) / 20), 10 ** (MEL_DB.float64(pcm) / 20)
        allowed = 2.0**-23 * magnitudes.max(axis=1, keepdims=True) * weights + 1e-4 * expected
        assert (np.abs(found - expected) <= allowed).all(), signal


def test_integer_samples_are_those_of_the_definition_but_for_ties():
    pcm = np.arange(-(2**15), 2**15, dtype=np.int16)
    item = fitted(RAW, noise(30_000))
    np.testing.assert_array_equal(integer_extractor(item).features(pcm), item.normalization.quantize(RAW.float64(pcm)))


def test_raw_audio_has_one_mean_and_one_deviation_and_is_clipped_at_four():
    pcm = noise(30_000)
    item = fitted(RAW, pcm)
    assert len(item.normalization.mean) == len(item.normalization.deviation) == 1
    rows = pcm[: 29 * 1024] / 32768
    assert item.normalization.deviation[0] == pytest.approx(rows.std(), rel=1e-12)
    loud = integer_extractor(FeatureInput(frontend=RAW, normalization=fitted(RAW, noise(30_000, -40)).normalization))
    assert {-128, 127} <= set(np.unique(loud.features(pcm)).tolist())


@pytest.mark.parametrize("name", KINDS)
@given(cuts=st.lists(st.integers(0, 9000), max_size=6))
@settings(max_examples=15, deadline=None)
def test_a_stream_of_every_kind_equals_the_clip_to_the_bit(name, cuts):
    pcm = noise(9000)
    for form in (
        integer_extractor(fitted(KINDS[name], pcm)),
        FloatExtractor(KINDS[name], fitted(KINDS[name], pcm).normalization),
    ):
        stream = FeatureStream(form)
        parts = [stream.push(piece) for piece in np.split(pcm, sorted(cuts))]
        np.testing.assert_array_equal(np.concatenate(parts), form.features(pcm))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_survives_json(name):
    assert frontend_from_dict(json.loads(json.dumps(KINDS[name].to_dict()))) == KINDS[name]


@pytest.mark.parametrize(
    ("frontend", "change", "complaint"),
    [
        (LOG_MEL, {"offset": 0.0}, "offset"),
        (LOG_MEL, {"high_hz": 11_026.0}, "half the sample rate"),
        (LOG_MEL, {"coefficients": 12}, r"'log-mel': unknown entries \['coefficients'\]"),
        (MAGNITUDE, {"floor": -1.0}, "floor"),
        (MEL_DB, {"heard": "guitar"}, "heard must be one of mix, no-vocals, bass, drums, other, vocals, not 'guitar'"),
        (MEL_DB, {"heard": ["mix"]}, "heard must be one of"),
        (SUMMARY, {"hop_length": 512}, "'summary': it needs exactly the entry 'of'"),
        (SUMMARY, {"of": RAW.to_dict()}, "a front end of the kind 'mfcc'"),
        (SUMMARY, {"of": SUMMARY.to_dict()}, "a front end of the kind 'mfcc'"),
        (RAW, {"hop_length": 512}, "hop_length 512 must equal"),
    ],
)
def test_a_manifest_with_a_wrong_value_is_refused_by_name(frontend, change, complaint):
    with pytest.raises(FeatureError, match=complaint):
        frontend_from_dict({**frontend.to_dict(), **change})


def test_every_registered_kind_is_tried_here_and_has_an_integer_form():
    assert {frontend.kind for frontend in KINDS.values()} == set(REGISTERED) - set(RUN_ON_HOSTS) == set(INTEGER_FORMS)


@pytest.mark.parametrize(
    ("frontend", "reason"),
    [
        (dataclasses.replace(LIANG_MFCC, frame_length=1000, hop_length=500), "not of 1000"),
        (dataclasses.replace(LIANG_MFCC, mel_bands=400), "bin between all 402 mel points"),
        (Summary(of=LIANG_MFCC), "MFCC of frames of a power of two, and at most 128 frames"),
        (Summary(of=dataclasses.replace(MFCC_20, window_frames=129)), "at most 128 frames, not 129 of 2048 samples"),
        (dataclasses.replace(LOG_MEL, mel_bands=2), "127 spectrum bins"),
        (dataclasses.replace(MAGNITUDE, frame_length=2000), "not of 2000"),
    ],
)
def test_what_has_no_integer_form_is_refused_with_the_reason_and_runs_in_floats(frontend, reason):
    with pytest.raises(FeatureError, match=f"input 'sound' cannot be deployed in integers: .*{reason}"):
        check_deployable({"sound": frontend}, "int8")
    check_deployable({"sound": frontend}, "float")
    pcm = noise(30_000)
    item = fitted(frontend, pcm)
    np.testing.assert_array_equal(extractor(item).features(pcm), item.normalization.quantize(frontend.float64(pcm)))


@pytest.mark.parametrize("name", KINDS)
def test_the_front_ends_of_the_papers_can_be_deployed_in_integers(name):
    check_deployable({"sound": KINDS[name]}, "int8")
