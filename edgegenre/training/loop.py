"""Iterations over batches until a protocol's end, whatever the objective."""

import math
import time
from typing import Protocol

import torch
from torch import Tensor

from edgegenre.errors import DivergedError
from edgegenre.progress import Progress, Task
from edgegenre.runs.protocol import Protocol as TrainingProtocol
from edgegenre.training.checkpoint import TrainingState
from edgegenre.training.objective import Objective, Verdict

# Iterations between rows of the history; checkpoints are written after a row only.
LOG_EVERY = 10


class Keeper(Protocol):
    """What is kept of a training while it goes on."""

    def look(self, iteration: int, verdict: Verdict) -> None:
        """Called after each look at the validation tracks, `iteration` iterations being done."""

    def row(self, state: TrainingState, *, last: bool) -> None:
        """Called after each new row of the history. last: the training is over."""


class KeepsNothing:
    """For a training that is over in a minute."""

    def look(self, iteration: int, verdict: Verdict) -> None:
        """Nothing to do."""

    def row(self, state: TrainingState, *, last: bool) -> None:
        """Nothing to do."""


def fit(
    state: TrainingState,
    objective: Objective,
    protocol: TrainingProtocol,
    *,
    title: str,
    keeper: Keeper,
    progress: Progress,
) -> None:
    """Train the objective's module from where `state` is to the protocol's end, or until its patience is over.

    title: what the progress is called. Raises DivergedError when the loss is not finite.
    """
    windows = len(state.batches.source)
    total = protocol.steps(windows)
    began, before = time.monotonic(), state.seconds
    with progress.task(title, total) as task:
        task.advance(state.iteration)
        over = _over(state, protocol, total)
        while not over:
            loss, accuracy = _stretch(state, objective, protocol, task)
            validation = math.nan
            if protocol.is_look(state.iteration, windows):
                verdict = objective.judge()
                validation = verdict.accuracy
                keeper.look(state.iteration, verdict)
                if state.selection is not None:
                    state.selection.look(objective, verdict, state.iteration)
            state.history.add(
                iteration=state.iteration,
                learning_rate=state.optimizer.param_groups[0]["lr"],
                loss=loss,
                accuracy=accuracy,
                validation=validation,
            )
            state.seconds = before + time.monotonic() - began
            over = _over(state, protocol, total)
            keeper.row(state, last=over)


def _over(state: TrainingState, protocol: TrainingProtocol, total: int) -> bool:
    patience = protocol.final_weights.patience
    impatient = patience is not None and state.selection is not None and state.selection.looks >= patience
    return impatient or state.iteration >= total


def _stretch(state: TrainingState, objective: Objective, protocol: TrainingProtocol, task: Task) -> tuple[float, float]:
    """Iterate to the next row of the history; mean loss and training accuracy."""
    windows = len(state.batches.source)
    objective.module.train()
    note = f"loss {state.history.rows[-1][2]:.3f}" if state.history.rows else ""
    losses, hits = [], []
    while True:
        loss, hit = _step(state, objective, protocol)
        losses.append(loss)
        hits.append(hit)
        task.advance(1, note)
        if state.iteration % LOG_EVERY == 0 or protocol.is_look(state.iteration, windows):
            break
    mean_loss = torch.stack(losses).mean().item()
    if not math.isfinite(mean_loss):
        raise DivergedError(
            f"the loss is {mean_loss} at iteration {state.iteration}. "
            "Check the audio with `edgegenre data check`, or try another seed."
        )
    return mean_loss, torch.cat(hits).float().mean().item()


def _step(state: TrainingState, objective: Objective, protocol: TrainingProtocol) -> tuple[Tensor, Tensor]:
    """One iteration; the loss and which clips were right, still on the device."""
    windows = len(state.batches.source)
    phase, start = protocol.phase_at(state.iteration, windows)
    for group in state.optimizer.param_groups:
        group["lr"] = phase.rate(state.iteration - start, windows)
    loss, hits = objective.loss(state.batches.draw(phase))
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    state.optimizer.step()
    objective.stepped()
    state.iteration += 1
    return loss.detach(), hits
