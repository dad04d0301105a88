"""A long stream's score, held to a count over every sample of the same sound."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgegenre.audio.decode import load_pcm
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.track import Track
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import AudioError, DatasetError, RuntimeEngineError
from edgegenre.evaluation.long_stream import StreamScore, playlist, score_stream
from edgegenre.evaluation.score import held_out, whole_folder
from edgegenre.runs.run_folder import Run
from edgegenre.runtime.classifier import Classifier
from tests.bundles import LABELS, SPEC, tiny_run

RATE = SPEC.sample_rate
WINDOW = SPEC.samples_for(SPEC.window_frames)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def bundle(run: Run) -> Path:
    return export_bundle(run, to=["c"], out_folder=run.path.parent.parent / "bundle")


def counted_by_sample(bundle: Path, tracks: list[Track], samples: int) -> tuple[list[float], list[bool]]:
    """The shares of right decisions in each stretch of one genre, and whether the others were right."""
    sounds = [load_pcm(track.path) for track in tracks]
    sound = np.concatenate(sounds)[:samples]
    genre = np.repeat([track.label for track in tracks], [len(part) for part in sounds])[:samples]
    stretch = np.concatenate([[0], np.cumsum(genre[1:] != genre[:-1])])
    settled: dict[int, list[bool]] = {}
    changing = []
    for decision in Classifier(bundle, mode="continuous").push(sound):
        end = round(decision.time_seconds * RATE)
        right = decision.label == genre[end - 1]
        if end >= WINDOW and len(set(genre[end - WINDOW : end])) == 1:
            settled.setdefault(int(stretch[end - 1]), []).append(right)
        else:
            changing.append(right)
    return [float(np.mean(values)) for values in settled.values()], changing


@pytest.mark.parametrize("seconds", [30, 27.3])
def test_every_decision_is_counted_once_and_held_to_what_sounds(run: Run, bundle: Path, seconds: float) -> None:
    material = whole_folder(run.dataset.root)
    result = score_stream(bundle, material, minutes=seconds / 60, seed=3)
    tracks = list(itertools.islice(playlist(material.tracks, 3), 20))
    settled, changing = counted_by_sample(bundle, tracks, round(seconds * RATE))
    assert result.accuracy == pytest.approx(np.mean(settled))
    assert result.stretches == len(settled) > 2
    assert result.after_change == pytest.approx(np.mean(changing))
    assert result.seconds == seconds
    spread = 4.30265 if len(settled) == 3 else None  # Student's t, two degrees of freedom
    if spread and result.interval:
        assert result.interval[1] - result.accuracy == pytest.approx(spread * np.std(settled, ddof=1) / 3**0.5, 1e-4)


def test_a_playlist_has_two_tracks_of_a_genre_in_a_row_and_in_time_plays_all(run: Run) -> None:
    tracks = open_folder(run.dataset.root).tracks
    played = list(itertools.islice(playlist(tracks), 30))
    assert played == list(itertools.islice(playlist(tracks[::-1]), 30))
    assert played != list(itertools.islice(playlist(tracks, seed=1), 30))
    assert [track.label for track in played[::2]] == [track.label for track in played[1::2]]
    for start in range(0, 30, 6):
        assert {track.label for track in played[start : start + 6]} == set(LABELS)
    assert set(played) == set(tracks)


def test_the_same_stream_has_the_same_score_on_the_native_engine(run: Run, bundle: Path) -> None:
    def heard(engine: str) -> StreamScore:
        return score_stream(bundle, held_out(run), minutes=0.3, engine=engine, arithmetic="q31")

    one, other = heard("reference").to_dict(), heard("native").to_dict()
    assert (one.pop("engine"), other.pop("engine")) == ("reference", "native")
    assert one == other
    assert one["split"] == "test of run-1, by track, 8/1/1, seed 0"


def test_tracks_that_cannot_be_played_are_left_out_once_or_refused(run: Run, bundle: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run.dataset.root, tmp_path / "music")
    for label in LABELS:
        (folder / label / "00.wav").write_bytes(b"RIFF")
    material = whole_folder(folder)
    result = score_stream(bundle, material, minutes=2, skip_broken=True)
    assert len(result.skipped) == 3
    with pytest.raises(AudioError, match=r"00\.wav"):
        score_stream(bundle, material, minutes=2)
    for path in folder.rglob("*.wav"):
        path.write_bytes(b"RIFF")
    with pytest.raises(AudioError, match="not one of 30 tracks can be played"):
        score_stream(bundle, material, minutes=2, skip_broken=True)


@pytest.mark.parametrize("minutes", [0.02, 0.0, -1, float("nan"), float("inf")])
def test_a_stream_too_short_or_endless_is_refused(run: Run, bundle: Path, minutes: float) -> None:
    with pytest.raises((AudioError, DatasetError), match="minutes"):
        score_stream(bundle, whole_folder(run.dataset.root), minutes=minutes)


def test_an_engine_that_cannot_stream_says_so(run: Run) -> None:
    with pytest.raises(RuntimeEngineError, match="continuous"):
        score_stream(run, whole_folder(run.dataset.root), minutes=0.5)
