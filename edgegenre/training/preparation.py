"""From a protocol to a module and its optimizer, as they are before the first iteration."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from edgegenre.errors import TrainingError, did_you_mean
from edgegenre.network.layers import LAYER_KINDS, Flatten, Transpose
from edgegenre.network.network import Network
from edgegenre.runs.optimizer import Adam, AdamW, Optimizer, Sgd
from edgegenre.runs.protocol import Protocol
from edgegenre.training.device import Placement
from edgegenre.training.module import NetworkModule, build_module
from edgegenre.training.sharing import Share, share_batch_norm


def prepared_module(
    network: Network, protocol: Protocol, *, seed: int, placement: Placement, share: Share | None = None
) -> NetworkModule:
    """The untrained module on its device; sets torch's global generator, which dropout draws from, to `seed`.

    share: of the batches that it will see; None: all of them.
    """
    share = share or Share()
    torch.manual_seed(seed)
    module = build_module(network, momentum=protocol.batch_norm_momentum)
    _INITIALIZATIONS[protocol.initialization](module)
    drop_inputs(module, protocol.dropout, share)
    if share.ranks.several:
        share_batch_norm(module, share)
    return module.to(placement.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def optimizer_of(protocol: Protocol, module: nn.Module) -> torch.optim.Optimizer:
    """The protocol's optimizer over all that the module trains; the learning rate is set by the loop."""
    return _OPTIMIZERS[type(protocol.optimizer)](protocol.optimizer, module)


def check_dropout(network: Network, dropout: Mapping[str, float]) -> None:
    """Raise TrainingError when `dropout` names what is neither a layer of `network` nor a kind of layer."""
    names = [node.name for node in network.nodes]
    for name in dropout:
        if name not in names and name not in LAYER_KINDS:
            raise TrainingError(
                f"dropout: '{name}' is neither a layer of {network.name} nor a kind of layer."
                f"{did_you_mean(name, [*names, *LAYER_KINDS])} Layers: {', '.join(names)}. "
                f"Kinds: {', '.join(LAYER_KINDS)}."
            )


def check_crops(network: Network, protocol: Protocol) -> None:
    """Raise TrainingError when `protocol` crops the windows of a network that reads whole ones alone."""
    frames = max(item.shape.time for item in network.inputs)
    crops = [phase.crop_frames for phase in protocol.phases if phase.crop_frames is not None]
    fixed = [node.name for node in network.nodes if isinstance(node.layer, Flatten | Transpose)]
    if fixed and crops and min(crops) < frames:
        raise TrainingError(
            f"crop_frames: '{fixed[0]}' of {network.name} reads whole windows of {frames} frames, and the recipe "
            f"'{protocol.name}' crops them to {min(crops)}. Choose one that does not, such as --recipe paper."
        )


def drop_inputs(module: NetworkModule, dropout: Mapping[str, float], share: Share) -> None:
    """While `module` trains, zero values that the layers in `dropout` read, each with the layer's probability."""
    kinds = {layer: kind for kind, layer in LAYER_KINDS.items()}
    for node in module.network.nodes:
        probability = dropout.get(node.name, dropout.get(kinds[type(node.layer)], 0.0))
        if probability > 0:
            module.layers[node.name].register_forward_pre_hook(_Dropping(probability, share))


class _Dropping:
    """A hook in front of a layer."""

    def __init__(self, probability: float, share: Share) -> None:
        self.probability, self.share = probability, share

    def __call__(self, layer: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(self.share.dropped(x, self.probability) for x in inputs) if layer.training else inputs


@torch.no_grad()
def _he_normal(module: NetworkModule) -> None:
    """Deviation sqrt(2 / fan_in), biases 0 (He et al., 2015); recurrent layers uniform within 1 / sqrt(units)."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
        elif isinstance(part, nn.RNNBase):
            part.reset_parameters()


_INITIALIZATIONS: dict[str, Callable[[NetworkModule], None]] = {
    "glorot-uniform": lambda module: None,  # build_module has done it
    "he-normal": _he_normal,
}


def _adam(optimizer: Adam, module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(module.parameters(), betas=(optimizer.beta1, optimizer.beta2), eps=optimizer.epsilon)


def _adamw(optimizer: AdamW, module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW(
        module.parameters(),
        betas=(optimizer.beta1, optimizer.beta2),
        eps=optimizer.epsilon,
        weight_decay=optimizer.weight_decay,
    )


def _sgd(optimizer: Sgd, module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(module.parameters(), momentum=optimizer.momentum)


_OPTIMIZERS: dict[type[Optimizer], Callable[[Any, nn.Module], torch.optim.Optimizer]] = {
    Adam: _adam,
    AdamW: _adamw,
    Sgd: _sgd,
}
