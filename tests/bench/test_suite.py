"""Suites: what they hold, what is wrong in them, and that those we publish are sound."""

from pathlib import Path

import pytest

from edgegenre.bench.measure import jobs_of
from edgegenre.bench.suite import find_suite
from edgegenre.errors import BenchError
from edgegenre.rooms import room
from edgegenre.targets.job import ALL_CORES, Job
from edgegenre.targets.machine import cores
from edgegenre.targets.random_weights import named_network
from edgegenre.targets.registry import TARGETS, find_target
from edgegenre.zoo.registry import MODELS


@pytest.mark.parametrize("name", [path.stem for path in sorted((room("bench") / "suites").glob("*.toml"))])
def test_published_suites_name_models_and_processors_that_exist(name: str, tmp_path: Path) -> None:
    suite = find_suite(name)
    for target in TARGETS.values():
        for job in jobs_of(target, [], suite, tmp_path):
            assert all(named_network(model) for model in job.models)
            assert Job.from_json(job.to_json()) == job


def test_the_audit_measures_every_separable_model_beside_its_twin_of_equal_width() -> None:
    (job, *_) = jobs_of(find_target("mcu"), [], find_suite("audit"), Path("none"))
    separable = {name for name, entry in MODELS.items() if entry.standard_partner}
    assert set(job.models) == set(MODELS) | {f"{name}-standard" for name in separable}


def test_a_job_is_made_for_one_thread_and_for_all() -> None:
    jobs = jobs_of(find_target("cpu"), [], find_suite("default"), Path("none"))
    assert [job.threads for job in jobs] == ([1, ALL_CORES] if cores() > 1 else [1])
    assert [job.threads for job in jobs_of(find_target("mcu"), [], find_suite("default"), Path("none"))] == [1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("round = 3", r"'round' is not known\. Did you mean 'rounds'\?"),
        ("rounds = true", "rounds is True, it has to be a int"),
        ("models = [1]", "models is .*, it has to be a list"),
        ("[target.toaster]", "there is no target 'toaster'"),
        ("[target.mcu]\ncolor = 1", "target mcu has no setting 'color'"),
        ("target = {mcu = 3}", r"target\.mcu has to be a table"),
        ("rounds = ", "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_suite_is_said_with_its_file(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(BenchError, match=rf"mine\.toml: {sentence}"):
        find_suite(str(path))


def test_a_suite_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(BenchError, match=r"suite 'adit' is not known\. Did you mean 'audit'\? Known: audit, default"):
        find_suite("adit")


def test_a_target_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(BenchError, match=r"target 'mcpu' is not known\. .*Known: cpu, gpu, pi, mcu, ssh://user@host"):
        find_target("mcpu")
