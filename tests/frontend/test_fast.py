import dataclasses

import numpy as np
import pytest

from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from tests.frontend.signals import LEVELS_DB, music, noise, tracks


@pytest.mark.parametrize("level", LEVELS_DB)
def test_float32_features_of_music_are_within_a_thousandth_of_a_decibel(level):
    for path in tracks(every=10):
        pcm = music(path, level)
        features = LIANG_MFCC.float32(pcm, workers=1)
        assert features.dtype == np.float32
        np.testing.assert_allclose(features, LIANG_MFCC.float64(pcm), rtol=0, atol=1e-3)


@pytest.mark.parametrize("samples", [1599, 1600, 1600 + 63 * 800, 1600 + 64 * 800, 100_000])
@pytest.mark.parametrize("workers", [1, 3, None])
def test_neither_length_nor_threads_change_the_features(samples, workers):
    pcm = noise(samples, seed=samples)
    features = LIANG_MFCC.float32(pcm, workers=workers)
    np.testing.assert_allclose(features, LIANG_MFCC.float64(pcm), rtol=0, atol=1e-3)


@pytest.mark.parametrize("change", [{"mel_bands": 2, "coefficients": 2}, {"mel_bands": 512}, {"high_hz": 20.0}])
def test_unusual_mel_bands_are_computed_too(change):
    spec = dataclasses.replace(LIANG_MFCC, **change)
    np.testing.assert_allclose(spec.float32(noise(4000)), spec.float64(noise(4000)), rtol=0, atol=1e-3)
