import numpy as np
import pytest

from edgegenre.datasets.baseline import mean_mfcc_accuracy
from edgegenre.datasets.extended_ballroom import CLASSES
from edgegenre.datasets.split import stratified_split
from edgegenre.datasets.synthetic_render import render_track
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from tests.datasets.layouts import plain


def test_classes_of_different_timbre_are_told_apart():
    split = stratified_split(plain({"dark": 30, "bright": 30}), 0)

    def features(track):
        noise = np.random.default_rng(int(track.identifier[-4:])).normal(size=(50, 12))
        return (noise + (3 if track.label == "bright" else 0)).astype(np.float32)

    assert mean_mfcc_accuracy(split, features) == 1.0


def test_classes_that_differ_in_order_alone_are_not_told_apart():
    """Rising and falling: the same frames, in another order, have the same mean."""
    split = stratified_split(plain({"rising": 200, "falling": 200}), 0)

    def features(track):
        ramp = np.linspace(-5, 5, 50)[:, None] * np.ones(12)
        noise = np.random.default_rng(int(track.identifier[-4:]) + 1000 * len(track.label)).normal(size=(50, 12))
        return ((ramp if track.label == "rising" else -ramp) + noise).astype(np.float32)

    # Chance on 40 test tracks: 0.5, standard deviation 0.08.
    assert 0.5 - 4 * 0.08 < mean_mfcc_accuracy(split, features) < 0.5 + 4 * 0.08


@pytest.mark.slow
def test_the_rhythms_of_the_synthetic_set_say_more_than_its_timbres():
    """The same classifier, on mean MFCC and on how fast each coefficient fluctuates."""
    split = stratified_split(plain(dict.fromkeys(CLASSES, 30)), 0)
    features = {
        track: LIANG_MFCC.float32(render_track(track.label, int(track.identifier[-4:]), 3), workers=1)
        for track in (*split.train, *split.test)
    }

    def fluctuation(track):
        moving = features[track] - features[track].mean(axis=0)
        spectrum = np.abs(np.fft.rfft(moving * np.hanning(len(moving))[:, None], axis=0))[:300]
        bands = spectrum.reshape(60, 5, 12).mean(axis=1).ravel()
        return np.log(bands / bands.sum() + 1e-6)[None]

    timbre = mean_mfcc_accuracy(split, features.__getitem__)
    rhythm = mean_mfcc_accuracy(split, fluctuation)
    assert 1 / 13 < timbre < 0.5
    assert rhythm > timbre + 0.15
