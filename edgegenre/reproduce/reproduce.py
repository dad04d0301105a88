"""The one call behind `edgegenre reproduce`: train what is not trained yet, and keep the table up to date."""

from contextlib import AbstractContextManager
from pathlib import Path

from edgegenre.progress import SILENT, Progress, Task
from edgegenre.reproduce.outcome import Outcome, finished, outcome_of, trained
from edgegenre.reproduce.pages import write_pages
from edgegenre.reproduce.plan import Plan
from edgegenre.reproduce.results import Results, results
from edgegenre.reproduce.time_left import seconds_left, time_words


class _WarnsOnce:
    """Every training says the same about the same data: a person needs to read it once."""

    def __init__(self, progress: Progress) -> None:
        self._progress, self._said = progress, set[str]()

    def task(self, description: str, total: int) -> AbstractContextManager[Task]:
        return self._progress.task(description, total)

    def warn(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._progress.warn(message)


def reproduce(
    plan: Plan, out: Path, *, device: str = "auto", skip_broken: bool = False, progress: Progress = SILENT
) -> Results:
    """Do the trainings of `plan` that have not been done in the folder `out`, and return what all of them found.

    The table is written before the first training and anew after every one, each file in one step. Whatever ends it
    early, the next call goes on from there, inside a training too.
    Raises what `train` raises, and MissingDependencyError without jinja2 before anything is trained.
    """
    jobs, outcomes = plan.jobs, list[Outcome]()
    waiting = []
    for job in jobs:
        run = finished(plan, job, out)
        if run is None:
            waiting.append(job)
        else:
            outcomes.append(outcome_of(job, run, out))
    found = results(plan, outcomes)
    write_pages(out, found)
    multiplies = {row.variant.name: row.multiplies for row in found.rows}
    heard = _WarnsOnce(progress)
    with progress.task(f"reproducing {plan.paper.words}", len(jobs)) as task:
        task.advance(len(outcomes))
        while waiting:
            job = waiting.pop(0)
            run = trained(plan, job, out, device=device, skip_broken=skip_broken, progress=heard)
            outcomes.append(outcome_of(job, run, out))
            found = results(plan, outcomes)
            write_pages(out, found)
            left = seconds_left([each.variant.name for each in waiting], outcomes, multiplies)
            words = "" if not waiting or left is None else f"; {time_words(left)} of training left"
            task.advance(note=f"{job.variant.name} {job.by}{words}")
    return found
