"""One training run: iterations, log, checkpoints."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.errors import TrainingError, missing
from edgegenre.network.network import Network
from edgegenre.progress import Progress, Task
from edgegenre.runs.protocol import Recipe
from edgegenre.training.checkpoint import TrainingState, load_checkpoint, save_checkpoint
from edgegenre.training.data import Batches, Examples, in_order, track_probabilities
from edgegenre.training.device import Placement
from edgegenre.training.history import COLUMNS, History
from edgegenre.training.module import NetworkModule, build_module
from edgegenre.training.zeroing import Zeroing

CHECKPOINT = "checkpoint.safetensors"

# Iterations between rows of the history; checkpoints are written after a row only.
LOG_EVERY = 10


def fit(
    network: Network,
    training: Examples,
    validation: Examples,
    *,
    recipe: Recipe,
    seed: int,
    zeroing: Zeroing | None,
    placement: Placement,
    folder: Path,
    title: str,
    checkpoint_seconds: float,
    progress: Progress,
) -> tuple[NetworkModule, float]:
    """Train `network` to the recipe's last iteration; the module, on the placement's device, and the seconds it took.

    seed: decides initialization, order and augmentation; on a CPU with the same number of threads the same seed gives
    the same weights to the bit. folder: gets the checkpoint, history.csv and the TensorBoard log; a checkpoint found
    there is taken up. title: what the progress is called. checkpoint_seconds: least time between checkpoints.
    Raises TrainingError when the loss is not finite, or the checkpoint is damaged.
    """
    state = _start(network, training, recipe, seed, zeroing, placement)
    if (folder / CHECKPOINT).exists():
        load_checkpoint(folder / CHECKPOINT, state)
    run = torch.compile(state.module) if placement.compiled else state.module
    log = _tensorboard(folder / "tensorboard", state.iteration)
    began, before = time.monotonic(), state.seconds
    saved = began
    with progress.task(title, recipe.iterations) as task:
        task.advance(state.iteration)
        while state.iteration < recipe.iterations:
            phase = recipe.phase_at(state.iteration)
            loss, accuracy = _stretch(run, state, recipe, placement, task)
            phase_over = state.iteration in recipe.phase_ends()
            state.history.add(
                iteration=state.iteration,
                learning_rate=phase.learning_rate,
                loss=loss,
                accuracy=accuracy,
                validation=_accuracy(state.module, validation) if phase_over else math.nan,
            )
            _write(log, state.history)
            if time.monotonic() - saved >= checkpoint_seconds or state.iteration == recipe.iterations:
                saved = time.monotonic()
                state.seconds = before + saved - began
                save_checkpoint(folder / CHECKPOINT, state)
                state.history.write(folder / "history.csv")
    log.close()
    if recipe.settle_batch_norm:
        settle_batch_norm(state.module, training)
    return state.module, before + time.monotonic() - began


def _start(
    network: Network, training: Examples, recipe: Recipe, seed: int, zeroing: Zeroing | None, placement: Placement
) -> TrainingState:
    """The state before the first iteration."""
    torch.manual_seed(seed)
    module = build_module(network, dropout=recipe.dropout, momentum=recipe.batch_norm_momentum)
    module.to(placement.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return TrainingState(
        module=module,
        optimizer=torch.optim.Adam(module.parameters()),
        batches=Batches(training, torch.Generator().manual_seed(seed), zeroing),
        history=History(),
    )


def _stretch(
    run: Callable[[Tensor], Tensor], state: TrainingState, recipe: Recipe, placement: Placement, task: Task
) -> tuple[float, float]:
    """Iterate to the next row of the history, at most to the end of the phase; mean loss and training accuracy."""
    phase = recipe.phase_at(state.iteration)
    for group in state.optimizer.param_groups:
        group["lr"] = phase.learning_rate
    state.module.train()
    note = f"loss {state.history.rows[-1][2]:.3f}" if state.history.rows else ""
    losses, hits = [], []
    while True:
        features, labels = state.batches.draw(phase)
        loss, hit = _step(run, state.optimizer, features, labels, placement)
        losses.append(loss)
        hits.append(hit)
        state.iteration += 1
        task.advance(1, note)
        if state.iteration % LOG_EVERY == 0 or state.iteration in recipe.phase_ends():
            break
    mean_loss = torch.stack(losses).mean().item()
    if not math.isfinite(mean_loss):
        raise TrainingError(
            f"{state.module.network.name}: the loss is {mean_loss} at iteration {state.iteration}. "
            "Check the audio with `edgegenre data check`, or try another seed."
        )
    return mean_loss, torch.cat(hits).float().mean().item()


def _step(
    run: Callable[[Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    features: Tensor,
    labels: Tensor,
    placement: Placement,
) -> tuple[Tensor, Tensor]:
    """One iteration of Adam on the cross entropy; the loss and which clips were right, still on the device."""
    with placement.precision():
        logits = run(features)
    loss = functional.cross_entropy(logits.float(), labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.detach(), logits.detach().argmax(1) == labels


@torch.no_grad()
def settle_batch_norm(module: NetworkModule, training: Examples) -> None:
    """Replace every running mean and variance by those of all whole training windows (mean over batches)."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # torch's name for the plain mean over all batches
    module.train()
    for features in in_order(training):
        module(features)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def _accuracy(module: NetworkModule, source: Examples) -> float:
    truth = torch.zeros(int(source.track.max()) + 1, dtype=torch.long)
    truth[source.track] = source.labels.cpu()
    return float((track_probabilities(module, source).argmax(1) == truth.numpy()).mean())


def _tensorboard(folder: Path, done: int) -> Any:
    """A SummaryWriter; steps after `done` that an interrupted run already logged are discarded."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise missing("tensorboard", "train", "The training log") from error
    return SummaryWriter(str(folder), purge_step=done + 1 if done else None)


def _write(log: Any, history: History) -> None:
    iteration, *values = history.rows[-1]
    for name, value in zip(COLUMNS[1:], values, strict=True):
        if not math.isnan(value):
            log.add_scalar(name, value, int(iteration))
