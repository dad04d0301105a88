"""Batches: what the network sees, in which order, and the silenced stretch."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.windows import windows
from edgegenre.frontend.zeroed_interval import recompute_frames
from edgegenre.runs.protocol import Phase
from edgegenre.training.data import Batches, examples, track_probabilities
from edgegenre.training.zeroing import Zeroing

CPU = torch.device("cpu")
NORMALIZATION = Normalization(mean=(-100.0, *[0.0] * 11), deviation=(60.0, *[20.0] * 11))
FED = FeatureInput(frontend=LIANG_MFCC, normalization=NORMALIZATION)


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3000, samples).clip(-32768, 32767).astype(np.int16)


def source(features: list[np.ndarray]):
    return examples(features, range(len(features)), fed=FED, device=CPU)


def test_windows_lie_on_the_int8_grid_and_know_where_they_come_from():
    tracks = [np.random.default_rng(1).normal(0, 30, (frames, 12)).astype(np.float32) for frames in (700, 1300, 100)]
    data = source(tracks)
    assert data.features.shape == (4, 599, 12)
    assert data.track.tolist() == [0, 1, 1, 2]
    assert data.first_frame.tolist() == [0, 0, 599, 0]
    assert data.frames.tolist() == [599, 599, 599, 100]
    assert data.labels.tolist() == [0, 1, 1, 2]
    steps = data.features * 32
    assert torch.equal(steps, steps.round())
    assert steps.abs().max() <= 128
    np.testing.assert_array_equal(data.features[2].numpy(), NORMALIZATION.normalize(tracks[1][599:1198]))


@settings(max_examples=30, deadline=None)
@given(clips=st.integers(1, 9), batch=st.integers(1, 25), draws=st.integers(1, 6))
def test_batches_span_passes_and_every_clip_comes_once_a_pass(clips, batch, draws):
    data = source([np.full((1, 12), number, np.float32) for number in range(clips)])
    batches = Batches(data, torch.Generator().manual_seed(0), None)
    phase = Phase(iterations=1, learning_rate=1.0, batch=batch)
    drawn = torch.cat([batches.draw(phase)[1] for _ in range(draws)])
    assert len(drawn) == batch * draws
    for start in range(0, len(drawn), clips):
        part = drawn[start : start + clips].tolist()
        assert len(set(part)) == len(part)


def test_crops_are_stretches_of_the_window_from_all_over_it():
    track = np.arange(599, dtype=np.float32)[:, None] * np.ones(12, np.float32) / 10
    data = source([track])
    batches = Batches(data, torch.Generator().manual_seed(0), None)
    phase = Phase(iterations=1, learning_rate=1.0, batch=40, crop_frames=33)
    crops, _ = batches.draw(phase)
    assert crops.shape == (40, 33, 12)
    window = data.features[0]
    places = []
    for crop in crops:
        (place,) = [at for at in range(599 - 33 + 1) if torch.equal(window[at : at + 33], crop)][:1]
        places.append(place)
    assert min(places) < 100
    assert max(places) > 450


@settings(max_examples=25, deadline=None)
@given(samples=st.integers(1600, 60_000), share=st.floats(0, 1), seconds=st.sampled_from([0.1, 0.01, 0.37]))
def test_silenced_frames_are_those_of_the_silenced_pcm(samples, share, seconds):
    pcm = noise(samples)
    zeroing = Zeroing([pcm], seconds=seconds, fed=FED, device=CPU)
    start = round(share * samples)
    features = LIANG_MFCC.float32(pcm)
    silenced = recompute_frames(features, pcm, start, start + zeroing.length, LIANG_MFCC)
    first, recomputed = zeroing.frames(torch.tensor([0]), torch.tensor([start]))
    ours = NORMALIZATION.normalize(features)
    for offset in range(zeroing.touched):
        if (frame := int(first) + offset) < len(ours):
            ours[frame] = recomputed[0, offset].numpy()
    # Two float32 implementations: a value beside a rounding border may fall to the other side.
    steps = np.abs(ours - NORMALIZATION.normalize(silenced)) * 32
    assert steps.max() <= 1
    assert np.mean(steps > 0) < 0.01


@pytest.mark.parametrize("frames", [599, 1300, 60])
def test_a_batch_shows_the_silence_wherever_the_track_shows_those_frames(frames):
    pcm = noise(LIANG_MFCC.samples_for(frames))
    features = LIANG_MFCC.float32(pcm)
    data = source([features])
    zeroing = Zeroing([pcm], seconds=0.1, fed=FED, device=CPU)
    batches = Batches(data, torch.Generator().manual_seed(1), zeroing)
    twin = Batches(data, torch.Generator().manual_seed(1), None)
    phase = Phase(iterations=1, learning_rate=1.0, batch=6)
    augmented, _ = batches.draw(phase)
    rows = twin._next(6)
    torch.randint(0, 1, (6,), generator=twin.generator)
    starts = zeroing.draw(data.first_frame[rows], data.frames[rows], twin.generator)
    for row, start, shown in zip(rows, starts.tolist(), augmented.numpy(), strict=True):
        whole = recompute_frames(features, pcm, start, start + 1600, LIANG_MFCC)
        part = int(data.first_frame[row]) // 599
        expected = NORMALIZATION.normalize(windows(whole, LIANG_MFCC)[part])
        assert np.abs(shown - expected).max() * 32 <= 1
        assert np.mean(shown != data.features[row].numpy()) > 0
        assert data.first_frame[row] * 800 <= start <= (data.first_frame[row] + data.frames[row]) * 800


def test_a_tracks_probabilities_are_the_mean_over_its_windows():
    tracks = [np.random.default_rng(2).normal(0, 30, (frames, 12)).astype(np.float32) for frames in (599, 1200)]
    data = source(tracks)

    class FirstFrame(torch.nn.Module):
        def forward(self, features):
            return features[:, 0, :3]

    logits = data.features[:, 0, :3].double().numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = [shares[0], (shares[1] + shares[2]) / 2]
    np.testing.assert_allclose(track_probabilities(FirstFrame(), data), expected, rtol=1e-9)
