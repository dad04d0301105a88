"""The exported folder builds by itself, without a warning, and says in one sentence what it cannot do."""

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edgegenre.bundle import load_bundle
from edgegenre.errors import ExportError
from edgegenre.export.c.project import write_firmware
from edgegenre.integer.requantize import ARITHMETICS, Arithmetic
from edgegenre.integer.streaming import IntegerStream, Mode
from edgegenre.network.layers import Dense, GlobalAverage
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.runtime.classifier import Classifier
from tests.audio.sounds import RATE, encoded, melody
from tests.bundles import SPEC, tiny_bundle
from tests.firmware.builds import build, expected, frontend, project, replay, script
from tests.networks import random_features, random_integer_network, random_integers
from tests.support import program


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
def test_clang_builds_without_a_warning_and_agrees(arithmetic: Arithmetic) -> None:
    program("clang", "clang")
    features = random_features(random_integer_network("odd"), 1)[0]
    target = build("odd", "replay", arithmetic, compiler="clang", sanitized=False)
    found = replay(target, 5, script("clip", [features]))
    assert found == expected("odd", arithmetic, "clip", [features])


def test_the_folder_builds_with_cmake_and_listens(tmp_path: Path) -> None:
    cmake, folder = program("cmake", "cmake"), project("odd")
    subprocess.run([cmake, "-S", folder, "-B", tmp_path], check=True, capture_output=True)
    subprocess.run([cmake, "--build", tmp_path], check=True, capture_output=True)
    pcm = np.random.default_rng(5).normal(0, 3000, 1600 + 60 * 800).astype("<i2")
    heard = subprocess.run([tmp_path / "edgegenre-listen"], input=pcm.tobytes(), capture_output=True, check=True)
    stream = IntegerStream(random_integer_network("odd"))
    best = int(np.argmax(stream.push(frontend().features(pcm.astype(np.int16)))[-1].logits))
    (line,) = heard.stdout.decode().splitlines()
    assert line.strip().startswith("3.1 s")
    raw = [tmp_path / "edgegenre-listen", "--logits"]
    (line,) = subprocess.run(raw, input=pcm.tobytes(), capture_output=True, check=True).stdout.decode().splitlines()
    assert line.strip().startswith("3.1 s")
    assert f"genre {best} " in line
    short = subprocess.run([tmp_path / "edgegenre-listen"], input=pcm.tobytes()[:40_000], capture_output=True)
    assert short.returncode == 1
    assert short.stderr.decode() == "not enough audio: 1.2 s heard\n"
    for content in sound_files(tmp_path):
        refused = subprocess.run([tmp_path / "edgegenre-listen"], input=content, capture_output=True)
        assert refused.returncode == 2, content[:16]
        assert refused.stdout == b""
        assert refused.stderr.startswith(b"this is a file; raw samples are needed: ffmpeg -i FILE")
    for loudness in (1, 3, 30, 1000):  # quiet samples below zero look like the first bytes of MPEG frames
        quiet = np.random.default_rng(loudness).integers(-loudness, loudness, 80_000).astype("<i2")
        subprocess.run([tmp_path / "edgegenre-listen"], input=quiet.tobytes(), capture_output=True, check=True)


@pytest.mark.parametrize("mode", ["clip", "continuous"])
def test_the_listener_in_c_tells_the_events_of_the_python_one(tmp_path: Path, mode: Mode) -> None:
    """A bundle's own folder and its classifier, on noise that comes, goes and changes color."""
    bundle = load_bundle(tiny_bundle(tmp_path / "model"))
    cmake, build_folder = program("cmake", "cmake"), tmp_path / "build"
    subprocess.run([cmake, "-S", bundle.folder / "firmware", "-B", build_folder], check=True, capture_output=True)
    subprocess.run([cmake, "--build", build_folder], check=True, capture_output=True)
    generator = np.random.default_rng(8)
    parts = [sound * scale for scale in (0, 9000, 12, 300) for sound in _colors(generator, 4 * 16_000)]
    pcm = np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)
    if mode == "clip":
        pcm = pcm[8 * 16_000 :][: SPEC.samples_for(SPEC.window_frames)]
    asked = [build_folder / "edgegenre-listen", *(["--continuous"] if mode == "continuous" else [])]
    told = subprocess.run(asked, input=pcm.astype("<i2").tobytes(), capture_output=True, check=True).stdout.decode()
    classifier = Classifier(bundle, "reference", mode=mode)
    events = [item.event for item in classifier.push(pcm) if item.event]
    assert [line.split(maxsplit=2)[2] for line in told.splitlines()] == [
        f"{event.text:20} {f'{event.probability:.0%}' if event.label else '':>4}  since {event.since_seconds:.1f} s"
        for event in events
    ]
    assert [float(line.split()[0]) for line in told.splitlines()] == pytest.approx(
        [event.time_seconds for event in events], abs=0.051
    )
    assert mode == "clip" or {event.kind for event in events} >= {"genre", "silence"}


def _colors(generator: np.random.Generator, samples: int) -> list[np.ndarray]:
    """White noise, and noise without its upper half."""
    white = generator.normal(0, 1, samples)
    return [white, np.convolve(white, np.ones(8) / 8, "same")]


def sound_files(folder: Path) -> Iterator[bytes]:
    """Four seconds in every kind of file."""
    for kind in ("WAV", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC", "OGG", "MP3"):
        written = io.BytesIO()
        soundfile.write(written, melody(4), RATE, format=kind)
        yield written.getvalue()
    bare = ("-write_xing", "0", "-id3v2_version", "0")
    for kind, *options in (
        ("m4a",), ("aac",), ("mka",), ("webm",), ("wma",), ("wv",), ("tta",),
        ("mp3", *bare, "-b:a", "320k"), ("mp3", *bare, "-b:a", "64k", "-ar", "22050"),
        ("mp3", *bare, "-b:a", "8k", "-ar", "8000", "-ac", "1"),
    ):  # fmt: skip
        yield encoded(folder, f"x.{kind}", *options)


def test_labels_of_any_language_survive(tmp_path: Path) -> None:
    labels = ('Räp & "B"', "back\\slash?", "日本", "*/", "e")
    write_firmware(random_integer_network("odd"), None, labels, tmp_path / "firmware")
    main = tmp_path / "main.c"
    main.write_text(
        '#include <stdio.h>\n#include "edgegenre.h"\n'
        "int main(void) { for (uint32_t i = 0; i < EG_CLASSES; i++) puts(eg_label(i)); return 0; }\n"
    )
    sources = sorted((tmp_path / "firmware" / "src").glob("*.c"))
    include = ["-I", tmp_path / "firmware" / "include", "-I", tmp_path / "firmware" / "src"]
    subprocess.run([program("gcc", "gcc"), *include, main, *sources, "-o", tmp_path / "labels"], check=True)
    shown = subprocess.run([tmp_path / "labels"], capture_output=True, check=True).stdout.decode()
    assert tuple(shown.splitlines()) == labels


def test_labels_have_to_fit_the_logits(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="2 labels for 5 logits"):
        write_firmware(random_integer_network("odd"), None, ("a", "b"), tmp_path / "firmware")
    assert not (tmp_path / "firmware").exists()


def test_a_network_without_row_layers_is_refused(tmp_path: Path) -> None:
    network = chain(
        "bare", input_shape=Shape(20, 12, 1), layers=[("average", GlobalAverage()), ("logits", Dense(units=3))]
    )
    with pytest.raises(ExportError, match="'bare' has no C form: it has no rows"):
        write_firmware(random_integers(network), None, ("a", "b", "c"), tmp_path / "firmware")
