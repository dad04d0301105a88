"""`edgegenre sweep --space paper`: the search that a paper made, from its own result on."""

import json
from pathlib import Path

import optuna
import pytest

from edgegenre.errors import NetworkError
from edgegenre.network.layers import Convolution, Lstm
from edgegenre.runs.run_folder import load_run
from edgegenre.sweep.paper_space import PaperChoice, PaperSpace, space_named, trained_by
from edgegenre.zoo.registry import MODELS
from tests.commands import edgegenre, refusal
from tests.training.tiny import tiny_dataset

SEARCHED = [name for name, entry in MODELS.items() if entry.space is not None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`music/`, and `study.db` of three trials of `mlp`, with their runs."""
    home = tmp_path_factory.mktemp("search")
    tiny_dataset(home / "music", tracks=5, seconds=4)
    assert edgegenre(*COMMAND, "--trials", "2", folder=home).status == 0
    return home


COMMAND = ("sweep", "mlp", "--data", "music", "--device", "cpu", "--space", "paper")


def test_wu_s_networks_are_searched() -> None:
    assert SEARCHED == ["mlp", "lstm"]


@pytest.mark.parametrize("name", SEARCHED)
def test_what_a_paper_settled_on_lies_in_its_space_and_is_the_zoo_s_own(name: str) -> None:
    space, entry = space_named(name), MODELS[name]
    for units, tried in zip(space.best.units, space.units, strict=True):
        assert units in tried
    assert all(space.best.dropout[layer] in shares for layer, shares in space.dropout.items())
    assert space.best.learning_rate in space.learning_rates
    assert space.best.batch in space.batches
    assert entry.network(10, space.best.units) == entry.build(10)
    ours, paper = trained_by(space.protocol, space.best), entry.recipe("paper")
    assert (ours.phases[0].batch, ours.phases[0].learning_rate) == (
        paper.phases[0].batch,
        paper.phases[0].learning_rate,
    )
    assert dict(ours.dropout) == dict(paper.dropout)
    assert ours.split == paper.split


@pytest.mark.parametrize("name", SEARCHED)
def test_other_units_make_a_network_of_them(name: str) -> None:
    network = MODELS[name].network(7, (64, 96, 32))
    sizes = [
        node.layer.channels if isinstance(node.layer, Convolution) else node.layer.units
        for node in network.nodes
        if isinstance(node.layer, Convolution | Lstm)
    ]
    assert sizes == [64, 96, 32]


@pytest.mark.parametrize(("name", "units"), [("mlp", (64, 96)), ("ds-cnn1", (64, 96, 32))])
def test_units_that_a_model_has_no_layers_for_are_refused(name: str, units: tuple[int, ...]) -> None:
    with pytest.raises(NetworkError, match="its hidden layers cannot have 64, 96"):
        MODELS[name].network(10, units)


def test_the_sampler_stays_in_the_space_and_a_choice_survives_the_study() -> None:
    space = PaperSpace.of(SEARCHED)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(40):
        trial = study.ask()
        wanted = space.suggested(trial)
        searched = space_named(wanted.model)
        assert wanted.units is not None
        assert all(units in tried for units, tried in zip(wanted.units, searched.units, strict=True))
        assert wanted.protocol.phases[0].batch in searched.batches
        choice = PaperChoice.from_parameters(trial.params)
        assert choice.parameters == trial.params
        assert wanted.protocol.dropout == {layer: share for layer, share in choice.settings.dropout.items() if share}


def test_the_first_trial_is_the_paper_s_own_and_every_run_has_its_units(home: Path) -> None:
    shown = edgegenre(*COMMAND, "--trials", "2", "--json", folder=home)
    found = json.loads(shown.stdout)["trials"]
    first = next(trial for trial in found if trial["trial"] == 0)
    assert first["settings"]["units"] == [448, 672, 32]
    for trial in found:
        run = load_run(home / trial["run"])
        sizes = [node.layer.channels for node in run.network.nodes if isinstance(node.layer, Convolution)]
        assert sizes == list(run.units or ()) == trial["settings"]["units"]
        assert run.protocol.final_weights.patience == 5
        assert run.protocol.phases[0].batch == trial["settings"]["batch"]
        assert trial["validation_accuracy"] == run.metrics["validation"]["accuracy"]


def test_the_test_part_is_looked_at_once_for_the_best_on_validation(home: Path) -> None:
    shown = edgegenre(*COMMAND, "--trials", "2", folder=home).stdout
    assert shown.count("looked at once") == 1
    trials = json.loads(edgegenre(*COMMAND, "--trials", "2", "--json", folder=home).stdout)["trials"]
    best = max(trials, key=lambda trial: trial["validation_accuracy"])
    accuracy = load_run(home / best["run"]).metrics["test"]["accuracy"]
    assert (
        f"Best on validation is trial {best['trial']}. Its test part, looked at once: {100 * accuracy:.1f} % of"
        in shown
    )


def test_a_study_of_recipes_is_another_one(home: Path) -> None:
    message = refusal("sweep", "mlp", "--data", "music", "--device", "cpu", "--trials", "3", folder=home)
    assert "holds a sweep that differs in recipes" in message


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ds-cnn1", "--space", "paper"), "tells of no search. --space paper suits: mlp, lstm."),
        (("mlp", "--space", "paper", "--recipe", "quick"), "has a recipe of its own. Leave out --recipe, or --space."),
    ],
)
def test_what_cannot_be_searched_is_one_sentence(arguments: tuple[str, ...], message: str, home: Path) -> None:
    assert message in refusal("sweep", *arguments, "--data", "music", folder=home)
