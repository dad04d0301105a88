"""classify and listen give the same answer to the same audio, however it arrives."""

import dataclasses
import io
import itertools
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.bundle import load_bundle, write_manifest
from edgegenre.cli.listen_view import bars
from edgegenre.decisions.settings import Decisions, Reject
from edgegenre.runtime.classifier import Classifier
from tests.bundles import LABELS
from tests.commands import Outcome, edgegenre, refusal
from tests.support import program


@pytest.fixture
def song(tiny: Path) -> Path:
    return tiny / "music" / "low" / "03.wav"


@pytest.fixture
def long_song(tmp_path: Path) -> Path:
    """7 s at 44.1 kHz in stereo: three windows of 2 s and a tail."""
    noise = np.random.default_rng(0).normal(0, 0.1, (7 * 44_100, 2)) * np.linspace(0.1, 1, 7 * 44_100)[:, None]
    soundfile.write(tmp_path / "long.flac", noise, 44_100)
    return tmp_path / "long.flac"


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("engine", ["reference", "onnxruntime", "litert"])
@pytest.mark.parametrize("chunk", [7919, 1_000_000])
def test_the_last_line_of_listen_equals_classify(tiny: Path, long_song: Path, engine: str, chunk: int) -> None:
    chosen = ["--bundle", tiny / "bundle", "--json", "--logits"]
    heard = edgegenre("listen", long_song, "--fast", "--chunk", chunk, "--engine", engine, *chosen)
    (classified,) = lines(edgegenre("classify", long_song, *chosen).stdout)
    assert classified.pop("file") == str(long_song)
    last = lines(heard.stdout)[-1]
    assert last.pop("engine") == engine
    assert classified.pop("engine") == "onnxruntime"
    assert last == classified
    assert heard.stderr == ""
    assert set(classified) >= {"time_seconds", "label", "probabilities", "logits"}


def test_one_sample_at_a_time_gives_the_same_lines_as_all_at_once(tiny: Path, song: Path) -> None:
    chosen = ["--bundle", tiny / "bundle", "--json", "--logits", "--fast"]
    singly = edgegenre("listen", song, "--chunk", 1, *chosen)
    assert singly.stdout == edgegenre("listen", song, "--chunk", 10**6, *chosen).stdout


def test_raw_pcm_on_standard_input_is_heard_like_the_file(tiny: Path, song: Path) -> None:
    pcm, rate = soundfile.read(song, dtype="int16")
    assert rate == 16_000
    for content in (pcm.astype("<i2").tobytes(), song.read_bytes()):
        result = listened_to(content, tiny, "--json", "--logits", "--mode", "clip")
        (classified,) = lines(edgegenre("classify", song, "--json", "--logits", "--bundle", tiny / "bundle").stdout)
        del classified["file"]
        assert lines(result.stdout)[-1] == classified


def listened_to(content: bytes, tiny: Path, *options: str) -> Outcome:
    """`listen -` in a process of its own."""
    command = [sys.executable, "-m", "edgegenre.cli.main", "listen", "-", "--bundle", str(tiny / "bundle"), *options]
    result = subprocess.run(command, input=content, capture_output=True, timeout=60)
    return Outcome(status=result.returncode, stdout=result.stdout.decode(), stderr=result.stderr.decode())


@pytest.mark.parametrize("head", [b"\0\0\0\x20ftypM4A ", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81", b"wvpk\x10\0\0\0"])
def test_a_container_on_standard_input_is_never_classified_as_noise(tiny: Path, head: bytes) -> None:
    result = listened_to(head + np.random.default_rng(0).bytes(99_999), tiny)
    assert result.status == 2
    assert result.stdout == ""
    assert "not raw samples. Pipe it through ffmpeg first: ffmpeg -i FILE -f s16le" in result.stderr


def test_what_is_heard_live_is_forgotten_again(tiny: Path) -> None:
    """Without --mode a pipe is heard in continuous mode: music that ended 40 windows ago no longer counts."""
    program("cc", "gcc")
    low, rate = soundfile.read(tiny / "music" / "low" / "00.wav", dtype="int16")
    noise = soundfile.read(tiny / "music" / "noise" / "00.wav", dtype="int16")[0]
    assert rate == 16_000
    content = np.concatenate([np.tile(low, 20), np.tile(noise, 5)]).astype("<i2").tobytes()
    (*_, last) = lines(listened_to(content, tiny, "--json", "--logits").stdout)
    (*_, alone) = lines(listened_to(np.tile(noise, 5).astype("<i2").tobytes(), tiny, "--json", "--logits").stdout)
    assert last["engine"] == "native"
    assert last["probabilities"] == pytest.approx(alone["probabilities"], abs=0.02)


def test_an_engine_that_cannot_go_on_for_ever_says_so_and_listens(tiny: Path, song: Path) -> None:
    result = listened_to(song.read_bytes(), tiny, "--engine", "litert")
    assert result.status == 0
    assert "Listening in clip mode, which keeps all that was heard." in result.stderr
    assert "on the engine litert, mode clip" in result.stderr


def test_a_closed_standard_input_is_one_sentence(tiny: Path) -> None:
    command = f"{sys.executable} -m edgegenre.cli.main listen - --bundle {tiny}/bundle <&-"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert result.returncode == 2
    assert "edgegenre: standard input is closed" in result.stderr
    assert "Traceback" not in result.stderr


def test_events_are_told_as_they_come(tiny: Path, tmp_path: Path) -> None:
    """Silence, then music: JSON and plain lines say the same, without a line that says nothing new."""
    low, rate = soundfile.read(tiny / "music" / "low" / "00.wav", dtype="int16")
    soundfile.write(tmp_path / "x.wav", np.concatenate([np.zeros(4 * rate, np.int16), low, low]), rate)
    asked = ["listen", tmp_path / "x.wav", "--fast", "--mode", "continuous", "--bundle", tiny / "bundle"]
    events = lines(edgegenre(*asked, "--json").stdout)
    assert [set(event) for event in events] == [
        {"engine", "time_seconds", "kind", "label", "probability", "since_seconds"}
    ] * len(events)
    first, *others = events
    assert (first["kind"], first["label"], first["probability"]) == ("silence", None, 0)
    assert {event["kind"] for event in others} <= {"genre", "unknown"}
    assert all(event["since_seconds"] >= 4 for event in others)
    assert all(one["label"] != other["label"] for one, other in itertools.pairwise(events))
    plain = edgegenre(*asked).stdout.splitlines()
    assert len(plain) == len(events)
    assert plain[0].strip() == f"{first['time_seconds']:.2f} s  silence, since {first['since_seconds']:.1f} s"
    assert others[-1]["label"] in plain[-1]
    assert edgegenre(*asked, "--logits").stdout.count("provisional") > 3


def test_a_silent_file_is_answered_with_silence(tiny: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(48_000, np.int16), 16_000)
    (answer,) = lines(edgegenre("classify", tmp_path / "x.wav", "--json", "--bundle", tiny / "bundle").stdout)
    assert (answer["kind"], answer["label"]) == ("silence", None)
    assert edgegenre("classify", tmp_path / "x.wav", "--bundle", tiny / "bundle").stdout.startswith(
        f"{tmp_path}/x.wav: silence  ("
    )


def test_what_reaches_no_threshold_is_unknown(tiny: Path, song: Path, tmp_path: Path) -> None:
    """The same sound, the same probabilities, another threshold in the manifest."""
    bundle = shutil.copytree(tiny / "bundle", tmp_path / "bundle")
    decisions = Decisions(reject=Reject(threshold=1.0))
    write_manifest(bundle, dataclasses.replace(load_bundle(bundle).manifest, decisions=decisions))
    (known,) = lines(edgegenre("classify", song, "--json", "--bundle", tiny / "bundle").stdout)
    (unknown,) = lines(edgegenre("classify", song, "--json", "--engine", "reference", "--bundle", bundle).stdout)
    assert known["kind"] == "genre"
    assert (unknown["kind"], unknown["label"]) == ("unknown", None)
    assert unknown["probabilities"] == known["probabilities"]
    assert unknown["probability"] == pytest.approx(known["probabilities"][known["label"]], abs=1e-4)
    (line,) = edgegenre("listen", song, "--fast", "--engine", "reference", "--bundle", bundle).stdout.splitlines()
    assert "unknown" in line


def test_raw_logits_of_classify_go_with_json(tiny: Path, song: Path) -> None:
    assert "--json" in edgegenre("classify", song, "--logits", "--bundle", tiny / "bundle").stderr


@pytest.mark.parametrize("rate", ["0", "-8000", "999", "1000000"])
def test_a_rate_that_is_none_is_refused(tiny: Path, rate: str) -> None:
    assert "'--rate'" in refusal("listen", "-", "--rate", rate, "--bundle", tiny / "bundle")


def test_a_file_of_one_hertz_is_named(tiny: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(99), 1)
    said = refusal("classify", tmp_path / "x.wav", "--bundle", tiny / "bundle")
    assert said.startswith(f"{tmp_path}/x.wav: a sample rate of 1 Hz is not usable")


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"\0" * 6001])
def test_standard_input_that_is_no_use_is_one_sentence(tiny: Path, content: bytes) -> None:
    """Nothing at all, less than a frame, and half a sample at the end."""
    command = [sys.executable, "-m", "edgegenre.cli.main", "listen", "-", "--bundle", str(tiny / "bundle")]
    result = subprocess.run(command, input=content, capture_output=True, timeout=60)
    engine, line = result.stderr.decode().splitlines()
    assert result.returncode == 2
    assert "on the engine" in engine
    assert line.startswith("edgegenre: ")


def test_a_file_is_played_in_real_time_unless_fast(tiny: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", np.zeros(16_000, np.int16), 16_000)
    started = time.monotonic()
    edgegenre("listen", tmp_path / "one.wav", "--bundle", tiny / "bundle")
    assert time.monotonic() - started >= 1.0


def test_continuous_mode_never_says_less_than_it_heard(tiny: Path, long_song: Path) -> None:
    outcome = edgegenre(
        "listen", long_song, "--fast", "--json", "--logits", "--mode", "continuous", "--bundle", tiny / "bundle"
    )
    decisions = lines(outcome.stdout)
    assert decisions[0]["provisional"]
    assert not decisions[-1]["provisional"]
    assert decisions[-1]["time_seconds"] > 6


def test_folders_are_classified_file_by_file(tiny: Path) -> None:
    answers = lines(edgegenre("classify", tiny / "music", "--json", "--bundle", tiny / "bundle").stdout)
    assert len(answers) == 30
    assert len({answer["file"] for answer in answers}) == 30


def test_what_classify_passes_over_is_named_and_sound_of_other_formats_fails(
    tiny: Path, song: Path, tmp_path: Path
) -> None:
    for name in ("b.wav", "._b.wav", ".old/c.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(song, tmp_path / name)
    outcome = edgegenre("classify", tmp_path, "--json", "--bundle", tiny / "bundle")
    assert outcome.status == 0
    assert [answer["file"] for answer in lines(outcome.stdout)] == [f"{tmp_path}/b.wav"]
    assert "2 whose names begin with a dot (._b.wav, .old)" in outcome.stderr
    (tmp_path / "d.m4a").write_bytes(b"x")
    outcome = edgegenre("classify", tmp_path, "--bundle", tiny / "bundle")
    assert outcome.status == 2
    assert f"1 sound files were left out, their formats cannot be read (first: {tmp_path}/d.m4a)" in outcome.stderr
    assert edgegenre("classify", tmp_path, "--skip-broken", "--bundle", tiny / "bundle").status == 0


def test_odd_sound_is_said_once(tiny: Path, song: Path, tmp_path: Path) -> None:
    pcm, rate = soundfile.read(song, dtype="int16")
    soundfile.write(tmp_path / "x.wav", pcm.astype(np.float32), rate, subtype="FLOAT")
    for command in (["classify"], ["listen", "--fast"]):
        outcome = edgegenre(*command, tmp_path / "x.wav", "--bundle", tiny / "bundle")
        assert outcome.status == 0
        assert outcome.stderr.count("integers stored as floats") == 1


def test_the_engine_is_the_fastest_that_is_installed_and_is_named(
    tiny: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def engine(*options: str) -> str:
        (answer,) = lines(edgegenre("classify", song, "--json", "--bundle", tiny / "bundle", *options).stdout)
        return answer["engine"]

    assert engine() == "onnxruntime"
    assert "bundle on the engine onnxruntime" in edgegenre("classify", song, "--bundle", tiny / "bundle").stderr
    assert engine("--arithmetic", "q31") == "litert"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert engine() == "litert"
    for name in ("ai_edge_litert", "tflite_runtime", "tensorflow"):
        for module in [name, *(module for module in sys.modules if module.startswith(f"{name}."))]:
            monkeypatch.setitem(sys.modules, module, None)
    assert engine() == "native"
    monkeypatch.setenv("CC", "no-such-compiler")
    assert engine() == "reference"


def test_the_plain_line_names_the_label_first(tiny: Path, song: Path) -> None:
    (answer,) = lines(edgegenre("classify", song, "--json", "--bundle", tiny / "bundle").stdout)
    plain = edgegenre("classify", song, "--bundle", tiny / "bundle").stdout
    assert plain.startswith(f"{song}: {answer['label']} ")


def test_broken_files_are_skipped_when_asked(tiny: Path, song: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    outcome = edgegenre("classify", broken, song, "--skip-broken", "--json", "--bundle", tiny / "bundle")
    assert outcome.status == 0
    assert len(lines(outcome.stdout)) == 1
    assert f"skipped {broken}" in outcome.stderr


def test_a_float_bundle_is_classified_too(tiny: Path, song: Path) -> None:
    (answer,) = lines(edgegenre("classify", song, "--json", "--bundle", tiny / "float").stdout)
    assert answer["kind"] == "genre"
    assert answer["label"] in LABELS


def test_the_newest_bundle_is_the_default(tiny: Path, song: Path, tmp_path: Path) -> None:
    (tmp_path / "bundles").mkdir()
    (tmp_path / "bundles" / "one").symlink_to(tiny / "bundle")
    assert edgegenre("classify", song, folder=tmp_path).status == 0


def test_the_bars_show_every_genre_and_lost_audio(tiny: Path, song: Path) -> None:
    from rich.console import Console

    decision = Classifier(tiny / "bundle").classify_file(song)
    console = Console(width=80, record=True, file=io.StringIO())
    assert decision.event is not None
    console.print(bars(decision, decision.event, overruns=3))
    text = console.export_text()
    assert f"{decision.event.label} {decision.event.probability:.0%}, since 2.0 s" in text
    for label in LABELS:
        (line,) = [line for line in text.splitlines() if line.strip().startswith(label)]
        assert f"{decision.probabilities[label]:.0%}" in line
        assert line.count("█") == int(decision.probabilities[label] * 40 + 1 / 16)
    assert "3 overruns" in text


def test_whoever_stops_reading_ends_it_quietly(tiny: Path) -> None:
    """`true` never reads: it is gone before the first line is written."""
    command = f"{sys.executable} -m edgegenre.cli.main classify --json --bundle {tiny}/bundle {tiny}/music | true"
    result = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60)
    assert (result.stdout, result.stderr) == ("", "")
