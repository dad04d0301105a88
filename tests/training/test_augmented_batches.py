"""Masks, mixtures and what a protocol's augmentation makes of a batch."""

import numpy as np
import pytest
import torch

from edgegenre.errors import TrainingError
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.normalization import Normalization
from edgegenre.progress import SILENT
from edgegenre.runs.augmentation import (
    AUGMENTATIONS,
    FrequencyResponse,
    Level,
    Mixup,
    NoiseFloor,
    SpecAugment,
    ZeroedStretch,
)
from edgegenre.training.batches import Batch
from edgegenre.training.masking import MaskingTransform, Masks
from edgegenre.training.mixing import MixingTransform
from edgegenre.training.random_draws import beta_drawn
from edgegenre.training.spectra import spectra_of
from edgegenre.training.transforms import Audio, check_augmentation, transforms_of
from tests.frontend.kinds import LOG_MEL, MAGNITUDE

CPU = torch.device("cpu")
MFCC = FeatureInput(
    frontend=LIANG_MFCC, normalization=Normalization(mean=(-100.0, *[3.0] * 11), deviation=(60.0, *[20.0] * 11))
)
RAW = Raw(sample_rate=16_000, frame_length=400, hop_length=400, window_frames=20)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(clips: int = 6, frames: int = 50) -> Batch:
    scores = torch.randn(clips, frames, 12, generator=seeded(7)).mul(32).round().clamp(-128, 127) / 32
    return Batch(
        inputs={"features": scores},
        labels=torch.arange(clips) % 3,
        rows=torch.arange(clips),
        shown={"features": torch.arange(frames).expand(clips, -1)},
    )


def audio(**inputs: FeatureInput) -> Audio:
    return Audio(
        windows=None,  # type: ignore[arg-type] # what is silenced needs it, nothing else
        tracks=[],
        inputs=inputs,
        device=CPU,
        in_memory=0,
        progress=SILENT,
    )


def test_a_mixture_holds_both_windows_in_the_parts_that_it_says():
    before = batch()
    mixed = MixingTransform(item=Mixup(alpha=0.4))(before, seeded())
    assert mixed.mixture is not None
    features = before.inputs["features"].numpy()
    for clip, (partner, share) in enumerate(zip(mixed.mixture.partner, mixed.mixture.share, strict=True)):
        expected = share.item() * features[clip] + (1 - share.item()) * features[int(partner)]
        np.testing.assert_allclose(mixed.inputs["features"][clip], expected, atol=1e-6)
    assert sorted(mixed.mixture.partner.tolist()) == list(range(6))
    assert torch.equal(mixed.labels, before.labels)


def test_shares_follow_the_beta_distribution():
    shares = beta_drawn(0.4, 20_000, seeded()).double().numpy()
    assert shares.mean() == pytest.approx(0.5, abs=0.01)
    assert shares.var() == pytest.approx(1 / (4 * (2 * 0.4 + 1)), rel=0.03)
    assert np.array_equal(shares[:5], beta_drawn(0.4, 20_000, seeded()).numpy()[:5])


def test_a_time_mask_hides_one_stretch_and_leaves_the_rest():
    item = SpecAugment(time_masks=1, longest_time=0.4, band_masks=0)
    before = batch(clips=200)
    masked = MaskingTransform(item=item, spectra={"features": spectra_of(MFCC, CPU)})(before, seeded())
    hidden = (masked.inputs["features"] == 0).all(dim=2)
    lengths = hidden.sum(dim=1)
    assert lengths.max() <= 20
    assert 8 < lengths.float().mean() < 12
    borders = (hidden[:, 1:] != hidden[:, :-1]).sum(dim=1)
    assert borders.max() == 2
    torch.testing.assert_close(
        masked.inputs["features"][~hidden], before.inputs["features"][~hidden], rtol=0, atol=1e-4
    )


def test_a_band_mask_gives_these_bands_the_mean_spectrum_of_the_training_tracks():
    """The bands by an inverse DCT of the test's own; of the change stays what 12 coefficients hold."""
    before = batch(clips=1)
    item = SpecAugment(time_masks=0, band_masks=1, longest_band=1.0)
    masked = MaskingTransform(item=item, spectra={"features": spectra_of(MFCC, CPU)})(before, seeded(1))
    places, rows = np.arange(40), np.arange(12)[:, None]
    cosines = np.cos(np.pi * rows * (2 * places + 1) / 80) * np.sqrt(2 / 40)
    cosines[0] /= np.sqrt(2)
    mean, deviation = np.array(MFCC.normalization.mean), np.array(MFCC.normalization.deviation)
    bands = (before.inputs["features"][0].numpy() * deviation + mean) @ cosines
    hidden = Masks.drawn(1, 1.0, 1, seeded(1)).cover(40)[0].numpy()
    assert 3 < hidden.sum() < 40
    bands[:, hidden] = (mean @ cosines)[hidden]
    expected = (bands @ cosines.T - mean) / deviation
    np.testing.assert_allclose(masked.inputs["features"][0], expected, atol=1e-3)


def test_a_mask_may_lie_anywhere():
    assert Masks(start=torch.tensor([[0.25]]), end=torch.tensor([[0.5]])).cover(40)[0].nonzero()[:, 0].tolist() == list(
        range(10, 20)
    )
    cover = Masks.drawn(2, 0.3, 5000, seeded()).cover(40).float().mean(dim=0)
    assert cover.min() > 0.02
    assert cover[12:-12].max() - cover[12:-12].min() < 0.05


EVERY = (Level(), FrequencyResponse(), NoiseFloor(), SpecAugment(), Mixup())


def test_the_network_sees_the_int8_grid_after_all_transforms():
    seen = batch()
    for transform in transforms_of(EVERY, audio(features=MFCC)):
        seen = transform(seen, seeded(1))
    steps = seen.inputs["features"] * 32
    assert torch.equal(steps, steps.round())
    assert steps.min() >= -128
    assert steps.max() <= 127


@pytest.mark.parametrize("item", EVERY, ids=lambda item: type(item).__name__)
def test_a_transform_changes_a_batch_as_its_generator_says_and_leaves_the_old_one(item):
    before, untouched = batch(), batch()
    transforms = transforms_of([item], audio(features=MFCC))

    def after(seed: int) -> torch.Tensor:
        seen, generator = before, seeded(seed)
        for transform in transforms:
            seen = transform(seen, generator)
        return seen.inputs["features"]

    assert torch.equal(after(1), after(1))
    assert not torch.equal(after(1), after(2))
    assert not torch.equal(after(1), before.inputs["features"])
    assert torch.equal(before.inputs["features"], untouched.inputs["features"])


@pytest.mark.parametrize("name", sorted(set(AUGMENTATIONS) - {"zeroed-stretch"}))
def test_every_front_end_takes_an_augmentation_or_refuses_it_by_name(name):
    item = AUGMENTATIONS[name]()
    for frontend in (LIANG_MFCC, LOG_MEL, MAGNITUDE):
        check_augmentation([item], {"features": frontend})
    if name in ("level", "mixup"):
        check_augmentation([item], {"features": RAW})
    else:
        with pytest.raises(TrainingError, match=f"'{name}': it changes a spectrum, and .* 'sound' holds 400 samples"):
            check_augmentation([item], {"features": LIANG_MFCC, "sound": RAW})


def test_a_stretch_is_silenced_in_mfcc_alone():
    check_augmentation([ZeroedStretch(seconds=0.1)], {"features": LIANG_MFCC})
    with pytest.raises(TrainingError, match="'zeroed-stretch': the model has 0 inputs of MFCC"):
        check_augmentation([ZeroedStretch(seconds=0.1)], {"features": LOG_MEL})
