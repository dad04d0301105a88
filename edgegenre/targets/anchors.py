"""Programs that we did not write, in the same run: librosa for features, TFLite Micro for its arena and exactness."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Sequence

import numpy as np

from edgegenre.errors import EdgegenreError, FeatureError, missing
from edgegenre.frontend.extractors import integer_extractor
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.integer.reference import run
from edgegenre.records.record import Exactness, Memory, Record
from edgegenre.targets.measured import Recorder, exactness
from edgegenre.targets.noise import some_features, some_sound
from edgegenre.targets.rounds import Runner
from edgegenre.targets.subject import Subject, tflite_of

LARGEST_ARENA = 64 << 20
"""Bytes that TFLite Micro is offered; it says how many it used."""


def feature_runners(subjects: Sequence[Subject]) -> list[Runner]:
    """A window's sound to features, for each MFCC front end among `subjects`: librosa first, where it is installed,
    then ours in float32 and in integers, one thread each."""
    found: list[Runner] = []
    for spec in dict.fromkeys(subject.clock for subject in subjects if isinstance(subject.clock, Mfcc)):
        assert isinstance(spec, Mfcc)
        pcm = some_sound(spec.samples_for(spec.window_frames))
        with contextlib.suppress(EdgegenreError):
            found.append(_librosa(spec, pcm))
        found.append(_ours(spec, pcm))
        with contextlib.suppress(FeatureError):  # no integer form
            found.append(_integer(spec, pcm))
    return found


def _librosa(spec: Mfcc, pcm: np.ndarray) -> Runner:
    try:
        import librosa
    except ImportError as error:
        raise missing("librosa", "dev", "The anchor for features") from error

    def features() -> np.ndarray:
        power = librosa.feature.melspectrogram(
            y=pcm.astype(np.float32) / 32768,
            sr=spec.sample_rate,
            n_fft=spec.frame_length,
            hop_length=spec.hop_length,
            center=False,
            n_mels=spec.mel_bands,
            fmin=spec.low_hz,
            fmax=spec.high_hz,
        )
        decibels = librosa.power_to_db(power, amin=spec.power_floor, top_db=None)
        made: np.ndarray = librosa.feature.mfcc(S=decibels, n_mfcc=spec.coefficients)
        return made

    return _runner("librosa", "float", spec, features)


def _ours(spec: Mfcc, pcm: np.ndarray) -> Runner:
    return _runner("edgegenre", "float", spec, lambda: spec.float32(pcm, workers=1))


def _integer(spec: Mfcc, pcm: np.ndarray) -> Runner:
    integer = integer_extractor(FeatureInput.unfitted(spec))
    return _runner("edgegenre", "q31", spec, lambda: integer.features(pcm))


def _runner(engine: str, arithmetic: str, spec: Mfcc, features: object) -> Runner:
    assert callable(features)
    return Runner(engine=engine, arithmetic=arithmetic, workload="features", frames=spec.window_frames, run=features)


def arena_records(recorder: Recorder, subjects: Sequence[Subject]) -> list[Record]:
    """What TFLite Micro makes of every int8 model: the memory of its arena, and its logits beside the reference's.

    Where it is not installed, or cannot run a model, the record's note says why.
    """
    return [_arena(recorder, subject) for subject in subjects if subject.quantized and not _wide(subject)]


def _wide(subject: Subject) -> bool:
    return subject.bundle is not None and subject.bundle.manifest.wide


def _arena(recorder: Recorder, subject: Subject) -> Record:
    memory = exactness = None
    note = "no time: on a PC it runs its slow reference kernels"
    try:
        memory, exactness = _micro(subject)
    except EdgegenreError as error:
        note = str(error)
    return recorder.record(
        subject,
        engine="tflite-micro",
        arithmetic="q31",
        workload="clip",
        frames=subject.network.input_shape.time,
        memory=memory,
        exactness=exactness,
        note=note,
    )


def _micro(subject: Subject) -> tuple[Memory, Exactness]:
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError as error:
        raise missing("tflite-micro", "tflm", "The anchor for microcontrollers' memory") from error
    features = some_features(subject.network)
    expected = run(subject.integers, features[np.newaxis], "q31")
    with _printed() as printed:
        try:
            interpreter = runtime.Interpreter.from_bytes(tflite_of(subject), arena_size=LARGEST_ARENA)
            interpreter.set_input(features.reshape((1, *subject.network.input_shape)), 0)
            interpreter.invoke()
            found = interpreter.get_output(0)
            interpreter.print_allocations()
        except (RuntimeError, ValueError) as error:
            raise FeatureError(f"TFLite Micro cannot run {subject.model} ({error}).") from error
    used = re.search(r"Arena allocation total (\d+) bytes", printed[0])
    if used is None:
        raise FeatureError("TFLite Micro did not say how much of its arena it used.")
    return (
        Memory(
            peak_bytes=int(used.group(1)),
            baseline_bytes=0,
            how="arena as TFLite Micro's allocator reports it; code and weights are not in it",
        ),
        exactness(found, expected, "q31"),
    )


@contextlib.contextmanager
def _printed() -> Iterator[list[str]]:
    """What C code writes to standard output and error meanwhile; in the list once it is over."""
    texts: list[str] = []
    with tempfile.TemporaryFile() as file:
        kept = [os.dup(1), os.dup(2)]
        try:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield texts
        finally:
            for number, copy in enumerate(kept, start=1):
                os.dup2(copy, number)
                os.close(copy)
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
