"""A listener's score card, held to counts over the events that the classifier itself tells."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.decisions.decider import Averages
from edgegenre.decisions.rules import ONE, Rules, rules_for
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import AudioError, DatasetError
from edgegenre.evaluation.listening import Listening, listen
from edgegenre.evaluation.long_stream import Sounding, joined, playlist, score_stream
from edgegenre.evaluation.score import whole_folder
from edgegenre.evaluation.score_card import Streams, card, curve
from edgegenre.runs.run_folder import Run
from edgegenre.runtime.classifier import Classifier
from tests.bundles import tiny_run

RATE = 16_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def bundle(run: Run) -> Path:
    return export_bundle(run, to=["c"], out_folder=run.path.parent.parent / "bundle")


def answered(classifier: Classifier, pcm: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The answer behind every decision by the events that were told, and the samples heard until then."""
    answers, ends, last = [], [], "unknown"
    for start in range(0, len(pcm), 4000):
        for decision in classifier.push(pcm[start : start + 4000]):
            last = decision.event.text if decision.event else last
            answers.append(last)
            ends.append(round(decision.time_seconds * RATE))
    return answers, np.array(ends)


def test_the_card_of_a_stream_counts_what_the_events_say(run: Run, bundle: Path) -> None:
    material = whole_folder(run.dataset.root)
    result = score_stream(bundle, material, minutes=1.0, seed=1)
    heard: list[Sounding] = []
    parts = []
    for track in playlist(material.tracks, 1):
        parts.append(load_pcm(track.path))
        start = heard[-1].end if heard else 0
        heard.append(Sounding(label=track.label, start=start, end=start + len(parts[-1])))
        if heard[-1].end >= 60 * RATE:
            break
    answers, ends = answered(Classifier(bundle, mode="continuous"), np.concatenate(parts)[: 60 * RATE])
    stretches = joined(heard)
    truth = [next(item.label for item in stretches if end <= item.end) for end in ends.tolist()]
    right = np.array([one == other for one, other in zip(answers, truth, strict=True)])
    genre = np.array([answer not in ("unknown", "silence") for answer in answers])
    assert result.card.right == pytest.approx(right.mean())
    assert result.card.wrong == pytest.approx((genre & ~right).mean())
    assert result.card.unknown == pytest.approx((~genre).mean())
    said = [answer for answer in answers if answer not in ("unknown", "silence")]
    flips = sum(one != other for one, other in itertools.pairwise(said))
    assert result.card.flips_per_hour == pytest.approx(flips / (ends[-1] / RATE / 3600))
    waits = []
    for item in stretches[1:]:
        inside = (ends > item.start) & (ends <= item.end)
        times = ends[inside & (np.array(answers) == item.label)]
        waits.append((times[0] - item.start) / RATE if len(times) else np.inf)
    assert result.card.missed == pytest.approx(np.mean(np.isinf(waits)))
    expected = sorted(waits)[int(np.ceil(0.5 * len(waits))) - 1]
    assert result.card.reaction_p50 == (None if np.isinf(expected) else pytest.approx(expected))
    assert result.card.false_per_hour is None


def test_false_genres_are_counted_on_sound_that_is_no_music(run: Run, bundle: Path, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for number in range(4):
        sound = np.zeros(3 * RATE) if number % 2 else generator.normal(0, 0.2, 5 * RATE)
        soundfile.write(tmp_path / f"{number}.wav", sound, RATE)
    material = whole_folder(run.dataset.root)
    result = score_stream(bundle, material, minutes=0.5, non_music=tmp_path)
    assert result.other_seconds == pytest.approx(16, abs=0.5)
    assert result.card.false_per_hour is not None
    assert result.card.false_share is not None
    rejecting = result.curve[-1]
    assert rejecting.unknown >= result.curve[0].unknown
    shares = [item.false_share for item in result.curve if item.false_share is not None]
    assert min(shares) == shares[-1]
    with pytest.raises(DatasetError, match="no readable sound file"):
        score_stream(bundle, material, minutes=0.5, non_music=run.path)
    (tmp_path / "short").mkdir()
    soundfile.write(tmp_path / "short" / "a.wav", np.zeros(2000), RATE)
    with pytest.raises(AudioError, match="too short for a single decision"):
        score_stream(bundle, material, minutes=0.5, non_music=tmp_path / "short")


def rules() -> Rules:
    made = rules_for(None, labels=("a", "b"), output=None, hop_samples=800, hop_seconds=0.05, decision_hops=20)
    return dataclasses.replace(made, confirmation=1, smoothing=1, hysteresis=0, hysteresis_score=0)


def listening(answers: str) -> Listening:
    """A decision a second, sure of a or b ("a", "b"), of neither ("?"), or silent (".")."""
    sure = {"a": (ONE, 0), "b": (0, ONE), "?": (100, 90), ".": (0, 0)}
    averages = [
        Averages(shares=np.array(sure[answer]), score=max(sure[answer]), silent=answer == ".") for answer in answers
    ]
    times = np.arange(1, len(answers) + 1) * RATE
    return Listening(decisions=[], ends=times, averages=averages, rules=rules())


def streams(music: str, other: str = "") -> Streams:
    """Genre a for four seconds, b for four, a for four."""
    stretches = [Sounding(label=label, start=4 * n * RATE, end=4 * (n + 1) * RATE) for n, label in enumerate("aba")]
    return Streams(
        music=listening(music),
        stretches=stretches,
        other=listening(other) if other else None,
        labels=("a", "b"),
        rate=RATE,
    )


def test_a_card_worked_out_by_hand() -> None:
    found = card(streams("aaaaaa?bb??a", "?a?bba.."), threshold_score=ONE // 2)
    assert found.right == pytest.approx(6 / 12)
    assert found.wrong == pytest.approx(3 / 12)
    assert found.unknown == pytest.approx(3 / 12)
    assert (found.reaction_p50, found.reaction_p90, found.missed) == (4.0, 4.0, 0.0)
    assert found.flips_per_hour == pytest.approx(2 * 300)
    assert found.false_per_hour == pytest.approx(3 * 450)
    assert found.false_share == pytest.approx(4 / 8)
    assert found.threshold == 0.5


def test_a_genre_that_is_never_answered_has_no_reaction_time() -> None:
    found = card(streams("aaaaaaaaaaaa"), threshold_score=0)
    assert (found.reaction_p50, found.reaction_p90, found.missed) == (1.0, None, 0.5)


def test_the_curve_goes_from_rejecting_nothing_to_rejecting_nearly_all() -> None:
    points = curve(streams("aaa?bb?baa?a", "????"))
    assert points[0].unknown == 0
    assert points[0].false_share == 1
    assert points[-1].unknown == pytest.approx(3 / 12)
    assert points[-1].false_share == 0
    assert [item.threshold for item in points] == sorted({item.threshold for item in points})


def test_listening_to_nothing_gives_nothing(bundle: Path) -> None:
    assert listen(Classifier(bundle, mode="continuous"), [np.zeros(1000, np.int16)]) is None
