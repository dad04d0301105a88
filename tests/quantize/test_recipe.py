"""Recipe files: those that ship, and what a person is told about one that is wrong."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgegenre.errors import QuantizationError
from edgegenre.integer.operations import WeightedOperation
from edgegenre.quantize import recipe as recipes
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.recipe import (
    OBSERVERS,
    integer_recipes,
    quantization_recipe,
    read_recipe,
    recipe_for,
    recipe_names,
)
from edgegenre.rooms import room
from tests.networks import odd_network, random_float_network, random_integers


def refusal(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(QuantizationError) as caught:
        read_recipe(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


def test_every_recipe_begins_with_the_command_that_uses_it() -> None:
    for name in recipe_names():
        kind = "int8" if quantization_recipe(name).quantizes else "float"
        first = (room("calibration") / f"{name}.toml").read_text().splitlines()[0]
        assert first == f"# edgegenre export --{kind} --recipe {name}"


def test_every_recipe_is_in_the_table_that_says_when_to_use_which() -> None:
    page = (room("calibration") / "README.md").read_text()
    for name in recipe_names():
        assert f"| `{name}`" in page


def test_every_observer_has_a_recipe_and_the_default_is_the_plainest() -> None:
    recipes = integer_recipes()
    assert {recipe.activations for recipe in recipes} == set(OBSERVERS)
    assert recipes[0].name == "min-max"
    assert "float16" not in {recipe.name for recipe in recipes}


def test_all_that_is_wrong_with_a_file_is_said_at_once(tmp_path: Path) -> None:
    message = refusal(
        tmp_path / "mine.toml",
        'summary = " "\nactivatons = "mse"\nweights = "per-row"\nclips = 0\npercentile = true\ncolor = 3\n',
    )
    for part in (
        "'activatons' is no entry of a recipe (Did you mean 'activations'?)",
        "'color' is no entry",
        "summary is ' ', not a text",
        "weights is 'per-row', not one of per-channel, per-tensor, float16",
        "clips is 0, not a whole number from 1 to 10000",
        "percentile is True, not a number above 0.5",
        "activations is missing",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('summary = "x"\nactivations = "percentile"\nclips = 3\n', "percentile is missing"),
        ('summary = "x"\nactivations = "mse"\nclips = 3\npercentile = 0.9\n', "percentile does not go with"),
        ('summary = "x"\nweights = "float16"\nclips = 3\n', "clips does not go with"),
        ('summary = "x"\nweights = "float16"\nbits = 8\n', "bits does not go with"),
        ('summary = "x"\nactivations = "mse"\nclips = 3\nbits = 12\n', "bits is 12, not 8 or 16"),
        ('summary = "x"\nactivations = ["mse"]\nclips = 3\n', "activations is ['mse'], not one of"),
        ('summary = "x"\nactivations = "mse"\nclips = 2.5\n', "clips is 2.5"),
        ('summary = "x"\nactivations = "mse"\nclips = 10001\n', "clips is 10001, not a whole number from 1 to 10000"),
        ('summary = "x"\nactivations = "mse"\nclips = 3\nbits = 16\n', "use activations = 'min-max'"),
        ('summary = "x"\nactivations = "entropy"\nclips = 3\nbits = 16\n', "use activations = 'min-max'"),
        ('summary = "x"\nactivations = ["mse"]\nclips = 3\nbits = 16\n', "activations is ['mse'], not one of"),
        (f"clips = 1{5000 * '0'}\n", "not a quantization recipe ("),
        (f"clips = {5000 * '['}{5000 * ']'}\n", "not a quantization recipe ("),
        ('summary = "x"\nactivations = "percentile"\npercentile = nan\nclips = 3\n', "percentile is nan"),
        ("summary = ", "not a quantization recipe ("),
        ("", "summary is missing"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(tmp_path / "mine.toml", text)


def test_weights_and_observers_combine(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('summary = "x"\nactivations = "mse"\nweights = "per-tensor"\nclips = 2\n')
    recipe = read_recipe(path)
    assert (recipe.name, recipe.activations, recipe.weights) == ("mine", "mse", "per-tensor")


def test_per_tensor_weights_have_one_scale_a_layer_the_largest_of_its_channels() -> None:
    floats = random_float_network(odd_network())
    integers = random_integers(floats, recipe="per-tensor", clips=4)
    weighted = [operation for operation in integers.operations if operation.name in floats.arrays]
    weighted = [operation for operation in weighted if "weights" in floats.arrays[operation.name]]
    assert len(weighted) == 6
    for operation in weighted:
        assert isinstance(operation, WeightedOperation)
        weights, (scale, *others) = floats.arrays[operation.name]["weights"], operation.weight_scales
        assert scale == pytest.approx(np.abs(weights).max() / 127)
        assert set(others) <= {scale}
        np.testing.assert_allclose(operation.weights.reshape(weights.shape) * scale, weights, atol=scale * 0.5001)


def test_a_recipe_for_floats_makes_no_integers() -> None:
    floats = random_float_network(odd_network())
    with pytest.raises(QuantizationError, match="makes no integers"):
        quantize(floats, np.zeros((1, 61, 12), np.float32), quantization_recipe("float16"))


def test_a_recipe_of_one_s_own_is_given_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('summary = "x"\nactivations = "mse"\nclips = 2\n')
    recipe = recipe_for(str(path), quantized=True)
    assert recipe == read_recipe(path)
    assert (recipe.name, recipe.activations) == ("mine", "mse")
    assert recipe.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("", ["recipe '' is not known."]),
        ("ms", ["recipe 'ms' is not known. Did you mean 'mse'?"]),
        ("nowhere/mse.toml", ["nowhere/mse.toml: there is no such recipe file. Did you mean 'mse'?"]),
        ("min-max.toml", ["min-max.toml: there is no such recipe file. Did you mean 'min-max'?"]),
        ("calibration/", ["calibration/: is a folder, not a recipe."]),
    ],
)
def test_what_is_no_recipe_is_refused_with_what_is(
    name: str, parts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "calibration").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(QuantizationError) as caught:
        recipe_for(name, quantized=True)
    for part in [*parts, "There are: entropy, float16,", "one of your own is given as the path of its .toml file."]:
        assert part in str(caught.value)


def test_another_recipe_s_mistake_does_not_hide_this_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(room("calibration"), tmp_path / "calibration")
    (tmp_path / "calibration" / "broken.toml").write_text("clips = ")
    monkeypatch.setattr(recipes, "room", lambda name: tmp_path / name)
    with pytest.raises(QuantizationError, match=r"mse quantizes to int8.* Recipes for --float: float16"):
        recipe_for("mse", quantized=False)
    with pytest.raises(QuantizationError, match=r"broken\.toml: not a quantization recipe"):
        recipe_for("broken", quantized=True)
