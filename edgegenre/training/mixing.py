"""Windows mixed in pairs (Zhang et al., 2018)."""

import dataclasses

import torch

from edgegenre.runs.augmentation import Mixup
from edgegenre.training.batches import Batch, Mixture
from edgegenre.training.random_draws import beta_drawn


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class MixingTransform:
    """The transform of `Mixup`: features of both windows in the parts of their losses."""

    item: Mixup

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        clips = len(batch.rows)
        partner = torch.randperm(clips, generator=generator).to(batch.labels.device)
        share = beta_drawn(self.item.alpha, clips, generator).to(batch.labels.device)
        mixture = Mixture(partner=partner, share=share)
        inputs = {name: mixture.of(features) for name, features in batch.inputs.items()}
        return dataclasses.replace(batch, inputs=inputs, mixture=mixture)
