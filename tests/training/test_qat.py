"""Quantization-aware training mends what rounding broke, and is kept only where validation tracks say so."""

import dataclasses
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from edgegenre.bundle import load_bundle
from edgegenre.deploy.assemble import export_bundle
from edgegenre.deploy.from_run import integers_of
from edgegenre.errors import DatasetError, QuantizationError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.integer import reference
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Operation, PerChannel, WeightedOperation
from edgegenre.integer.operations.weighted import WEIGHT_LIMIT
from edgegenre.network.float_network import FloatNetwork
from edgegenre.progress import SILENT, Task
from edgegenre.quantize.calibrate import INPUT
from edgegenre.quantize.recipe import quantization_recipe, read_recipe
from edgegenre.runs.fine_tuned import Fidelity
from edgegenre.runs.phase import Phase
from edgegenre.runs.run_folder import Run
from edgegenre.training.fake_quantized import FakeQuantized
from edgegenre.training.qat import fine_tune, fine_tune_run
from edgegenre.training.source import InMemory
from edgegenre.training.windows import Windows
from tests.bundles import finish, tiny_recurrent_network, tiny_run
from tests.calibrated import NETWORKS, calibrated, real, same
from tests.commands import edgegenre, refusal
from tests.networks import replaced
from tests.training.tiny import tiny_dataset
from tests.training.tiny import trained as trained_run
from tests.windows import windows

SHORT = Phase(iterations=12, learning_rate=0.05, batch=6, crop_frames=33, decay="linear")


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path_factory.getbasetemp() / "qat-cache"))


def examples_of(features: np.ndarray, floats: FloatNetwork) -> InMemory:
    """Windows, each a track, labeled as the float network would."""
    count = len(features)
    (only,) = floats.network.inputs
    windows = Windows(
        labels=torch.from_numpy(floats.forward(INPUT.real(features)).argmax(axis=1)),
        track=torch.arange(count),
        first_frame={only.name: torch.zeros(count, dtype=torch.long)},
        frames={only.name: torch.full((count,), features.shape[1])},
        lengths={only.name: features.shape[1]},
        hops={only.name: 800},
        vote="mean",
    )
    return InMemory(windows=windows, device=torch.device("cpu"), features={only.name: real(features)})


def coarsened(network: IntegerNetwork, grid: int = 24) -> IntegerNetwork:
    """Weights rounded to a coarse grid: far too few steps."""

    def coarse(weights: np.ndarray) -> np.ndarray:
        return np.clip(np.rint(weights / grid) * grid, -WEIGHT_LIMIT, WEIGHT_LIMIT).astype(np.int8)

    def fields(operation: Operation) -> dict[str, np.ndarray]:
        names = [name for name in ("weights", "weights_input", "weights_hidden") if hasattr(operation, name)]
        pooled = isinstance(operation, PerChannel) and operation.averages
        return {} if pooled else {name: coarse(getattr(operation, name)) for name in names}

    return replaced(network, fields)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_damaged_by_harsh_quantization_recovers_under_its_old_scales(name: str) -> None:
    integers, floats, features = calibrated(name, clips=40)
    damaged = coarsened(integers)
    training, validation = examples_of(features[:30], floats), examples_of(features[30:], floats)
    schedule = Phase(iterations=40, learning_rate=0.3, batch=10, crop_frames=None, decay="linear")
    network, outcome = fine_tune(damaged, floats, training, validation, schedule=schedule, seed=0)
    assert outcome.kept_iteration > 0
    # The figures are those of the integers themselves, by the reference.
    expected = floats.forward(INPUT.real(features[30:]))
    for candidate, fidelity in ((damaged, outcome.before), (network, outcome.after)):
        logits = candidate.output.real(reference.run(candidate, features[30:]))
        assert fidelity.logit_error == pytest.approx(np.abs(logits - expected).mean(), rel=1e-3)
    assert outcome.after.logit_error < 0.5 * outcome.before.logit_error
    assert outcome.after.agreement >= outcome.before.agreement
    for found, before in zip(network.operations, damaged.operations, strict=True):
        assert (found.input, found.output) == (before.input, before.output)
        for scales in ("weight_scales", "scales_input", "scales_hidden", "gate_scale"):
            if hasattr(found, scales):
                np.testing.assert_array_equal(getattr(found, scales), getattr(before, scales))


def test_the_same_seed_gives_the_same_integers_and_another_seed_others() -> None:
    integers, floats, features = calibrated("gru", clips=24)
    damaged = coarsened(integers)
    parts = examples_of(features[:16], floats), examples_of(features[16:], floats)
    schedule = Phase(iterations=20, learning_rate=0.3, batch=8, crop_frames=60, decay="linear")
    one, two, three = (fine_tune(damaged, floats, *parts, schedule=schedule, seed=seed)[0] for seed in (1, 1, 2))
    assert same(one, two)
    assert not same(one, three)


def test_training_that_changes_nothing_leaves_the_calibrated_integers_themselves() -> None:
    integers, floats, features = calibrated("odd", clips=12)
    parts = examples_of(features[:8], floats), examples_of(features[8:], floats)
    schedule = Phase(iterations=3, learning_rate=1e-9, batch=4, crop_frames=None, decay="linear")
    network, outcome = fine_tune(integers, floats, *parts, schedule=schedule, seed=0)
    assert network is integers
    assert outcome.kept_iteration == 0
    assert outcome.after == outcome.before


def test_training_that_does_harm_is_not_kept() -> None:
    integers, floats, features = calibrated("plain", clips=12)
    parts = examples_of(features[:8], floats), examples_of(features[8:], floats)
    schedule = Phase(iterations=2, learning_rate=1.0, batch=1, crop_frames=5, decay="linear")
    network, outcome = fine_tune(integers, floats, *parts, schedule=schedule, seed=0)
    assert network is integers
    assert outcome.after == outcome.before


def test_a_better_state_outside_the_proven_ranges_is_not_kept() -> None:
    """A network that training mends, with a bias just below its bound and smaller than the float network's."""
    integers, floats, features = calibrated("odd", clips=40)
    first, *others = coarsened(integers).operations
    assert isinstance(first, WeightedOperation)
    weights, bias, scales = first.weights.copy(), first.bias.copy(), first.weight_scales.copy()
    weights[0], bias[0] = 0, (1 << 30) - 1
    scales[0] = 40 * first.output.scale / (first.input.scale * int(bias[0]))
    arrays = {name: {key: array.copy() for key, array in values.items()} for name, values in floats.arrays.items()}
    arrays["first"]["weights"][0], arrays["first"]["bias"][0] = 0, 60 * first.output.scale
    damaged = dataclasses.replace(
        integers, operations=(dataclasses.replace(first, weights=weights, bias=bias, weight_scales=scales), *others)
    )
    teacher = FloatNetwork(network=floats.network, arrays=arrays)
    training, validation = examples_of(features[:30], teacher), examples_of(features[30:], teacher)
    schedule = Phase(iterations=40, learning_rate=0.3, batch=10, crop_frames=None, decay="linear")
    network, outcome = fine_tune(damaged, teacher, training, validation, schedule=schedule, seed=0)
    assert network is damaged
    assert outcome.kept_iteration == 0
    assert outcome.after == outcome.before


def test_fidelity_counts_tracks_by_the_mean_softmax_of_their_windows() -> None:
    floats = np.array([[4.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    logits = np.array([[0.0, 3.0], [0.0, 1.0], [0.0, 2.5]])
    # Two windows of track 0 (class 0), one of track 1 (class 0). Float: track 0 is class 0, track 1 class 1.
    found = Fidelity.of(logits, floats, np.array([0, 0, 1]), np.array([0, 0, 0]), "mean")
    assert found.accuracy == 0.0
    assert found.agreement == 0.5
    assert found.logit_error == pytest.approx((4 + 3 + 0.5) / 6)


def test_fewer_tracks_right_or_in_agreement_are_never_better() -> None:
    base = Fidelity(accuracy=0.8, agreement=0.9, logit_error=0.05)
    assert dataclasses.replace(base, logit_error=0.04).better_than(base)
    assert not base.better_than(base)
    for name in ("accuracy", "agreement"):
        assert not dataclasses.replace(base, **{name: 0.7, "logit_error": 0.01}).better_than(base)
        assert not dataclasses.replace(base, **{name: 1.0}).better_than(base)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A recurrent zoo model trained for a few iterations on a tiny separable set of 30 tracks."""
    folder = tmp_path_factory.mktemp("trained")
    dataset = tiny_dataset(folder / "music")
    return trained_run("ds-crnn1", dataset, runs_folder=folder / "runs", cache=FeatureCache(folder / "cache"))


def test_on_a_trained_run_the_training_pass_classifies_every_clip_as_the_integers_do(trained: Run) -> None:
    recipe = dataclasses.replace(quantization_recipe("qat"), qat=SHORT)
    floats = trained.float_network()
    integers, outcome = integers_of(trained, floats, recipe)
    assert outcome is not None
    assert outcome.after.agreement >= outcome.before.agreement
    cache = FeatureCache()
    fed, tracks = trained.inputs["features"], [*trained.split.validation, *trained.split.test, *trained.split.train[:6]]
    features = np.stack(
        [
            fed.normalization.quantize(windows(cache.features(track.path, fed.frontend), fed.frontend)[0])
            for track in tracks
        ]
    )
    with torch.no_grad():
        found = FakeQuantized(integers, floats)(real(features)).numpy()
    expected = integers.output.real(reference.run(integers, features))
    # The integers moved: the pass of a new student starts within the steps that they chose.
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_fine_tuning_never_reads_test_tracks(tmp_path: Path) -> None:
    run = tiny_run(tmp_path, tiny_recurrent_network())
    floats = run.float_network()
    recipe = quantization_recipe("min-max")
    before = integers_of(run, floats, recipe)[0]
    first = fine_tune_run(run, before, floats, SHORT)[0]
    for track in run.split.test:
        track.path.write_bytes(b"not audio")
    assert same(first, fine_tune_run(run, before, floats, SHORT)[0])


def test_a_run_without_validation_tracks_cannot_judge_and_is_refused(tmp_path: Path) -> None:
    run = tiny_run(tmp_path)
    without = dataclasses.replace(run, recorded_split=run.recorded_split | {"validation": []})
    with pytest.raises(DatasetError, match="no validation tracks to judge fine-tuning by"):
        integers_of(without, run.float_network(), quantization_recipe("qat"))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Random weights under a run folder that `edgegenre export` takes."""
    run = tiny_run(tmp_path_factory.mktemp("tiny"))
    finish(run)
    return run


def test_export_qat_writes_a_bundle_that_verifies_and_says_what_was_done(tiny: Run, tmp_path: Path) -> None:
    outcome = edgegenre("export", tiny.path, "--qat", "--to", "onnx,tflite", "--out", tmp_path / "one")
    assert outcome.status == 0, outcome
    manifest = load_bundle(tmp_path / "one").manifest
    record = manifest.quantization["qat"]
    schedule = quantization_recipe("qat").qat
    assert schedule is not None
    assert manifest.quantization["recipe"] == "qat"
    assert record["schedule"] == dataclasses.asdict(schedule)
    assert record["seed"] == tiny.seed
    assert set(record["before"]) == set(record["after"]) == {"accuracy", "agreement", "logit_error"}
    assert record["after"]["logit_error"] <= record["before"]["logit_error"]
    (sentence,) = [line for line in outcome.stdout.splitlines() if line.startswith("Quantization-aware training")]
    assert sentence in (tmp_path / "one" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert f"logit error {record['before']['logit_error']:.4f}" in sentence
    verified = edgegenre("verify", tmp_path / "one")
    assert verified.status == 0, verified
    assert edgegenre("export", tiny.path, "--qat", "--to", "onnx,tflite", "--out", tmp_path / "two").status == 0
    files = [(tmp_path / name / "integers.npz").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]


def test_another_recipe_s_ranges_are_fine_tuned_by_the_same_schedule(tiny: Run, tmp_path: Path) -> None:
    assert (
        edgegenre("export", tiny.path, "--qat", "--recipe", "mse", "--to", "onnx", "--out", tmp_path / "b").status == 0
    )
    quantization = load_bundle(tmp_path / "b").manifest.quantization
    assert quantization["recipe"] == "mse"
    assert quantization["qat"]["schedule"]["iterations"] > 0
    assert json.loads((tmp_path / "b" / "manifest.json").read_text())["quantization"] == quantization


def test_interrupted_training_leaves_the_older_bundle_whole(tiny: Run, tmp_path: Path) -> None:
    folder = export_bundle(tiny, to=["onnx"], out_folder=tmp_path / "bundle")
    before = load_bundle(folder).files

    class InterruptedWhileTraining:
        """Ctrl-C in the middle."""

        @contextmanager
        def task(self, description: str, total: int) -> Iterator[Task]:
            with SILENT.task(description, total) as task:
                if description == "fine-tuning":
                    raise KeyboardInterrupt
                yield task

    with pytest.raises(KeyboardInterrupt):
        export_bundle(tiny, qat=True, to=["onnx"], out_folder=folder, progress=InterruptedWhileTraining())
    assert load_bundle(folder).files == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_options_that_do_not_go_with_qat_are_refused(tiny: Run) -> None:
    assert "Leave one of them out" in refusal("export", tiny.path, "--float", "--qat")
    assert "--recipe float16 makes no integers" in refusal("export", tiny.path, "--qat", "--recipe", "float16")
    message = refusal("export", tiny.path, "--qat", "--recipe", "int16x8")
    assert "16-bit activations. Leave out --qat, or choose another recipe." in message


def test_without_torch_one_sentence_says_what_to_install(tiny: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "edgegenre.training.qat")
    monkeypatch.setitem(sys.modules, "torch", None)
    message = refusal("export", tiny.path, "--qat")
    assert "Quantization-aware training needs the package 'torch'" in message
    assert "pip install 'edgegenre[train]'" in message


@pytest.mark.parametrize(
    "table",
    [
        "iterations = 0\nlearning_rate = 0.01\nbatch = 8",
        "iterations = 5\nlearning_rate = 3\nbatch = 8",
        "iterations = 5\nlearning_rate = nan\nbatch = 8",
        "iterations = 5\nlearning_rate = 0.01",
        "iterations = 5\nlearning_rate = 0.01\nbatch = 8\ncrop = 9",
        "iterations = 5\nlearning_rate = 0.01\nbatch = 8\ncrop_frames = 9.5",
    ],
)
def test_a_wrong_schedule_is_refused(tmp_path: Path, table: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'summary = "x"\nactivations = "mse"\nclips = 3\n[qat]\n{table}\n')
    with pytest.raises(QuantizationError, match=r"(in|of) \[qat\]"):
        read_recipe(path)


def test_a_schedule_may_leave_out_the_crop(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'summary = "x"\nactivations = "mse"\nclips = 3\n[qat]\niterations = 5\nlearning_rate = 0.1\nbatch = 8\n'
    )
    assert read_recipe(path).qat == Phase(iterations=5, learning_rate=0.1, batch=8, decay="linear")
