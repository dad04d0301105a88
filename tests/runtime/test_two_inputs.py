"""A model that hears raw audio beside a spectrogram: one file on disk, one stream of samples, two inputs."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgegenre.audio.decode import load_pcm
from edgegenre.bundle import load_bundle
from edgegenre.deploy.assemble import export_bundle
from edgegenre.errors import ExportError
from edgegenre.evaluation.verify.bundle import verify
from edgegenre.frontend.extractors import integer_extractor
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.integer.reference import run as run_integers
from edgegenre.network.layers import Concat, Convolution, Dense, GlobalAverage
from edgegenre.network.network import Input, Network, Node
from edgegenre.network.shape import Shape
from edgegenre.runs.run_folder import Run
from edgegenre.runtime.classifier import Classifier, Decision
from tests.bundles import LABELS, tiny_run

# As in the paper of the 1-D and 2-D networks: one row fewer of raw audio, as its frames are half as long.
SPECTRUM = Magnitude(sample_rate=16_000, frame_length=256, hop_length=128, window_frames=40, floor=1e-5)
SAMPLES = Raw(sample_rate=16_000, frame_length=128, hop_length=128, window_frames=39)
FRONTENDS = {"spectrum": SPECTRUM, "samples": SAMPLES}
ADVANCE, WINDOW = 40 * 128, 39 * 128 + 256


def two_inputs() -> Network:
    """A first convolution over each input, both to 37 rows, joined."""
    return Network(
        name="two-inputs",
        inputs=tuple(Input(name=name, shape=Shape(*each.window_shape)) for name, each in FRONTENDS.items()),
        nodes=(
            Node(name="left", layer=Convolution(channels=6, kernel=(4, 129), padding="valid"), inputs=("spectrum",)),
            Node(name="right", layer=Convolution(channels=4, kernel=(3, 128), padding="valid"), inputs=("samples",)),
            Node(name="both", layer=Concat(), inputs=("left", "right")),
            Node(name="next", layer=Convolution(channels=8, kernel=(3, 1)), inputs=("both",)),
            Node(name="average", layer=GlobalAverage(), inputs=("next",)),
            Node(name="logits", layer=Dense(units=len(LABELS)), inputs=("average",)),
        ),
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return tiny_run(tmp_path_factory.mktemp("run"), two_inputs(), FRONTENDS)


@pytest.fixture(scope="module")
def bundle(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_bundle(run, out_folder=tmp_path_factory.mktemp("out") / "bundle")


def sound(run: Run, samples: int) -> np.ndarray:
    return load_pcm(run.split.test[0].path, 16_000)[:samples]


def by_hand(bundle: Path, pcm: np.ndarray) -> np.ndarray:
    """Logits [windows, classes] of consecutive windows, both inputs cut from the same sample on."""
    loaded = load_bundle(bundle)
    assert loaded.integers is not None
    rows = {name: integer_extractor(item).features(pcm) for name, item in loaded.manifest.inputs.items()}
    starts = range(0, len(pcm) - WINDOW + 1, ADVANCE)
    windows = {
        name: np.stack([rows[name][start // 128 : start // 128 + each.window_frames] for start in starts])
        for name, each in FRONTENDS.items()
    }
    return run_integers(loaded.integers, windows)


@pytest.mark.parametrize("engine", ["reference", "onnxruntime", "litert"])
def test_every_engine_hears_both_inputs_from_the_same_sample_on(run: Run, bundle: Path, engine: str) -> None:
    pcm = sound(run, 3 * ADVANCE + WINDOW + 77)
    expected = by_hand(bundle, pcm)
    assert len(expected) == 4
    decision = Classifier(bundle, engine).classify_pcm(pcm)
    assert decision.logits == tuple(expected[-1].tolist())
    assert decision.window == 3


def streamed(classifier: Classifier, pcm: np.ndarray, cuts: list[int]) -> list[Decision]:
    classifier.reset()
    return [item for part in np.split(pcm, sorted(cuts)) for item in classifier.push(part)] + classifier.finish()


@pytest.mark.parametrize("engine", ["reference", "onnxruntime", "litert"])
@settings(max_examples=6, deadline=None)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=6))
def test_decisions_do_not_depend_on_how_the_samples_arrive(
    run: Run, bundle: Path, engine: str, cuts: list[int]
) -> None:
    pcm = sound(run, 2 * ADVANCE + WINDOW + 1000)
    classifier = Classifier(bundle, engine)
    decisions = streamed(classifier, pcm, cuts)
    assert decisions == streamed(classifier, pcm, [])
    assert [item.logits for item in decisions if not item.provisional][:3] == [
        tuple(logits.tolist()) for logits in by_hand(bundle, pcm)
    ]
    assert decisions[-1].probabilities == classifier.classify_pcm(pcm).probabilities


@settings(max_examples=6, deadline=None)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=6))
def test_continuous_decisions_do_not_depend_on_how_the_samples_arrive(run: Run, bundle: Path, cuts: list[int]) -> None:
    classifier = Classifier(bundle, "reference", mode="continuous")
    pcm = sound(run, 20_000)
    decisions = streamed(classifier, pcm, cuts)
    assert decisions == streamed(classifier, pcm, [])
    assert len(decisions) > 10


@pytest.mark.parametrize("samples", [256, 1000, WINDOW - 1])
def test_short_audio_is_repeated_for_both_inputs_alike(run: Run, bundle: Path, samples: int) -> None:
    """In turns of the spectrogram's rows, the later ones to come."""
    pcm = sound(run, samples)
    loaded = load_bundle(bundle)
    assert loaded.integers is not None
    period = (samples - 256) // 128 + 1
    windows = {}
    for name, item in loaded.manifest.inputs.items():
        rows = integer_extractor(item).features(pcm)
        windows[name] = rows[np.arange(FRONTENDS[name].window_frames) % period][np.newaxis]
    expected = tuple(run_integers(loaded.integers, windows)[0].tolist())
    classifier = Classifier(bundle)
    assert classifier.classify_pcm(pcm).logits == expected
    assert streamed(classifier, pcm, [samples // 2])[-1].logits == expected


def test_the_bundle_verifies_and_has_no_firmware(run: Run, bundle: Path, tmp_path: Path) -> None:
    assert verify(bundle, clips=2).passed
    assert not any(name.startswith("firmware") for name in load_bundle(bundle).files)
    with pytest.raises(ExportError, match=r"--to c: the C runtime takes one input, and this model has 2"):
        export_bundle(run, to=["c"], out_folder=tmp_path / "bundle")
