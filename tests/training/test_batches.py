"""Batches: what the network sees, in which order, and the silenced stretch."""

import itertools
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.zeroed_interval import recompute_frames
from edgegenre.runs.phase import Phase
from edgegenre.training.batches import Batches
from edgegenre.training.pcm_shelf import PcmShelf
from edgegenre.training.scoring import track_probabilities, window_logits
from edgegenre.training.source import Source, source_of
from edgegenre.training.windows import Windows
from edgegenre.training.zeroing import Zeroing
from tests.windows import windows

CPU = torch.device("cpu")
NORMALIZATION = Normalization(mean=(-100.0, *[0.0] * 11), deviation=(60.0, *[20.0] * 11))


def noise(samples: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3000, samples).clip(-32768, 32767).astype(np.int16)


FED = FeatureInput(frontend=LIANG_MFCC, normalization=NORMALIZATION)


def source(features: list[np.ndarray], *, in_memory: bool = True) -> Source:
    tracks = [{"features": array} for array in features]
    return source_of(tracks, range(len(features)), {"features": FED}, device=CPU, in_memory=in_memory << 40)


def zeroing_of(windows: Windows, pcm: list[np.ndarray], *, seconds: float = 0.1, limit: int = 1 << 30) -> Zeroing:
    shelf = PcmShelf(limit, Path(tempfile.gettempdir()))
    for track in pcm:
        shelf.add(track)
    return Zeroing(windows, shelf, name="features", fed=FED, seconds=seconds, device=CPU)


def test_windows_lie_on_the_int8_grid_and_know_where_they_come_from():
    tracks = [np.random.default_rng(1).normal(0, 30, (frames, 12)).astype(np.float32) for frames in (700, 1300, 100)]
    data = source(tracks)
    assert data.windows.track.tolist() == [0, 1, 1, 2]
    assert data.windows.first_frame["features"].tolist() == [0, 0, 599, 0]
    assert data.windows.frames["features"].tolist() == [599, 599, 599, 100]
    assert data.windows.labels.tolist() == [0, 1, 1, 2]
    features = torch.cat([inputs["features"] for inputs in data.in_order(batch=3)])
    assert features.shape == (4, 599, 12)
    steps = features * 32
    assert torch.equal(steps, steps.round())
    assert steps.abs().max() <= 128
    np.testing.assert_array_equal(features[2].numpy(), NORMALIZATION.normalize(tracks[1][599:1198]))
    np.testing.assert_array_equal(features[3].numpy(), NORMALIZATION.normalize(np.tile(tracks[2], (6, 1))[:599]))


@settings(max_examples=30, deadline=None)
@given(clips=st.integers(1, 9), batch=st.integers(1, 25), draws=st.integers(1, 6))
def test_batches_span_passes_and_every_clip_comes_once_a_pass(clips, batch, draws):
    data = source([np.full((1, 12), number, np.float32) for number in range(clips)])
    batches = Batches(data, torch.Generator().manual_seed(0))
    phase = Phase(iterations=1, learning_rate=1.0, batch=batch)
    drawn = torch.cat([batches.draw(phase).labels for _ in range(draws)])
    assert len(drawn) == batch * draws
    for start in range(0, len(drawn), clips):
        part = drawn[start : start + clips].tolist()
        assert len(set(part)) == len(part)


def test_crops_are_stretches_of_the_window_from_all_over_it():
    track = np.arange(599, dtype=np.float32)[:, None] * np.ones(12, np.float32) / 10
    data = source([track])
    batches = Batches(data, torch.Generator().manual_seed(0))
    phase = Phase(iterations=1, learning_rate=1.0, batch=40, crop_frames=33)
    crops = batches.draw(phase).inputs["features"]
    assert crops.shape == (40, 33, 12)
    (window,) = next(data.in_order())["features"]
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
    features = LIANG_MFCC.float32(pcm)
    zeroing = zeroing_of(source([features]).windows, [pcm], seconds=seconds)
    start = round(share * samples)
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
    zeroing = zeroing_of(data.windows, [pcm])
    batches = Batches(data, torch.Generator().manual_seed(1), [zeroing])
    twin = Batches(data, torch.Generator().manual_seed(1))
    phase = Phase(iterations=1, learning_rate=1.0, batch=6)
    augmented, plain = batches.draw(phase), twin.draw(phase)
    assert torch.equal(augmented.rows, plain.rows)
    first_frame, frames = (of["features"][plain.rows] for of in (data.windows.first_frame, data.windows.frames))
    starts = zeroing.draw(first_frame, frames, twin.generator)
    for clip, start in enumerate(starts.tolist()):
        shown = augmented.inputs["features"][clip].numpy()
        whole = recompute_frames(features, pcm, start, start + 1600, LIANG_MFCC)
        expected = NORMALIZATION.normalize(windows(whole, LIANG_MFCC)[int(first_frame[clip]) // 599])
        assert np.abs(shown - expected).max() * 32 <= 1
        assert np.mean(shown != plain.inputs["features"][clip].numpy()) > 0
        assert first_frame[clip] * 800 <= start <= (first_frame[clip] + frames[clip]) * 800


def test_a_tracks_probabilities_are_the_mean_over_its_windows():
    tracks = [np.random.default_rng(2).normal(0, 30, (frames, 12)).astype(np.float32) for frames in (599, 1200)]
    data = source(tracks)

    class FirstFrame(torch.nn.Module):
        def forward(self, features):
            return features["features"][:, 0, :3]

    logits = next(data.in_order())["features"][:, 0, :3].double().numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = [shares[0], (shares[1] + shares[2]) / 2]
    found = track_probabilities(window_logits(FirstFrame(), data), data)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@settings(max_examples=20, deadline=None)
@given(
    lengths=st.lists(st.sampled_from([1, 40, 598, 599, 600, 1250]), min_size=1, max_size=4),
    crop=st.sampled_from([None, 7, 99]),
    limit=st.sampled_from([0, 60_000]),
)
def test_batches_from_mapped_files_are_those_from_memory_to_the_bit(lengths, crop, limit):
    """A memory map of a cache entry for each track; the PCM of the silenced stretches partly in a file, too."""
    pcm = [noise(LIANG_MFCC.samples_for(frames), seed) for seed, frames in enumerate(lengths)]
    features = [LIANG_MFCC.float32(track) for track in pcm]
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, array in enumerate(features):
            np.save(Path(folder) / f"{number}.npy", array)
            files.append(np.load(Path(folder) / f"{number}.npy", mmap_mode="r"))
        sources = source(features), source(files, in_memory=False)
        whole, mapped = (
            Batches(data, torch.Generator().manual_seed(2), [zeroing_of(data.windows, pcm, limit=bytes_kept)])
            for data, bytes_kept in zip(sources, (1 << 30, limit), strict=True)
        )
        phase = Phase(iterations=1, learning_rate=1.0, batch=5, crop_frames=crop)
        for _ in range(3):
            ours, theirs = mapped.draw(phase), whole.draw(phase)
            assert torch.equal(ours.inputs["features"], theirs.inputs["features"])
            assert torch.equal(ours.labels, theirs.labels)
        for ours, theirs in zip(sources[1].in_order(2), sources[0].in_order(2), strict=True):
            assert torch.equal(ours["features"], theirs["features"])


def test_an_epoch_shows_every_window_once_and_its_last_batch_is_what_is_left():
    data = source([np.full((1, 12), number, np.float32) for number in range(7)])
    batches = Batches(data, torch.Generator().manual_seed(0))
    phase = Phase(epochs=2, learning_rate=1.0, batch=3)
    drawn = [batches.draw(phase).labels.tolist() for _ in range(phase.steps(7))]
    assert [len(labels) for labels in drawn] == [3, 3, 1, 3, 3, 1]
    assert sorted(itertools.chain(*drawn[:3])) == sorted(itertools.chain(*drawn[3:])) == list(range(7))
