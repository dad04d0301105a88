"""Many trials of each model: Welch's test against the baseline, and the drawing, held to scipy and to sums by hand."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from edgegenre.reproduce.distributions import distribution_plots, welch_table, welch_tests
from edgegenre.reproduce.outcome import outcome_of
from edgegenre.reproduce.pages import write_pages
from edgegenre.reproduce.plan import Plan, plan
from edgegenre.reproduce.results import Results, results
from edgegenre.reproduce.statistics import welch
from edgegenre.reproduce.tables import paper_table
from edgegenre.runs.run_folder import load_run
from edgegenre.zoo.papers import paper
from tests.reproduce.test_paper_tables import outcome
from tests.training.tiny import tiny_dataset

MEANS = {"spec1-full": 0.35, "spec1-novox": 0.37, "stem3-cnn": 0.43, "stem3-ds": 0.42}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """50 trials by track."""
    return plan(paper("mersy-kuan"), tiny_dataset(tmp_path_factory.mktemp("songs"), tracks=3))


@pytest.fixture(scope="module")
def found(planned: Plan) -> Results:
    """As if all of them had been trained."""
    dice = np.random.default_rng(1)
    done = []
    for job in planned.jobs:
        f1 = float(np.clip(MEANS[job.variant.entry.name] + 0.1 * dice.standard_normal(), 0, 1))
        done.append(
            outcome(
                job,
                accuracy=f1,
                macro_f1=f1,
                accuracy_peeked=f1,
                macro_f1_peeked=f1,
                accuracy_last=f1 / 2,
                macro_f1_last=f1 / 2,
            )
        )
    return results(planned, done)


def test_welch_s_p_is_student_s_with_satterthwaite_s_degrees_of_freedom() -> None:
    """By the formula of 1947, written out here."""
    one, other = [0.31, 0.45, 0.52, 0.38], [0.61, 0.35, 0.72, 0.58, 0.66]
    a, b = np.var(one, ddof=1) / 4, np.var(other, ddof=1) / 5
    t = (np.mean(one) - np.mean(other)) / np.sqrt(a + b)
    degrees = (a + b) ** 2 / (a**2 / 3 + b**2 / 4)
    assert welch(one, other) == pytest.approx(2 * stats.t.sf(abs(t), degrees))
    assert welch([0.5], other) is None
    assert welch([0.5, 0.5], [0.4, 0.4]) is None


def test_each_model_is_tested_against_the_baseline_at_both_epochs(found: Results) -> None:
    """The last epoch scored half of the other here, so the difference is half and p the same."""
    table = found.plan.tables[0]
    tests = {(test.model, test.metric): test for test in welch_tests(found, table)}
    assert {model for model, _ in tests} == set(MEANS) - {"spec1-novox"}
    scores = {
        name: [o.scores["macro_f1_peeked"] for o in found.outcomes if o.model == name]
        for name in ("stem3-cnn", "spec1-novox")
    }
    p = stats.ttest_ind(*scores.values(), equal_var=False).pvalue
    difference = np.mean(scores["stem3-cnn"]) - np.mean(scores["spec1-novox"])
    peeked, last = (tests["stem3-cnn", metric] for metric in ("macro_f1_peeked", "macro_f1_last"))
    assert (peeked.trials, peeked.printed) == (50, 0.04)
    assert (peeked.difference, peeked.p) == pytest.approx((difference, p))
    assert (last.difference, last.p) == pytest.approx((difference / 2, p))
    shown = welch_table(found, table)
    assert shown is not None
    row = next(row for row in shown.rows if row[0] == "stem3-cnn – spec1-novox")
    assert row[1:6] == ("by track", "F1, epoch of the lowest test loss", "50", f"{100 * difference:+.1f}", "0.04")


def test_the_page_draws_the_trials_and_says_that_the_epoch_peeks(found: Results, tmp_path: Path) -> None:
    (plot,) = distribution_plots(found, found.plan.tables[0])
    assert plot.svg.startswith("<svg")
    assert all(name in plot.svg for name in MEANS)
    assert len(re.findall(r"<use ", plot.svg)) >= 2 * 4 * 50, "a dot a trial and epoch"
    write_pages(tmp_path, found)
    page = (tmp_path / "table.html").read_text()
    assert plot.svg in page
    assert not re.search(r"<script|\bsrc=|https?://(?!www\.w3\.org)|@import", page)
    assert "which peeks at the test" in page
    assert "which peeks at the test" in (tmp_path / "table.md").read_text()
    kept = json.loads((tmp_path / "results.json").read_text())
    assert len(kept["welch"]) == 3 * 2
    assert kept["tables"][0]["cells"][2][1] == {
        "model": "stem3-cnn",
        "recipe": "paper",
        "metric": "macro_f1_peeked",
        "printed": 0.435,
    }


def test_nothing_is_tested_or_drawn_before_there_are_trials(planned: Plan) -> None:
    empty = results(planned, [])
    assert welch_table(empty, planned.tables[0]) is None
    assert distribution_plots(empty, planned.tables[0]) == []


def test_both_epochs_are_read_from_a_run(tmp_path: Path) -> None:
    """The one of the lowest loss on the test tracks, the first of equals, and the last one."""
    from edgegenre.reproduce.outcome import trained

    small = plan(
        paper("mersy-kuan"),
        tiny_dataset(tmp_path / "songs", tracks=3, seconds=11.0),
        models=("spec1-full",),
        repeats=1,
    )
    (job,) = small.jobs
    from edgegenre.progress import SILENT

    run = trained(small, job, tmp_path / "out", device="cpu", skip_broken=False, progress=SILENT)
    scores = outcome_of(job, run, tmp_path / "out").scores
    curve = load_run(run.path).metrics["test_curve"]
    assert len(curve) == 6
    losses = [look["loss"] for look in curve]
    best = curve[losses.index(min(losses))]
    assert (scores["accuracy_peeked"], scores["macro_f1_peeked"]) == (best["accuracy"], best["macro_f1"])
    assert (scores["accuracy_last"], scores["macro_f1_last"]) == (curve[-1]["accuracy"], curve[-1]["macro_f1"])
    shown = paper_table(results(small, [outcome_of(job, run, tmp_path / "out")]), small.tables[0])
    row = next(row for row in shown.rows if row[0] == "1 spec, 2DConv-Full")
    assert row[1:3] == ("38.00", f"{100 * best['accuracy']:.1f}")
