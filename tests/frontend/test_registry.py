import dataclasses
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.errors import FeatureError
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.registry import frontend_from_dict


def test_thirty_seconds_are_599_frames_as_in_the_paper():
    assert LIANG_MFCC.frames_in(30 * 16_000) == 599 == LIANG_MFCC.window_frames
    assert (LIANG_MFCC.frame_seconds, LIANG_MFCC.hop_seconds, LIANG_MFCC.window_seconds) == (0.1, 0.05, 30.0)


@given(frames=st.integers(1, 2000))
@settings(max_examples=30, deadline=None)
def test_samples_for_is_the_shortest_audio_with_that_many_frames(frames):
    samples = LIANG_MFCC.samples_for(frames)
    assert LIANG_MFCC.frames_in(samples) == frames
    assert LIANG_MFCC.frames_in(samples - 1) == frames - 1


def test_no_samples_hold_no_frame():
    assert LIANG_MFCC.frames_in(0) == LIANG_MFCC.frames_in(1599) == LIANG_MFCC.samples_for(0) == 0


def test_a_specification_survives_json():
    spec = dataclasses.replace(LIANG_MFCC, mel_bands=30, high_hz=7600.0, coefficients=10)
    assert frontend_from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"kind": "wavelet"}, "kind 'wavelet'"),
        ({"kind": ["mfcc"]}, "kind"),
        ({"sample_rate": 10**12}, "sample_rate"),
        ({"sample_rate": 16000.0}, "sample_rate must be a whole number"),
        ({"sample_rate": "16000"}, "sample_rate"),
        ({"frame_length": -1}, "frame_length"),
        ({"hop_length": 0}, "hop_length"),
        ({"hop_length": True}, "hop_length"),
        ({"hop_length": 1601}, "longer than frame_length"),
        ({"mel_bands": 10**9}, "mel_bands"),
        ({"coefficients": 41}, "cannot come from 40"),
        ({"low_hz": float("nan")}, "low_hz"),
        ({"low_hz": 9000.0}, "low_hz < high_hz"),
        ({"high_hz": 8001.0}, "half the sample rate"),
        ({"power_floor": 0.0}, "power_floor"),
        ({"power_floor": float("inf")}, "power_floor"),
        ({"window_frames": None}, "window_frames"),
        ({"color": "blue"}, r"unknown entries \['color'\]"),
    ],
)
def test_a_manifest_with_a_wrong_value_is_refused_by_name(change, complaint):
    with pytest.raises(FeatureError, match=complaint):
        frontend_from_dict({**LIANG_MFCC.to_dict(), **change})


def test_a_manifest_that_lacks_an_entry_or_is_no_table_is_refused():
    values = LIANG_MFCC.to_dict()
    del values["hop_length"]
    with pytest.raises(FeatureError, match="hop_length"):
        frontend_from_dict(values)
    with pytest.raises(FeatureError, match="table"):
        frontend_from_dict([1, 2])  # type: ignore[arg-type]
