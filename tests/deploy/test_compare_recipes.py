"""Comparing recipes on a small run: figures against the engines' own, the rule, and what is left alone."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from matplotlib import image

from edgegenre.audio.decode import load_pcm
from edgegenre.deploy.compare_plot import draw_comparison
from edgegenre.deploy.compare_recipes import FLOAT, RecipeComparison, RecipeScore, compare_recipes, recommended
from edgegenre.errors import DatasetError, EdgegenreError
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.frontend.extractors import integer_extractor
from edgegenre.progress import Task
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.recipe import integer_recipes, quantization_recipe, trained_recipes
from edgegenre.runs.run_folder import Run
from edgegenre.runs.training_clips import spread, windows_of
from tests.bundles import tiny_recurrent_network, tiny_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("compare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEGENRE_CACHE", str(folder / "cache"))
        yield tiny_run(folder)


@pytest.fixture(scope="module")
def comparison(run: Run) -> RecipeComparison:
    for track in run.split.test:
        track.path.write_bytes(b"not to be looked at")
    return compare_recipes(run)


def line(comparison: RecipeComparison, recipe: str) -> RecipeScore:
    return next(score for score in comparison.scores if score.recipe == recipe)


def test_every_recipe_is_scored_without_a_look_at_the_test_tracks(comparison: RecipeComparison) -> None:
    names = [score.recipe for score in comparison.scores]
    assert names == [FLOAT, *(recipe.name for recipe in integer_recipes()), "float16"]
    assert [sentence.split(":")[0] for sentence in comparison.left_out] == [item.name for item in trained_recipes()]
    assert (comparison.validation_tracks, comparison.counted_clips) == (3, 3 + 12)
    assert "3 validation tracks and, as these are few, 12 clips of training tracks" in comparison.counted
    assert "saw 12 others" in comparison.counted


def test_the_float_line_is_what_everything_is_measured_by(comparison: RecipeComparison) -> None:
    score = line(comparison, FLOAT)
    assert (score.agreement, score.logit_error, score.form, score.stream_ram_bytes) == (1.0, 0.0, "float32", None)
    halved = line(comparison, "float16")
    assert 0 < halved.logit_error < line(comparison, "min-max").logit_error / 10
    assert 0.45 < halved.stored_bytes / score.stored_bytes < 0.65


def test_the_figures_are_those_that_onnxruntime_s_logits_give(run: Run, comparison: RecipeComparison) -> None:
    frontend = integer_extractor(run.inputs["features"])
    validation = [frontend.features(load_pcm(track.path, 16_000))[:39] for track in run.split.validation]
    training = spread(run.split.train, 100)
    held_back = windows_of(run, training[1::2], 100)["features"]
    features = np.concatenate([np.stack(validation).astype(np.float32) / 32, held_back])
    seen = windows_of(run, training[::2], 100)["features"]
    integers = quantize(run.float_network(), seen, quantization_recipe("min-max"))
    logits = []
    for content in (float_onnx_bytes(run.float_network(), ""), onnx_bytes(integers, "")):
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.x64quantprecision", "1")
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        logits.append(np.concatenate([session.run(None, {"features": clip[None]})[0] for clip in features]))
    score = line(comparison, "min-max")
    assert score.logit_error == pytest.approx(np.abs(logits[1] - logits[0]).mean(), rel=1e-4)
    assert score.agreement == np.mean(logits[1].argmax(axis=1) == logits[0].argmax(axis=1))
    truth = np.array([run.labels.index(track.label) for track in run.split.validation])
    assert score.accuracy == np.mean(logits[1][:3].argmax(axis=1) == truth)


def test_sizes_are_those_of_the_arrays_and_files(comparison: RecipeComparison) -> None:
    """tiny: 8 x 20 + 72 + 96 + 36 weights, 32 pool weights, 39 channels of bias and scale (8 + 8 + 12 + 12 + 3 - 4)."""
    score = line(comparison, "min-max")
    weights = 8 * 5 * 4 + 3 * 3 * 8 + 12 * 8 + 2 * 2 * 12 + 3 * 12
    channels = 8 + 8 + 12 + 12 + 3
    assert score.stored_bytes == weights + channels * (4 + 4)
    assert score.file_bytes is not None
    assert score.file_bytes > score.stored_bytes
    assert line(comparison, "int16x8").stream_ram_bytes == 2 * score.stream_ram_bytes - 4 * 12


@pytest.mark.slow
def test_recipes_that_train_are_compared_when_asked_for(run: Run) -> None:
    pytest.importorskip("torch")
    found = compare_recipes(run, qat=True)
    assert found.left_out == ()
    assert line(found, "qat").form == "int8"
    # What came of training is kept only where it is nearer to float on the validation tracks.
    assert line(found, "qat").accuracy >= line(found, "min-max").accuracy


def test_a_run_without_validation_tracks_is_refused(run: Run) -> None:
    without = dataclasses.replace(run, recorded_split=run.recorded_split | {"validation": []})
    with pytest.raises(DatasetError, match="no validation tracks"):
        compare_recipes(without)


def test_a_recurrent_run_is_compared_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_CACHE", str(tmp_path / "cache"))
    found = compare_recipes(tiny_run(tmp_path, tiny_recurrent_network()))
    assert line(found, "min-max").form == "int8"
    assert line(found, found.recommended).form == "int8"


def score(recipe: str, *, agreement: float, low: float, error: float, form: str = "int8") -> RecipeScore:
    return RecipeScore(
        recipe=recipe,
        summary="",
        form=form,
        accuracy=0.5,
        accuracy_interval=(0.4, 0.6),
        agreement=agreement,
        agreement_interval=(low, 1.0),
        logit_error=error,
        stored_bytes=1,
        file_bytes=None,
        stream_ram_bytes=None,
        multiplies=1,
    )


@pytest.mark.parametrize(
    ("plain", "other", "expected"),
    [
        # (agreement, its interval's low end, error of every clip)
        ((0.90, 0.8, 0.1), (0.99, 0.95, 0.3), "other"),  # agreement outside the best one's interval
        ((0.96, 0.9, 0.3), (0.99, 0.95, 0.1), "other"),  # within it, but a larger error
        ((0.96, 0.9, 0.12), (0.99, 0.95, 0.1), "plain"),  # within a quarter of the smallest error
        ((0.99, 0.9, 0.1), (0.99, 0.9, 0.1), "plain"),
    ],
)
def test_the_recommendation_follows_the_rule(plain: tuple, other: tuple, expected: str) -> None:
    scores = [
        score(name, agreement=one[0], low=one[1], error=one[2]) for name, one in (("plain", plain), ("other", other))
    ]
    errors = {"plain": np.full(50, plain[2]), "other": np.full(50, other[2])}
    assert recommended([*scores, score("float16", agreement=1, low=1, error=0, form="float16")], errors) == expected


def test_errors_that_chance_could_have_ordered_otherwise_count_as_equal() -> None:
    generator = np.random.default_rng(0)
    errors = {"plain": generator.normal(0.3, 1.0, 40), "other": generator.normal(0.2, 1.0, 40)}
    scores = [
        score(name, agreement=1.0, low=0.9, error=float(value)) for name, value in (("plain", 0.3), ("other", 0.2))
    ]
    assert recommended(scores, errors) == "plain"


def test_without_an_integer_recipe_a_float_one_is_recommended() -> None:
    scores = [score("float16", agreement=1.0, low=0.9, error=0.1, form="float16")]
    assert recommended(scores, {"float16": np.array([0.1])}) == "float16"


def test_the_picture_is_a_png_with_a_row_for_every_recipe(comparison: RecipeComparison, tmp_path: Path) -> None:
    draw_comparison(comparison, tmp_path / "out" / "picture.png")
    height, width, _ = image.imread(tmp_path / "out" / "picture.png").shape
    assert width > 1000
    assert height > 40 * len(comparison.scores)


def test_an_interrupted_comparison_leaves_no_file_behind(run: Run, tmp_path: Path) -> None:
    class Interrupted:
        @contextmanager
        def task(self, description: str, total: int) -> Iterator[Task]:
            if description == "scoring mse":
                raise KeyboardInterrupt
            yield self

        def advance(self, steps: int = 1, note: str = "") -> None:
            pass

    before = sorted(run.path.rglob("*"))
    with pytest.raises(KeyboardInterrupt):
        compare_recipes(run, progress=Interrupted())
    assert sorted(run.path.rglob("*")) == before


def test_a_picture_that_cannot_be_written_is_said_in_one_sentence(comparison: RecipeComparison, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EdgegenreError, match="cannot be written"):
        draw_comparison(comparison, tmp_path / "file" / "picture.png")
