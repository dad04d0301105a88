"""A model of two inputs: both show the same moments of the same tracks, from the cache to the batch."""

import dataclasses

import pytest
import torch
from torch import nn

from edgegenre.errors import TrainingError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.frontend.inputs import FeatureInput
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.normalization import Normalization
from edgegenre.progress import SILENT
from edgegenre.runs.phase import Phase
from edgegenre.training.batches import Batches, check_croppable
from edgegenre.training.checkpoint import TrainingState
from edgegenre.training.device import place
from edgegenre.training.features import FeatureTable, load_features
from edgegenre.training.loop import KeepsNothing, fit
from edgegenre.training.objective import Classification
from edgegenre.training.preparation import optimizer_of
from edgegenre.training.scoring import scores
from edgegenre.training.source import Source, source_of
from tests.training.tiny import TINY, tiny_dataset

# Every second row of "often" begins with the same sample as a row of "seldom", and covers the same samples.
FRONTENDS = {
    "often": dataclasses.replace(LIANG_MFCC, hop_length=400, window_frames=12),
    "seldom": dataclasses.replace(LIANG_MFCC, window_frames=6),
}
SAME = Normalization(mean=(-100.0,) * 12, deviation=(60.0,) * 12)
INPUTS = {name: FeatureInput(frontend=frontend, normalization=SAME) for name, frontend in FRONTENDS.items()}
CPU = place("cpu")


@pytest.fixture(scope="module", params=[1 << 30, 0], ids=["in memory", "mapped"])
def source(request, tmp_path_factory) -> Source:
    """Windows of 0.3 s of nine tracks of half a second to a second."""
    dataset = tiny_dataset(tmp_path_factory.mktemp("audio"), tracks=3, seconds=1)
    table = FeatureTable(FRONTENDS, FeatureCache(tmp_path_factory.mktemp("cache")), request.param)
    load_features(dataset, table, skip_broken=False, progress=SILENT)
    return source_of(
        table.tracks([track.identifier for track in dataset.tracks]),
        [dataset.labels.index(track.label) for track in dataset.tracks],
        INPUTS,
        device=CPU.device,
        in_memory=request.param,
    )


def assert_same_moments(inputs) -> None:
    assert list(inputs) == ["often", "seldom"]
    torch.testing.assert_close(inputs["often"][:, ::2], inputs["seldom"], rtol=0, atol=1 / 32)
    assert inputs["seldom"].std() > 0.1


def test_batches_and_passes_show_the_same_moments_in_both_inputs(source):
    assert len(source) == 9 * 3
    batches = Batches(source, torch.Generator().manual_seed(0))
    for _ in range(4):
        assert_same_moments(batches.draw(Phase(iterations=1, learning_rate=1, batch=10)).inputs)
    for inputs in source.in_order(batch=10):
        assert_same_moments(inputs)


def test_a_crop_that_would_mean_different_moments_is_refused(source):
    with pytest.raises(TrainingError, match=r"frames at different distances \(often 400, seldom 800 samples\)"):
        check_croppable(source.windows)


class Both(nn.Module):
    """Takes its inputs by name."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Linear(24, 3)

    def forward(self, inputs):
        return self.dense(torch.cat([inputs["seldom"].mean(1), inputs["often"].mean(1)], dim=1))


def test_the_loop_trains_a_module_that_takes_its_inputs_by_name(source):
    torch.manual_seed(0)
    module = Both()
    protocol = dataclasses.replace(TINY, phases=(Phase(epochs=20, learning_rate=0.1, batch=9),))
    objective = Classification(module=module, protocol=protocol, validation=source, placement=CPU, class_weights=None)
    state = TrainingState(
        module=module,
        optimizer=optimizer_of(protocol, module),
        batches=Batches(source, torch.Generator().manual_seed(0)),
        selection=None,
    )
    fit(state, objective, protocol, title="", keeper=KeepsNothing(), progress=SILENT)
    assert scores(module, source, ("chirp", "hiss", "hum"))["accuracy"] == 1.0


def test_a_protocol_that_silences_a_stretch_says_for_which_inputs_it_is():
    from edgegenre.runs.augmentation import ZeroedStretch
    from edgegenre.training.transforms import Audio, transforms_of

    audio = Audio(windows=None, tracks=[], inputs=INPUTS, device=CPU.device, in_memory=0, progress=SILENT)
    with pytest.raises(TrainingError, match="2 inputs of MFCC, and it is for one"):
        transforms_of([ZeroedStretch(seconds=0.1)], audio)
