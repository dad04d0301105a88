"""Where a training run stands, in one safetensors file, so that it can be taken up after a crash to the bit."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from edgegenre.errors import TrainingError
from edgegenre.files import replacing_file
from edgegenre.training.data import Batches
from edgegenre.training.history import COLUMNS, History
from edgegenre.training.module import NetworkModule
from edgegenre.untrusted import check_file, parse_json

_SCHEMA = 1
_LARGEST = 4 << 30
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


@dataclass(kw_only=True, eq=False)
class TrainingState:
    """All that the next iteration depends on. iteration: how many are done. seconds: spent on them so far."""

    module: NetworkModule
    optimizer: torch.optim.Optimizer
    batches: Batches
    history: History
    iteration: int = 0
    seconds: float = 0.0


def save_checkpoint(path: Path, state: TrainingState) -> None:
    """Replace `path` by `state` and torch's global random state in one step."""
    from safetensors.torch import save_file

    tensors = {f"module/{name}": value for name, value in state.module.state_dict().items()}
    for name, parameter in state.module.named_parameters():
        tensors |= {f"{moment}/{name}": state.optimizer.state[parameter][moment] for moment in _MOMENTS}
    tensors |= _random_state() | {
        "batches/order": state.batches.order,
        "batches/generator": state.batches.generator.get_state(),
        "history": torch.tensor(state.history.rows, dtype=torch.float64).reshape(-1, len(COLUMNS)),
    }
    position = {
        "schema": _SCHEMA,
        "iteration": state.iteration,
        "seconds": state.seconds,
        "position": state.batches.position,
    }
    with replacing_file(path) as temporary:
        contiguous = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        save_file(contiguous, temporary, metadata={"position": json.dumps(position)})


def load_checkpoint(path: Path, state: TrainingState) -> None:
    """Put everything in `state`, and torch's global random state, back as `save_checkpoint` found it.

    Raises TrainingError when the file is damaged or belongs to another model.
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
            # Copied into the parameter's own memory layout: other strides would take other code paths, other roundings.
            state.optimizer.state[parameter] = {
                "step": tensors[f"step/{name}"].clone(),
                "exp_avg": torch.zeros_like(parameter).copy_(tensors[f"exp_avg/{name}"]),
                "exp_avg_sq": torch.zeros_like(parameter).copy_(tensors[f"exp_avg_sq/{name}"]),
            }
        _set_random_state(tensors)
        state.batches.order = tensors["batches/order"].clone()
        state.batches.generator.set_state(tensors["batches/generator"])
        state.batches.position = int(position["position"])
        state.history.rows[:] = [tuple(row) for row in tensors["history"].tolist()]
        state.iteration, state.seconds = int(position["iteration"]), float(position["seconds"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise TrainingError(
            f"{path}: not a checkpoint of this run ({error}). Remove the run folder and train without --resume."
        ) from error


def _random_state() -> dict[str, Tensor]:
    state = {"random/cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["random/cuda"] = torch.cuda.get_rng_state()
    return state


def _set_random_state(tensors: dict[str, Tensor]) -> None:
    torch.set_rng_state(tensors["random/cpu"])
    if torch.cuda.is_available() and "random/cuda" in tensors:
        torch.cuda.set_rng_state(tensors["random/cuda"])
