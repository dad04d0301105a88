import dataclasses

import librosa
import numpy as np
import pytest
import scipy.fft
import scipy.signal

from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.mel import dct_matrix, hann, mel_filters

SPECS = [
    LIANG_MFCC,
    dataclasses.replace(LIANG_MFCC, mel_bands=64, low_hz=50.0, high_hz=7600.0, coefficients=20),
    dataclasses.replace(LIANG_MFCC, sample_rate=22_050, frame_length=1024, hop_length=512),
]


@pytest.mark.parametrize("spec", SPECS)
def test_mel_filters_equal_librosa(spec):
    expected = librosa.filters.mel(
        sr=spec.sample_rate,
        n_fft=spec.frame_length,
        n_mels=spec.mel_bands,
        fmin=spec.low_hz,
        fmax=spec.high_hz,
        dtype=np.float64,
    )
    np.testing.assert_allclose(mel_filters(spec.mel), expected, rtol=1e-9, atol=1e-14)


def test_the_window_is_the_periodic_hann_window():
    np.testing.assert_allclose(hann(1600), scipy.signal.get_window("hann", 1600, fftbins=True), rtol=0, atol=1e-15)


@pytest.mark.parametrize("spec", SPECS)
def test_the_dct_is_orthonormal_type_two(spec):
    expected = scipy.fft.dct(np.eye(spec.mel_bands), type=2, norm="ortho", axis=0)[: spec.coefficients]
    np.testing.assert_allclose(dct_matrix(spec.coefficients, spec.mel_bands), expected, rtol=0, atol=1e-14)
