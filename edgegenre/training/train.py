"""The one call behind `edgegenre train`. torch is imported inside, so that its absence is one clear sentence."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgegenre.datasets.track import Dataset
from edgegenre.files import remove_leftovers
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.extractors import Form
from edgegenre.progress import SILENT, Progress
from edgegenre.runs.description import Experiment
from edgegenre.runs.lock import locked
from edgegenre.runs.run_folder import CONFIG, RUNS, Run, load_run, new_run_folder, unfinished_run, write_config
from edgegenre.training.ranks import ALONE, Ranks
from edgegenre.training.torch_import import import_torch
from edgegenre.zoo.registry import model

if TYPE_CHECKING:
    from edgegenre.training.features import Helpers


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """Where and with what a run is trained; none of it but the device and the backbone has a say in the weights.

    device: auto, cpu, cuda, cuda:N, mps. cache: where features are kept. helpers: who else computes them; None: this
    machine alone. checkpoint_seconds: least time between two checkpoints. in_memory: bytes of features, and of audio,
    that are kept in memory; None: a part of what is free.
    weights: a file of those of the model's frozen backbone; None: the only ones that are installed or in the weights
    folder. ranks: the processes that train together; all need the same folders.
    """

    runs_folder: Path = RUNS
    device: str = "auto"
    cache: FeatureCache = field(default_factory=FeatureCache)
    helpers: "Helpers | None" = None
    checkpoint_seconds: float = 20.0
    in_memory: int | None = None
    weights: Path | None = None
    ranks: Ranks = ALONE


def train(
    experiment: Experiment,
    dataset: Dataset,
    *,
    workplace: Workplace | None = None,
    form: Form = "int8",
    resume: Path | None = None,
    skip_broken: bool = False,
    progress: Progress = SILENT,
) -> Run:
    """Train the experiment's model on `dataset` and return the completed run.

    form: what the model is to be exported as; what could not be is refused before a file is decoded. resume: an
    unfinished run of this experiment to take up; on a CPU its weights become those of an uninterrupted run, to the bit.
    skip_broken: leave out tracks that cannot be decoded. Of several processes (`Workplace.ranks`) each calls it alike.

    Raises NetworkError, FeatureError, DatasetError, AudioError, TrainingError or MissingDependencyError, each with one
    sentence.
    """
    import_torch("Training")
    from edgegenre.training.device import place
    from edgegenre.training.finish import draw, finish
    from edgegenre.training.material import load
    from edgegenre.training.repeat import Repeats

    workplace = workplace or Workplace()
    model(experiment.model)  # a wrong name is said before anything else
    ranks = workplace.ranks
    progress = progress if ranks.leads else SILENT
    placement = place(workplace.device, ranks)
    with contextlib.ExitStack() as held:
        if resume is not None and ranks.leads:
            held.enter_context(locked(unfinished_run(resume, experiment.model)))
            remove_leftovers(resume, below=True)
        with ranks.leader_first():
            material = load(
                experiment,
                dataset,
                placement,
                cache=workplace.cache,
                helpers=workplace.helpers if ranks.leads else None,
                in_memory=workplace.in_memory,
                form=form,
                skip_broken=skip_broken,
                weights=workplace.weights,
                progress=progress,
            )
        folder = Path()
        if ranks.leads:
            folder = resume or held.enter_context(_new_folder(workplace.runs_folder, experiment.model))
            write_config(folder, material.description)
        folder = Path(ranks.told(str(folder)))
        repeats = Repeats(
            network=material.description.network,
            protocol=experiment.protocol,
            data=material.data(progress),
            placement=placement,
            checkpoint_seconds=workplace.checkpoint_seconds,
            ranks=ranks,
        )
        folders = [folder / f"repeat-{number + 1}" for number in range(len(experiment.seeds))]
        results = [repeats.run(seed, place, progress) for seed, place in zip(experiment.seeds, folders, strict=True)]
        with ranks.leader_first():
            if ranks.leads:
                baseline, leak = material.baseline(progress), material.leak(progress)
                metrics = finish(folder, folders, results, material, baseline, leak)
                draw(folder, metrics, material.description, progress)
        return load_run(folder)


@contextlib.contextmanager
def _new_folder(runs: Path, model_name: str) -> Iterator[Path]:
    """A new run folder and its lock. When training ends before it has said what it is, nothing of it stays."""
    folder = new_run_folder(runs, model_name)
    try:
        with locked(folder):
            yield folder
    finally:
        if not (folder / CONFIG).exists():
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                folder.parent.rmdir()
