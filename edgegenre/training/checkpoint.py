"""Where a training run stands, in one safetensors file, so that it can be taken up after a crash to the bit."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from edgegenre.errors import TrainingError
from edgegenre.files import replacing_file
from edgegenre.training.batches import Batches
from edgegenre.training.history import COLUMNS, History
from edgegenre.training.objective import Selection, Verdict
from edgegenre.untrusted import check_file, parse_json

_SCHEMA = 2
_LARGEST = 4 << 30


@dataclass(kw_only=True, eq=False)
class TrainingState:
    """All that the next iteration depends on. iteration: how many are done. seconds: spent on them so far.

    selection: the best state so far; None where the last one is kept.
    """

    module: nn.Module
    optimizer: torch.optim.Optimizer
    batches: Batches
    selection: Selection | None
    history: History = field(default_factory=History)
    iteration: int = 0
    seconds: float = 0.0


def save_checkpoint(path: Path, state: TrainingState) -> None:
    """Replace `path` by `state` and torch's global random state in one step."""
    from safetensors.torch import save

    tensors = {f"module/{name}": value for name, value in state.module.state_dict().items()}
    for name, parameter in state.module.named_parameters():
        moments = state.optimizer.state[parameter].items()
        tensors |= {f"optimizer/{moment}/{name}": value for moment, value in moments if isinstance(value, Tensor)}
    tensors |= _random_state() | {
        "batches/order": state.batches.order,
        "batches/generator": state.batches.generator.get_state(),
        "history": torch.tensor(state.history.rows, dtype=torch.float64).reshape(-1, len(COLUMNS)),
    }
    position: dict[str, Any] = {
        "schema": _SCHEMA,
        "iteration": state.iteration,
        "seconds": state.seconds,
        "position": state.batches.position,
    }
    if state.selection is not None and state.selection.best is not None:
        tensors |= {f"kept/{name}": value for name, value in state.selection.kept.items()}
        position["selection"] = {
            "best": vars(state.selection.best),
            "iteration": state.selection.kept_iteration,
            "looks": state.selection.looks,
        }
    contiguous = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    content = save(contiguous, metadata={"position": json.dumps(position)})
    with replacing_file(path) as temporary:
        temporary.write_bytes(content)


def load_checkpoint(path: Path, state: TrainingState, verdict: Callable[..., Verdict]) -> None:
    """Put everything in `state`, and torch's global random state, back as `save_checkpoint` found it.

    verdict: makes the best state's from its fields. Raises TrainingError when the file is damaged or belongs to another
    model.
    """
    from safetensors import SafetensorError, safe_open

    try:
        check_file(path, largest=_LARGEST)
        with safe_open(path, framework="pt") as stream:
            position = parse_json(stream.metadata()["position"])
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
        if position["schema"] != _SCHEMA:
            raise ValueError(f"schema {position['schema']}")
        state.module.load_state_dict({name: tensors[f"module/{name}"] for name in state.module.state_dict()})
        for name, parameter in state.module.named_parameters():
            state.optimizer.state[parameter] = _moments(tensors, name, parameter)
        _set_random_state(tensors)
        state.batches.order = tensors["batches/order"].clone()
        state.batches.generator.set_state(tensors["batches/generator"])
        state.batches.position = int(position["position"])
        state.history.rows[:] = [tuple(row) for row in tensors["history"].tolist()]
        state.iteration, state.seconds = int(position["iteration"]), float(position["seconds"])
        if "selection" in position:
            chosen = position["selection"]
            state.selection = Selection(
                best=verdict(**chosen["best"]),
                kept=_group(tensors, "kept/"),
                kept_iteration=int(chosen["iteration"]),
                looks=int(chosen["looks"]),
            )
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"{path}: not a checkpoint of this run ({error}). Remove the run folder and train without --resume."
        ) from error


def _moments(tensors: dict[str, Tensor], name: str, parameter: nn.Parameter) -> dict[str, Tensor]:
    """What the optimizer remembers of a parameter."""
    found = {}
    for key, value in _group(tensors, "optimizer/").items():
        moment, _, of = key.partition("/")
        if of == name:
            # Copied into the parameter's own memory layout: other strides would take other code paths, other roundings.
            same_shape = value.shape == parameter.shape
            found[moment] = torch.zeros_like(parameter).copy_(value) if same_shape else value.clone()
    return found


def _group(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _random_state() -> dict[str, Tensor]:
    state = {"random/cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["random/cuda"] = torch.cuda.get_rng_state()
    return state


def _set_random_state(tensors: dict[str, Tensor]) -> None:
    torch.set_rng_state(tensors["random/cpu"])
    if torch.cuda.is_available() and "random/cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random/cuda"])
