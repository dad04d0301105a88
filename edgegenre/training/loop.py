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
from edgegenre.progress import Progress
from edgegenre.training.checkpoint import load_checkpoint, save_checkpoint
from edgegenre.training.data import Batches, Examples, in_order, track_probabilities
from edgegenre.training.device import Placement
from edgegenre.training.history import COLUMNS, History
from edgegenre.training.module import NetworkModule, build_module
from edgegenre.training.recipe import Recipe
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
    checkpoint_seconds: float,
    progress: Progress,
) -> tuple[NetworkModule, float]:
    """Train `network` to the recipe's last iteration; the module, on the placement's device, and the seconds it took.

    seed: decides initialization, order and augmentation; on a CPU with the same number of threads the same seed gives
    the same weights to the bit. folder: gets the checkpoint, history.csv and the TensorBoard log; a checkpoint found
    there is taken up. checkpoint_seconds: least time between checkpoints.
    Raises TrainingError when the loss is not finite, or the checkpoint is damaged.
    """
    torch.manual_seed(seed)
    module = build_module(network, dropout=recipe.dropout, momentum=recipe.batch_norm_momentum)
    module.to(placement.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(module.parameters())
    batches = Batches(training, torch.Generator().manual_seed(seed), zeroing)
    history = History()
    done, seconds = 0, 0.0
    if (folder / CHECKPOINT).exists():
        done, seconds = load_checkpoint(
            folder / CHECKPOINT, module=module, optimizer=optimizer, batches=batches, history=history
        )
    run = torch.compile(module) if placement.compiled else module
    ends = recipe.phase_ends()
    began = saved = time.monotonic()
    losses, hits = [], []
    log = _tensorboard(folder / "tensorboard", done)
    with progress.task(f"training {network.name}", recipe.iterations) as task:
        task.advance(done)
        module.train()
        while done < recipe.iterations:
            phase = recipe.phase_at(done)
            for group in optimizer.param_groups:
                group["lr"] = phase.learning_rate
            features, labels = batches.draw(phase, whole=network.recurrent)
            loss, hit = _step(run, optimizer, features, labels, placement)
            losses.append(loss)
            hits.append(hit)
            done += 1
            if done % LOG_EVERY and done not in ends:
                continue
            mean_loss = torch.stack(losses).mean().item()
            if not math.isfinite(mean_loss):
                raise TrainingError(
                    f"{network.name}: the loss became {mean_loss} at iteration {done}. "
                    "Check the audio with `edgegenre data check`, or lower the learning rate."
                )
            measured = _accuracy(module, validation) if done in ends else math.nan
            module.train()
            history.add(
                iteration=done,
                learning_rate=phase.learning_rate,
                loss=mean_loss,
                accuracy=torch.cat(hits).float().mean().item(),
                validation=measured,
            )
            _write(log, history)
            task.advance(done - int(history.rows[-2][0] if len(history.rows) > 1 else 0), f"loss {mean_loss:.3f}")
            losses, hits = [], []
            if time.monotonic() - saved >= checkpoint_seconds or done == recipe.iterations:
                saved = time.monotonic()
                save_checkpoint(
                    folder / CHECKPOINT,
                    module=module,
                    optimizer=optimizer,
                    batches=batches,
                    history=history,
                    iteration=done,
                    seconds=seconds + saved - began,
                )
                history.write(folder / "history.csv")
    log.close()
    if recipe.settle_batch_norm:
        settle_batch_norm(module, training)
    return module, seconds + time.monotonic() - began


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
