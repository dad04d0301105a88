"""Segments of tracks: where they lie, that both inputs show the same moments, and what a run says of them."""

import dataclasses
import json
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

from edgegenre.errors import TrainingError
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.normalization import Normalization
from edgegenre.metrics import softmax
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.segments import OverlappingSegments, RandomSegments
from edgegenre.training.batches import Batches
from edgegenre.training.source import InMemory, Mapped, Source, source_of
from edgegenre.training.windows import segment_frames, windows_of
from edgegenre.zoo.registry import MODELS
from tests.training.tiny import tiny_dataset, trained

# One row of each every 800 samples; a window of the second is one row shorter, as in the networks of two inputs.
FRONTENDS = {
    "cepstra": dataclasses.replace(LIANG_MFCC, window_frames=12),
    "samples": Raw(sample_rate=16_000, frame_length=800, hop_length=800, window_frames=11),
}
INPUTS = {
    "cepstra": FeatureInput(
        frontend=FRONTENDS["cepstra"], normalization=Normalization(mean=(0.0,) * 12, deviation=(20.0,) * 12)
    ),
    "samples": FeatureInput(frontend=FRONTENDS["samples"], normalization=Normalization(mean=(0.0,), deviation=(20.0,))),
}
SEGMENTS = (None, RandomSegments(per_track=5), OverlappingSegments(advance_frames=4, most=3))


def track(frames: int) -> dict[str, np.ndarray]:
    """Every value of a row is the row's number."""
    rows = np.arange(frames, dtype=np.float32)[:, np.newaxis]
    return {"cepstra": np.repeat(rows, 12, axis=1), "samples": np.repeat(rows, 800, axis=1)}


def made_of(lengths: list[int], segments, *, in_memory: int = 1 << 30, seed: int = 0) -> Source:
    return source_of(
        [track(frames) for frames in lengths],
        list(range(len(lengths))),
        INPUTS,
        device=torch.device("cpu"),
        in_memory=in_memory,
        segments=segments,
        seed=seed,
    )


def test_fourteen_segments_of_128_frames_begin_every_64() -> None:
    """As Calvino and Pacheco cut 977 frames; a longer track gives no more."""
    entry = MODELS["res-2d-segments"]
    for frames in (977, 1290):
        features = {"spectrum": np.zeros((frames, 1), np.float32)}
        shown = segment_frames(features, entry.frontends, entry.recipe("paper").segments, random.Random(0))["spectrum"]
        assert shown[:, 0].tolist() == [64 * number for number in range(14)]
        assert shown[-1, -1] == 13 * 64 + 127


@given(frames=st.integers(12, 400), count=st.integers(1, 40), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_random_segments_lie_within_the_track_and_begin_anywhere(frames: int, count: int, seed: int) -> None:
    segments = RandomSegments(per_track=count)
    windows = windows_of([track(frames)], [0], INPUTS, segments=segments, seed=seed)
    first = windows.first_frame["cepstra"]
    assert len(windows) == count
    assert first.min() >= 0
    assert first.max() <= frames - 12
    assert torch.equal(first, windows.first_frame["samples"])
    assert torch.equal(
        first, windows_of([track(frames)], [0], INPUTS, segments=segments, seed=seed).first_frame["cepstra"]
    )


def test_random_segments_reach_both_ends_and_depend_on_the_seed() -> None:
    first = [
        windows_of([track(20)], [0], INPUTS, segments=RandomSegments(per_track=300), seed=seed).first_frame["cepstra"]
        for seed in (0, 1)
    ]
    assert set(first[0].tolist()) == set(range(9))
    assert not torch.equal(*first)


def test_a_track_shorter_than_a_segment_gives_one_repeated_from_its_start() -> None:
    source = made_of([5], RandomSegments(per_track=7))
    assert len(source) == 1
    (inputs,) = source.in_order()
    assert (inputs["cepstra"][0, :, 0] * 20).round().tolist() == [*range(5), *range(5), 0, 1]


@pytest.mark.parametrize("segments", SEGMENTS)
def test_both_inputs_show_the_same_moments_from_memory_and_from_mapped_files(segments) -> None:
    lengths = [12, 40, 77]
    memory, mapped = made_of(lengths, segments), made_of(lengths, segments, in_memory=1000)
    assert isinstance(memory, InMemory)
    assert isinstance(mapped, Mapped)
    for phase in (
        Phase(epochs=1, learning_rate=1, batch=6),
        Phase(epochs=1, learning_rate=1, batch=6, crop_frames=7),
    ):
        one, other = (Batches(source, torch.Generator().manual_seed(0)).draw(phase) for source in (memory, mapped))
        rows = phase.crop_frames or 12
        assert [one.inputs[name].shape[1] for name in FRONTENDS] == [rows, rows - 1]
        assert torch.equal(one.inputs["cepstra"][:, :-1, 0], one.inputs["samples"][:, :, 0])
        for name in FRONTENDS:
            assert torch.equal(one.inputs[name], other.inputs[name])


def test_segments_between_the_rows_of_an_input_are_refused() -> None:
    slow = dataclasses.replace(FRONTENDS["samples"], frame_length=1600, hop_length=1600, window_frames=6)
    with pytest.raises(TrainingError, match=r"every 3 frames are no whole number of rows.*Choose a multiple of 2"):
        segment_frames(
            {"cepstra": np.zeros((99, 12)), "samples": np.zeros((50, 1600))},
            {"cepstra": FRONTENDS["cepstra"], "samples": slow},
            OverlappingSegments(advance_frames=3),
            random.Random(0),
        )


@pytest.mark.parametrize("name", MODELS)
def test_the_protocols_of_the_papers_survive_json(name: str) -> None:
    for protocol in MODELS[name].protocols.values():
        assert Protocol.from_dict(json.loads(json.dumps(protocol.to_dict()))) == protocol


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    """shallow-cnn on three segments a track, four epochs, looked at every second."""
    folder = tmp_path_factory.mktemp("segments")
    protocol = dataclasses.replace(
        MODELS["shallow-cnn"].recipe("paper"),
        name="short",
        phases=(Phase(epochs=4, learning_rate=1e-3, batch=16),),
        segments=RandomSegments(per_track=3),
        split=(1, 1, 1),
        repeats=1,
    )
    dataset = tiny_dataset(folder / "audio", tracks=3, seconds=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGENRE_CACHE", str(folder / "cache"))
        return trained("shallow-cnn", dataset, protocol, runs_folder=folder / "runs", device="cpu")


def test_a_run_says_how_right_segments_are_alone_and_how_right_tracks_are_by_each_vote(run) -> None:
    for part in ("validation", "test"):
        found = run.metrics[part]["windows"]
        assert found["count"] == 3 * run.metrics[part]["clips"] == 9
        assert 0 <= found["accuracy"] <= 1
        assert set(found["track_accuracy"]) == {"mean", "majority", "maximum", "sum"}
        assert found["track_accuracy"]["sum"] == run.metrics[part]["accuracy"]


def test_tensorboard_has_a_confusion_matrix_of_the_segments_every_second_epoch(run) -> None:
    (file,) = (run.path / "repeat-1" / "tensorboard").glob("events*")
    pictures = [
        (event.step, value.tensor.string_val or value.image.encoded_image_string)
        for event in EventFileLoader(str(file)).Load()
        for value in event.summary.value
        if value.tag == "confusion"
    ]
    assert [step for step, _ in pictures] == [2, 4]
    assert all(b"\x89PNG" in (content if isinstance(content, bytes) else b"".join(content)) for _, content in pictures)


def test_the_probabilities_of_segments_are_summed() -> None:
    """The answer of Calvino and Pacheco, and "max" of Schindler et al.'s course, is the largest sum."""
    from edgegenre.voting import track_shares

    logits = np.array([[2.0, 0.0, 0.0], [0.0, 1.0, 0.9], [0.0, 1.0, 0.9], [3.0, 0.0, 0.0]])
    track_of = np.array([0, 0, 0, 1])
    expected = [softmax(logits[:3]).sum(axis=0).argmax(), 0]
    assert track_shares(logits, track_of, "sum").argmax(axis=1).tolist() == expected
    assert track_shares(logits, track_of, "majority").argmax(axis=1).tolist() == [1, 0]
