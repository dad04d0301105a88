"""One repeat of a run: train, score validation and test once, leave everything in the repeat's folder."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from edgegenre.errors import TrainingError
from edgegenre.files import replacing_file, write_json
from edgegenre.network.network import Network
from edgegenre.progress import Progress
from edgegenre.runs.float_file import save_float_network
from edgegenre.runs.protocol import Protocol
from edgegenre.runs.run_folder import FLOAT_NETWORK, METRICS, MODEL, read_record
from edgegenre.training.batch_norm import settle_batch_norm
from edgegenre.training.batches import Batches, Transform
from edgegenre.training.checkpoint import TrainingState, load_checkpoint
from edgegenre.training.device import Placement
from edgegenre.training.distillation import SoftTargets
from edgegenre.training.fold import fold
from edgegenre.training.loop import Keeper, KeepsNothing, fit
from edgegenre.training.module import NetworkModule
from edgegenre.training.objective import Classification, Selection, TaskVerdict, balanced_weights
from edgegenre.training.preparation import optimizer_of, prepared_module
from edgegenre.training.ranks import ALONE, Ranks
from edgegenre.training.run_record import CHECKPOINT, RunRecord, test_curve
from edgegenre.training.scoring import scores
from edgegenre.training.sharing import Share
from edgegenre.training.source import Source


@dataclass(frozen=True, kw_only=True, eq=False)
class TrainingData:
    """What all repeats share: the three parts of the split, the transforms of the first, and what a teacher says of it.

    training: also the windows of unlabeled music, their class number `distillation.UNLABELED`. heard: those transforms
    that change how a window sounds, not what it is: batch norm settles on such windows.
    """

    training: Source
    validation: Source
    test: Source
    labels: tuple[str, ...]
    transforms: tuple[Transform, ...]
    heard: tuple[Transform, ...]
    soft_targets: SoftTargets | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Repeats:
    """What all repeats do. checkpoint_seconds: least time between two checkpoints. ranks: who trains them together."""

    network: Network
    protocol: Protocol
    data: TrainingData
    placement: Placement
    checkpoint_seconds: float
    ranks: Ranks = ALONE

    def run(self, seed: int, folder: Path, progress: Progress) -> dict[str, Any]:
        """Train and score the repeat of `seed`, or take up or read what `folder` already holds; returns its metrics.

        Of several processes the leader alone scores and writes; the others return nothing.

        seed: decides initialization, order and augmentation; on a CPU with the same number of threads the same seed
        gives the same weights to the bit. metrics.json is written last: a repeat that has it is done.
        """
        if (folder / METRICS).is_file():
            return read_record(folder / METRICS)
        if self.ranks.leads:
            folder.mkdir(parents=True, exist_ok=True)
        share = Share(self.ranks)
        module, state = self._train(seed, folder, share, progress)
        if not self.ranks.leads:
            return {}
        self._settle(module, state)
        metrics = {
            "seed": seed,
            "seconds": round(state.seconds, 1),
            "device": str(self.placement.device),
            "processes": self.ranks.size,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "validation": scores(module, self.data.validation, self.data.labels),
            "test": scores(module, self.data.test, self.data.labels),
            **({"test_curve": test_curve(folder)} if self.protocol.watch_test else {}),
        }
        _save_module(folder / MODEL, module)
        save_float_network(folder / FLOAT_NETWORK, fold(module))
        write_json(folder / METRICS, metrics)
        (folder / CHECKPOINT).unlink()
        return metrics

    def _train(self, seed: int, folder: Path, share: Share, progress: Progress) -> tuple[NetworkModule, TrainingState]:
        """The module and the state after the last iteration."""
        protocol, training = self.protocol, self.data.training
        module = prepared_module(self.network, protocol, seed=seed, placement=self.placement, share=share)
        balanced = protocol.class_weights == "balanced"
        objective = Classification(
            module=module,
            protocol=protocol,
            validation=self.data.validation,
            placement=self.placement,
            class_weights=balanced_weights(training, len(self.data.labels)) if balanced else None,
            soft_targets=self.data.soft_targets,
            share=share,
            test=self.data.test if protocol.watch_test else None,
        )
        state = TrainingState(
            module=module,
            optimizer=optimizer_of(protocol, module),
            batches=Batches(training, torch.Generator().manual_seed(seed), self.data.transforms),
            selection=None if protocol.final_weights.by == "last" else Selection(),
        )
        if (folder / CHECKPOINT).exists():
            load_checkpoint(folder / CHECKPOINT, state, TaskVerdict)
        try:
            fit(
                state,
                objective,
                protocol,
                title=f"training {self.network.name}, seed {seed}",
                keeper=self._record(folder, state.iteration, progress),
                progress=progress,
            )
        except TrainingError as error:
            raise type(error)(f"{self.network.name}: {error}") from error
        return module, state

    def _record(self, folder: Path, done: int, progress: Progress) -> Keeper:
        """The leader's record of a training of which `done` iterations are done."""
        if not self.ranks.leads:
            return KeepsNothing()
        return RunRecord(
            folder,
            labels=None if self.protocol.phases[0].epochs is None else self.data.labels,
            checkpoint_seconds=self.checkpoint_seconds,
            done=done,
            progress=progress,
        )

    def _settle(self, module: NetworkModule, state: TrainingState) -> None:
        """Make of the module what is kept."""
        if state.selection is not None:
            module.load_state_dict(state.selection.kept)
        if self.protocol.settle_batch_norm:
            settle_batch_norm(module, state.batches.whole(self.data.heard))


def _save_module(path: Path, module: NetworkModule) -> None:
    from safetensors.torch import save

    content = save({name: value.detach().cpu().contiguous() for name, value in module.state_dict().items()})
    with replacing_file(path) as temporary:
        temporary.write_bytes(content)
