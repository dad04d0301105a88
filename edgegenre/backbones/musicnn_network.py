"""musicnn as a torch module: Pons and Serra, "musicnn: Pre-trained convolutional neural networks for music audio
tagging" (ISMIR 2019), after Pons et al., "End-to-end learning for music audio tagging at scale" (ISMIR 2018).

Batch norm stands behind the ReLU here, with TensorFlow's epsilon. Names of weights are those of the checkpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from edgegenre.backbones.musicnn import MIDDLE_FRAMES, PENULTIMATE, POOLED, TEMPORAL_FRAMES
from edgegenre.backbones.tensors import numbered

_EPSILON = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Heard:
    """What the network makes of patches, float32 each.

    pooled: [patches, 1506], the largest value of each feature over time, then its mean. penultimate: [patches, 200].
    tags: [patches, 50], logits of the tags that it was trained on.
    """

    pooled: Tensor
    penultimate: Tensor
    tags: Tensor


class Musicnn(nn.Module):
    """Patches float32 [patches, frames, 96] of log-mel bands to what is heard in them; always in eval mode."""

    def __init__(self, weights: Mapping[str, np.ndarray]) -> None:
        """weights: by the names of the checkpoint (`musicnn.WEIGHTS`), in TensorFlow's layouts."""
        super().__init__()
        tensors = {name: torch.from_numpy(np.array(array, np.float32)) for name, array in weights.items()}
        convolutions = [_convolution(tensors, number) for number in range(8)]
        norms = [_norm(tensors, number) for number in range(11)]
        self.input_norm = norms[0]
        self.timbral = nn.ModuleList(map(_Largest, convolutions[0:2], norms[1:3]))
        self.temporal = nn.ModuleList(map(_Largest, convolutions[2:5], norms[3:6]))
        self.middle = nn.ModuleList(map(_Largest, convolutions[5:8], norms[6:9]))
        self.pooled_norm, self.dense, self.dense_norm = norms[9], _dense(tensors, "dense"), norms[10]
        self.tags = _dense(tensors, "dense_1")
        self.eval()

    @torch.no_grad()
    def forward(self, patches: Tensor) -> Heard:
        maps = self._front(patches)
        layers = [maps]
        for number, block in enumerate(self.middle):
            heard = block(_around(layers[-1].unsqueeze(1), MIDDLE_FRAMES)).transpose(1, 2)
            layers.append(heard if number == 0 else heard + layers[-1])
        features = torch.cat(layers, dim=2)
        largest, mean = features.amax(dim=1), features.mean(dim=1)
        # The checkpoint's dense layer reads largest and mean of a feature side by side.
        penultimate = self.pooled_norm(torch.stack([largest, mean], dim=2).flatten(1))
        penultimate = self.dense_norm(functional.relu(self.dense(penultimate)))
        return Heard(pooled=torch.cat([largest, mean], dim=1), penultimate=penultimate, tags=self.tags(penultimate))

    def _front(self, patches: Tensor) -> Tensor:
        """[patches, frames, 561]: the loudest place in frequency of every filter."""
        image = self.input_norm(patches.unsqueeze(1))
        timbral = [block(_around(image, MIDDLE_FRAMES)) for block in self.timbral]
        temporal = [block(_around(image, frames)) for block, frames in zip(self.temporal, TEMPORAL_FRAMES, strict=True)]
        return torch.cat([*timbral, *temporal], dim=1).transpose(1, 2)


class _Largest(nn.Module):
    """Convolution, ReLU, batch norm, and the largest value over frequency: [patches, channels, frames].

    The last three are done on two values a frame: ReLU and batch norm rise, or with a gamma below 0 fall, so that the
    largest or smallest value of the convolution becomes the largest of theirs, to the bit.
    """

    def __init__(self, convolution: nn.Module, norm: nn.Module) -> None:
        super().__init__()
        self.convolution, self.norm = convolution, norm

    def forward(self, image: Tensor) -> Tensor:
        maps = self.convolution(image)
        rises = self.norm.get_parameter("weight")[:, None] >= 0
        decisive = torch.where(rises, maps.amax(dim=3), maps.amin(dim=3))
        heard: Tensor = self.norm(functional.relu(decisive).unsqueeze(3)).squeeze(3)
        return heard


def _around(image: Tensor, frames: int) -> Tensor:
    """`image` [..., time, frequency] with zeros before and after, so that a kernel of `frames` keeps the time axis."""
    before = (frames - 1) // 2
    return functional.pad(image, (0, 0, before, frames - 1 - before))


def _convolution(tensors: Mapping[str, Tensor], number: int) -> nn.Module:
    name = numbered("conv2d", number)
    kernel = tensors[f"{name}/kernel"].permute(3, 2, 0, 1)
    layer = nn.Conv2d(1, kernel.shape[0], (kernel.shape[2], kernel.shape[3]))
    layer.load_state_dict({"weight": kernel, "bias": tensors[f"{name}/bias"]})
    return layer


def _norm(tensors: Mapping[str, Tensor], number: int) -> nn.Module:
    name = numbered("batch_normalization", number)
    channels = len(tensors[f"{name}/gamma"])
    layer = (nn.BatchNorm1d if channels in (POOLED, PENULTIMATE) else nn.BatchNorm2d)(channels, eps=_EPSILON)
    parts = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    state = {ours: tensors[f"{name}/{theirs}"] for ours, theirs in parts.items()}
    layer.load_state_dict(state | {"num_batches_tracked": torch.tensor(0)})
    return layer


def _dense(tensors: Mapping[str, Tensor], name: str) -> nn.Linear:
    kernel = tensors[f"{name}/kernel"]
    layer = nn.Linear(*kernel.shape)
    layer.load_state_dict({"weight": kernel.T, "bias": tensors[f"{name}/bias"]})
    return layer
