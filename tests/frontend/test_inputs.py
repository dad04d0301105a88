"""Several inputs of a model: of one sample rate, and in windows that begin with the same sample."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import FeatureError
from edgegenre.frontend.inputs import FeatureInput, inputs_from_dict, inputs_to_dict, only, sample_rate
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.window_cutter import WindowCutter
from edgegenre.frontend.windows import input_windows, window_advance, window_count

LONG = dataclasses.replace(LIANG_MFCC, hop_length=400, window_frames=6)
SHORT = dataclasses.replace(LIANG_MFCC, window_frames=2)
FRONTENDS = {"long": LONG, "short": SHORT}


def numbered(samples: int) -> dict[str, np.ndarray]:
    """For each input the rows [rows, 1] of so many samples; a row holds the number of its first sample."""
    return {
        name: np.arange(each.frames_in(samples), dtype=np.int64)[:, np.newaxis] * each.hop_length
        for name, each in FRONTENDS.items()
    }


def normalization(values: int) -> Normalization:
    return Normalization(mean=(0.5,) * values, deviation=(2.0,) * values)


def test_inputs_survive_json():
    inputs = {name: FeatureInput(frontend=each, normalization=normalization(12)) for name, each in FRONTENDS.items()}
    found = inputs_from_dict(json.loads(json.dumps(inputs_to_dict(inputs))))
    assert found == inputs
    assert list(found) == ["long", "short"]


def test_inputs_of_different_sample_rates_are_refused_with_both():
    other = dataclasses.replace(SHORT, sample_rate=22_050)
    with pytest.raises(FeatureError, match=r"one sample rate, but 'long' 16000 Hz, 'short' 22050 Hz"):
        sample_rate({"long": LONG, "short": other})


def test_a_normalization_of_another_width_is_refused():
    with pytest.raises(FeatureError, match="11 means for 12 MFCC coefficients"):
        FeatureInput(frontend=LONG, normalization=normalization(11))


def test_the_normalization_is_fitted_to_the_tracks():
    features = [np.random.default_rng(n).normal(3, 2, (50, 12)) for n in range(3)]
    fitted = FeatureInput.fit(LONG, features).normalization
    np.testing.assert_allclose(fitted.mean, np.concatenate(features).mean(axis=0))


def test_what_takes_one_input_refuses_two_by_name():
    assert only({"long": LONG}, "the C runtime") is LONG
    with pytest.raises(FeatureError, match=r"the C runtime takes one input, and this model has 2: long, short\."):
        only(FRONTENDS, "the C runtime")


@pytest.mark.parametrize("samples", [3600, 4000, 6399, 6400, 20_000])
def test_the_windows_of_all_inputs_begin_with_the_same_sample(samples):
    """A window is 6 rows of 400 samples and 2 of 800: the next begins after 2400 samples, one row of 800 left out."""
    parts = input_windows(numbered(samples), FRONTENDS)
    complete = sum(start + 3600 <= samples for start in range(0, samples, 2400))
    assert window_count(parts) == complete
    for number in range(complete):
        np.testing.assert_array_equal(parts["long"][number, :, 0], 2400 * number + 400 * np.arange(6))
        np.testing.assert_array_equal(parts["short"][number, :, 0], 2400 * number + 800 * np.arange(2))


@pytest.mark.parametrize("samples", [2000, 2400, 3200, 3599])
def test_short_audio_is_repeated_after_the_same_time_for_all_inputs(samples):
    parts = input_windows(numbered(samples), FRONTENDS)
    period = {2000: 800, 2400: 800, 3200: 1600, 3599: 1600}[samples]
    np.testing.assert_array_equal(parts["long"][0, :, 0], 400 * np.arange(6) % period)
    np.testing.assert_array_equal(parts["short"][0, :, 0], 800 * np.arange(2) % period)


def test_audio_that_is_too_short_for_any_input_says_how_long_it_must_be():
    with pytest.raises(FeatureError, match=r"at least 2000 samples \(0\.125 s at 16000 Hz\), and 0\.225 s for a whole"):
        input_windows(numbered(1999), FRONTENDS)


def test_hops_that_do_not_meet_are_refused():
    with pytest.raises(FeatureError, match=r"every 2400 samples.*'odd', one every 700"):
        window_advance({"long": LONG, "odd": dataclasses.replace(SHORT, hop_length=700)})


@given(samples=st.integers(0, 12_000), cuts=st.lists(st.integers(0, 12_000), max_size=8))
@settings(max_examples=80, deadline=None)
def test_rows_that_arrive_in_pieces_make_the_windows_of_the_whole_clip(samples, cuts):
    whole, cutter = numbered(samples), WindowCutter(FRONTENDS)
    heard: dict[tuple[int, str], list[np.ndarray]] = {}
    complete = 0
    before = dict.fromkeys(FRONTENDS, 0)
    for moment in [*sorted(cut for cut in cuts if cut < samples), samples]:
        known = {name: each.frames_in(moment) for name, each in FRONTENDS.items()}
        for portion in cutter.push({name: rows[before[name] : known[name]] for name, rows in whole.items()}):
            complete += portion.complete
            for name, rows in portion.rows.items():
                heard.setdefault((portion.window, name), []).append(rows)
        before = known
    if samples < 3600:
        assert complete == 0
        return
    expected = input_windows(whole, FRONTENDS)
    assert complete == window_count(expected)
    for name in FRONTENDS:
        for number in range(complete):
            np.testing.assert_array_equal(np.concatenate(heard[number, name]), expected[name][number])
            assert cutter.first_row(number, name) * FRONTENDS[name].hop_length == 2400 * number
