"""The papers' tables as `edgegenre reproduce --table` shows them: their rows and columns, their values, ours beside."""

import dataclasses
import json
from pathlib import Path

import pytest

from edgegenre.reproduce.outcome import Outcome
from edgegenre.reproduce.paper_table import LayoutTable, ResultTable
from edgegenre.reproduce.plan import Job, plan
from edgegenre.reproduce.printed.tables import TABLES, result_tables, table_of
from edgegenre.reproduce.results import results
from edgegenre.reproduce.tables import paper_table
from edgegenre.zoo.described import DESCRIBED
from edgegenre.zoo.papers import PAPERS, paper
from edgegenre.zoo.registry import MODELS
from tests.commands import edgegenre
from tests.training.tiny import TINY, tiny_dataset

LIANG_II = """CNN1 93.14 359,977 CRNN1 91.67 360,223 DS-CNN1 93.42 360,039 DS-CRNN1 92.40 359,697
CNN2 93.65 498,019 CRNN2 93.38 505,029 DS-CNN2 94.28 496,141 DS-CRNN2 93.63 496,597
CNN3 94.36 909,349 CRNN3 93.87 903,629 DS-CNN3 95.10 906,221 DS-CRNN3 94.12 905,657"""
"""Copied from the paper."""


def outcome(job: Job, **scores: float) -> Outcome:
    """What a run of `job` might have scored."""
    return Outcome(
        model=job.variant.entry.name,
        recipe=job.variant.recipe,
        by=job.by,
        repeat=job.repeat,
        fold=job.fold,
        scores=scores,
        train=8,
        test=2,
        split=str(job.repeat),
        seconds=1.0,
        device="cpu",
        run="nowhere",
    )


def test_every_cell_names_a_model_and_a_recipe_that_there_are() -> None:
    for name, each in PAPERS.items():
        for table in result_tables(each):
            assert [len(row) for row in table.cells] == [len(table.columns)] * len(table.rows)
            for cell in table.all_cells():
                if cell.model in MODELS:
                    assert cell.recipe in MODELS[cell.model].protocols
                else:
                    assert DESCRIBED[cell.model].paper == each.words, name


def test_every_model_and_every_recipe_of_a_paper_stands_in_one_of_its_tables() -> None:
    """But for what a paper does not print: dropout on whole tracks and on samples; and a last epoch, a column."""
    unprinted = {(name, "paper-dropout") for name in ("res-1d", "res-2d", "res-1d2d", "res-1d-segments")}
    unprinted |= {(entry.name, "paper-last") for entry in paper("mersy-kuan").entries}
    for each in PAPERS.values():
        shown = {(cell.model, cell.recipe) for table in result_tables(each) for cell in table.all_cells()}
        printed = [entry for entry in each.entries if entry.paper_accuracy is not None]
        assert {(entry.name, recipe) for entry in printed for recipe in entry.protocols} - unprinted <= shown


def test_table_two_of_liang_is_the_paper_s(tmp_path: Path) -> None:
    planned = plan(paper("liang"), tiny_dataset(tmp_path, tracks=3))
    shown = paper_table(results(planned, []), planned.tables[0])
    assert [title.title for title in shown.columns] == ["", "accuracy, printed", "parameters, printed", "ours"]
    assert [text for row in shown.rows for text in row[:3]] == LIANG_II.split()
    unlike = {row[0] for row in shown.rows if row[2] != row[3]}
    assert unlike == {"CRNN1", "CRNN2", "CRNN3"}, "of which no layers give the printed counts"


def test_the_layers_of_table_one_of_liang_are_those_of_our_networks() -> None:
    table = table_of(paper("liang"), "1")
    assert isinstance(table, LayoutTable)
    for row in table.rows:
        layers, maps, parameters = table.ours(MODELS[row.model])
        assert (layers, maps) == row.printed[:2]
        nearest = min(("S", 360_000), ("M", 500_000), ("L", 900_000), key=lambda s: abs(s[1] - _number(parameters)))
        assert row.printed[2].startswith(nearest[0])


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_hyperparameters_that_wu_prints_are_those_of_our_recipes() -> None:
    table = table_of(paper("wu"), "2")
    assert isinstance(table, LayoutTable)
    ours = {row.heading: (row.printed, table.ours(MODELS[row.model])) for row in table.rows if row.model in MODELS}
    printed, computed = ours["MLP"]
    assert printed == computed
    printed, computed = ours["LSTM"]
    assert (printed[0], printed[2:]) == (computed[0], computed[2:])


def test_what_is_printed_without_training_needs_no_data(tmp_path: Path) -> None:
    shown = edgegenre("reproduce", "liang", "--table", "1", folder=tmp_path)
    assert shown.status == 0
    assert "C(10,4,4,2)-DSC(3,3,2,2)-6DSC(3,3,1,1)-GRU(256)" in shown.stdout
    assert list(tmp_path.iterdir()) == []


def test_pandey_s_three_votes_are_columns_and_his_two_lengths_of_training_rows(tmp_path: Path) -> None:
    planned = plan(paper("pandey"), tiny_dataset(tmp_path, tracks=3), models=("shallow-cnn",), repeats=2)
    assert [variant.name for variant in planned.variants] == ["shallow-cnn", "shallow-cnn, paper-200"]
    scores = [
        {"accuracy": 0.7, "windows": 0.50, "sum": 0.7, "maximum": 0.4, "majority": 0.6},
        {"accuracy": 0.8, "windows": 0.60, "sum": 0.8, "maximum": 0.4, "majority": 0.8},
    ]
    done = [outcome(job, **scores[job.repeat]) for job in planned.jobs if job.variant.recipe == "paper"]
    shown = paper_table(results(planned, done), planned.tables[0])
    by_row = {row[0]: dict(zip((column.title for column in shown.columns), row, strict=True)) for row in shown.rows}
    half = by_row["shallow CNN, 100 epochs"]
    assert half["raw, printed"] == "63.12"
    assert half["raw, ours by track"] == "55.0 ± 7.1", "the deviation of 50 and 60"
    assert half["sum of probabilities, ours by track"] == "75.0 ± 7.1"
    assert half["maximum probability, ours by track"] == "40.0 ± 0.0"
    assert half["majority, ours by track"] == "70.0 ± 14.1"
    whole = by_row["shallow CNN, 200 epochs"]
    assert (whole["raw, printed"], whole["raw, ours by track"]) == ("63.80", "–"), "not trained yet"


def test_calvino_s_grid_holds_each_input_with_and_without_segments_and_dropout(tmp_path: Path) -> None:
    each = paper("calvino-pacheco")
    planned = plan(each, tiny_dataset(tmp_path, tracks=3), tables=[_result(each.name, "2")], repeats=1)
    assert [variant.name for variant in planned.variants] == [
        "res-2d-segments, paper-dropout",
        "res-1d2d-segments, paper-dropout",
    ]
    grid = _result(each.name, "1")
    assert [[cell.printed for cell in row if cell] for row in grid.cells] == [
        [0.264, 0.395, 0.376],
        [0.314, 0.429, 0.428],
    ]


def _result(name: str, number: str) -> ResultTable:
    table = table_of(paper(name), number)
    assert isinstance(table, ResultTable)
    return table


def test_mersy_and_kuan_s_fifty_trials_are_the_default(tmp_path: Path) -> None:
    assert plan(paper("mersy-kuan"), tiny_dataset(tmp_path, tracks=3), models=("spec1-full",)).repeats == 50


def test_a_system_that_is_not_trained_keeps_its_printed_value(tmp_path: Path) -> None:
    planned = plan(paper("wu"), tiny_dataset(tmp_path, tracks=3), models=("mlp",), repeats=1)
    shown = paper_table(results(planned, []), planned.tables[0])
    assert {row[0]: row[1] for row in shown.rows}["VGG16"] == "65.50"


def test_another_recipe_leaves_the_paper_s_variants_empty_and_says_so(tmp_path: Path) -> None:
    recipe = tmp_path / "tiny.json"
    recipe.write_text(json.dumps(dataclasses.replace(TINY, repeats=2).to_dict()))
    planned = plan(paper("pandey"), tiny_dataset(tmp_path / "music", tracks=3), recipe=str(recipe))
    assert [variant.name for variant in planned.variants] == ["shallow-cnn", "deep-cnn", "lstm-crnn"]
    assert planned.notes[0] == (
        f"What the paper trained by paper-200 is left empty: all runs are by the recipe '{recipe}'."
    )


def test_a_recipe_of_the_paper_s_own_fills_its_rows_and_no_others(tmp_path: Path) -> None:
    dataset = tiny_dataset(tmp_path / "music", tracks=3)
    planned = plan(paper("pandey"), dataset, models=("deep-cnn",), recipe="paper-200", repeats=1)
    assert [variant.name for variant in planned.variants] == ["deep-cnn, paper-200"]
    assert planned.notes[0].startswith("Of the paper's recipes paper, paper-200 this is paper-200 alone")
    done = [outcome(job, accuracy=0.5, windows=0.5) for job in planned.jobs]
    rows = {row[0]: row[1:3] for row in paper_table(results(planned, done), planned.tables[0]).rows}
    assert rows["deep network, 200 epochs"] == ("63.10", "50.0")
    assert rows["deep network, 100 epochs"] == ("62.67", "–")


def test_every_table_has_a_number_of_its_own() -> None:
    for tables in TABLES.values():
        assert [table.number for table in tables] == [str(number + 1) for number in range(len(tables))]


@pytest.mark.parametrize("name", list(PAPERS))
def test_every_paper_has_a_table_of_scores(name: str) -> None:
    assert result_tables(paper(name))
