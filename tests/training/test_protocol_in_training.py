"""Every entry of a protocol does what it says: sums, shares and steps worked out here."""

import csv
import dataclasses
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from edgegenre.errors import TrainingError
from edgegenre.frontend.cache import FeatureCache
from edgegenre.network.layers import Convolution, Dense, DepthwiseConv, GlobalAverage, Gru
from edgegenre.network.network import chain
from edgegenre.network.shape import Shape
from edgegenre.runs.optimizer import AdamW, Sgd
from edgegenre.runs.phase import Phase
from edgegenre.runs.protocol import FinalWeights, Penalty
from edgegenre.runs.run_folder import Run
from edgegenre.training.batches import Batch, Mixture
from edgegenre.training.device import place
from edgegenre.training.objective import Classification, Selection, TaskVerdict, balanced_weights
from edgegenre.training.preparation import optimizer_of, prepared_module
from edgegenre.training.source import InMemory
from edgegenre.training.windows import Windows
from tests.training.tiny import TINY, tiny_dataset, trained

CPU = place("cpu")
PLAIN = dataclasses.replace(TINY, dropout={}, augmentation=())
SMALL = chain(
    "small",
    input_shape=Shape(20, 12, 1),
    layers=[
        ("first", Convolution(channels=6, kernel=(3, 12), stride=(2, 12))),
        ("second", DepthwiseConv(kernel=(3, 1))),
        ("gru", Gru(units=5)),
        ("logits", Dense(units=3)),
    ],
)
AVERAGING = chain(
    "averaging",
    input_shape=Shape(20, 12, 1),
    layers=[
        ("first", Convolution(channels=400, kernel=(3, 3))),
        ("average", GlobalAverage()),
        ("logits", Dense(units=3)),
    ],
)


def source(labels: list[int], frames: int = 20) -> InMemory:
    count = len(labels)
    windows = Windows(
        labels=torch.tensor(labels),
        track=torch.arange(count),
        first_frame={"features": torch.zeros(count, dtype=torch.long)},
        frames={"features": torch.full((count,), frames)},
        lengths={"features": frames},
        vote="mean",
    )
    features = torch.randn(count, frames, 12, generator=torch.Generator().manual_seed(3))
    return InMemory(windows=windows, device=CPU.device, features={"features": features})


def batch_of(data: InMemory) -> Batch:
    rows = torch.arange(len(data))
    return Batch(inputs=data.features, labels=data.windows.labels, rows=rows, shown={"features": rows[:, None]})


def objective(protocol, data: InMemory, network=SMALL, weights=None) -> Classification:
    module = prepared_module(network, protocol, seed=1, placement=CPU).eval()
    return Classification(module=module, protocol=protocol, validation=data, placement=CPU, class_weights=weights)


def test_balanced_class_weights_count_every_class_alike():
    data = source([0, 0, 0, 0, 1, 2])
    weights = balanced_weights(data, 3)
    np.testing.assert_allclose(weights, [6 / (3 * 4), 6 / (3 * 1), 6 / (3 * 1)])
    weighted = objective(PLAIN, data, weights=weights)
    loss, _ = weighted.loss(batch_of(data))
    with torch.no_grad():
        shares = torch.log_softmax(weighted.module(data.features["features"]), dim=1).numpy()
    of_class = [-shares[[0, 1, 2, 3], 0].mean(), -shares[4, 1], -shares[5, 2]]
    assert loss.item() == pytest.approx(np.mean(of_class), rel=1e-5)


def test_label_smoothing_shares_out_that_much_of_each_label():
    data = source([0, 1, 2, 1])
    smoothed = objective(dataclasses.replace(PLAIN, label_smoothing=0.3), data)
    loss, _ = smoothed.loss(batch_of(data))
    with torch.no_grad():
        shares = torch.log_softmax(smoothed.module(data.features["features"]), dim=1).numpy()
    wanted = np.full((4, 3), 0.3 / 3)
    wanted[range(4), [0, 1, 2, 1]] += 0.7
    assert loss.item() == pytest.approx(-(wanted * shares).sum(axis=1).mean(), rel=1e-5)


@pytest.mark.parametrize("balanced", [False, True])
def test_a_mixed_window_is_taught_both_labels_in_the_parts_of_the_mixture(balanced):
    data = source([0, 1, 2, 1])
    weights = balanced_weights(data, 3) if balanced else None
    mixing = objective(dataclasses.replace(PLAIN, label_smoothing=0.2), data, weights=weights)
    mixture = Mixture(partner=torch.tensor([1, 2, 3, 0]), share=torch.tensor([1.0, 0.75, 0.5, 0.0]))
    loss, _ = mixing.loss(dataclasses.replace(batch_of(data), mixture=mixture))
    with torch.no_grad():
        shares = torch.log_softmax(mixing.module(data.features["features"]), dim=1).double().numpy()
    each = np.ones(3) if weights is None else weights.numpy()
    wanted = np.zeros((4, 3))
    for clip, parts in enumerate([{0: 1.0}, {1: 0.75, 2: 0.25}, {2: 0.5, 1: 0.5}, {0: 1.0}]):
        for label, part in parts.items():
            wanted[clip] += part * each[label] * (0.8 * np.eye(3)[label] + 0.2 / 3)
    assert loss.item() == pytest.approx(-(wanted * shares).sum(axis=1).mean(), rel=1e-5)


@pytest.mark.parametrize(("norm", "power"), [("l1", 1), ("l2", 2)])
@pytest.mark.parametrize("of", ["kernels", "parameters"])
def test_penalties_add_the_sum_over_what_they_apply_to(norm, power, of):
    data = source([0, 1, 2])
    plain = objective(PLAIN, data)
    with torch.no_grad():
        for value in plain.module.parameters():
            value.add_(0.01)  # biases and beta begin at 0, and would not be noticed
    penalized = dataclasses.replace(
        plain, protocol=dataclasses.replace(PLAIN, penalties=(Penalty(norm=norm, factor=0.5, of=of),))
    )
    layers = plain.module.layers
    counted = [layers["first"].convolution.weight, layers["second"].convolution.weight, layers["logits"].dense.weight]
    counted += [layers["gru"].cell.weight_ih_l0[:, :-1], layers["gru"].cell.weight_hh_l0]
    if of == "parameters":
        counted = list(plain.module.parameters())
    expected = 0.5 * sum(np.abs(value.detach().numpy() ** power).sum() for value in counted)
    difference = penalized.loss(batch_of(data))[0].item() - plain.loss(batch_of(data))[0].item()
    assert difference == pytest.approx(expected, rel=1e-4)


def test_sgd_with_momentum_and_adamw_step_as_their_papers_say():
    data = source([0, 1, 2])
    for optimizer in (Sgd(momentum=0.5), AdamW(weight_decay=0.1)):
        trained_by = objective(dataclasses.replace(PLAIN, optimizer=optimizer), data)
        steps = optimizer_of(trained_by.protocol, trained_by.module)
        steps.param_groups[0]["lr"] = 0.01
        weight = trained_by.module.layers["logits"].dense.weight
        value, velocity, mean, square = weight.detach().numpy().astype(np.float64), 0.0, 0.0, 0.0
        for step in (1, 2, 3):
            steps.zero_grad()
            trained_by.loss(batch_of(data))[0].backward()
            gradient = weight.grad.numpy().astype(np.float64)
            if isinstance(optimizer, Sgd):
                velocity = 0.5 * velocity + gradient
                value = value - 0.01 * velocity
            else:
                mean, square = 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2
                corrected = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
                value = value - 0.01 * 0.1 * value - 0.01 * corrected
            steps.step()
            np.testing.assert_allclose(weight.detach().numpy(), value, rtol=1e-4, atol=1e-7)


def test_he_normal_weights_have_the_deviation_of_their_fan_in_and_biases_are_zero():
    module = prepared_module(AVERAGING, dataclasses.replace(PLAIN, initialization="he-normal"), seed=1, placement=CPU)
    first, logits = module.layers["first"].convolution, module.layers["logits"].dense
    assert first.weight.std().item() == pytest.approx(math.sqrt(2 / 9), rel=0.05)
    assert logits.weight.std().item() == pytest.approx(math.sqrt(2 / 400), rel=0.1)
    assert first.weight.abs().max() > math.sqrt(6 / (9 + 400 * 9)), "within Glorot's bounds"
    assert not logits.bias.any()


@pytest.mark.parametrize("key", ["dense", "logits"])
def test_dropout_by_kind_or_name_zeroes_what_that_layer_reads_in_training_alone(key):
    module = prepared_module(AVERAGING, dataclasses.replace(PLAIN, dropout={key: 0.25}), seed=1, placement=CPU)
    seen = []
    module.layers["logits"].register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0]))
    x = torch.randn(50, 20, 12)
    with torch.no_grad():
        module.eval()(x)
        module.train()(x)
    kept, dropped = seen
    zeroed = (dropped == 0) & (kept != 0)
    assert zeroed.float().mean().item() == pytest.approx(0.25, abs=0.02)


def test_dropout_of_a_layer_that_is_not_there_is_refused_before_audio_is_read(tmp_path):
    data = tiny_dataset(tmp_path / "audio", tracks=3, seconds=0.5)
    for path in data.root.rglob("*.wav"):
        path.write_bytes(b"never read")
    with pytest.raises(TrainingError, match=r"'desne' is neither a layer of ds-crnn1 nor .* Did you mean 'dense'"):
        trained("ds-crnn1", data, dataclasses.replace(TINY, dropout={"desne": 0.5}), runs_folder=tmp_path / "runs")


class Scripted:
    """An objective whose states are as good as a list says."""

    def __init__(self, losses: list[float]) -> None:
        self.losses = losses
        self.module = nn.Linear(1, 1)

    def snapshot(self) -> float | None:
        return None if self.losses[0] < 0 else self.losses[0]


def test_the_best_state_is_kept_the_first_of_equals_and_never_one_that_cannot_be_used():
    selection = Selection()
    for iteration, loss in enumerate([0.9, 0.5, -1.0, 0.5, 0.7], start=1):
        verdict = TaskVerdict(accuracy=0.0, loss=loss, by="loss")
        selection.look(Scripted([loss]), verdict, iteration)
    assert (selection.kept, selection.kept_iteration, selection.looks) == (0.5, 2, 3)
    right, nearer, equal = (
        TaskVerdict(accuracy=accuracy, loss=loss, by="accuracy") for accuracy, loss in ((0.6, 9), (0.5, 0), (0.5, 9))
    )
    assert right.better_than(nearer)
    assert not nearer.better_than(equal)


@pytest.fixture(scope="module")
def audio(tmp_path_factory):
    return tiny_dataset(tmp_path_factory.mktemp("audio"), tracks=5)


def history_of(run: Run) -> list[dict[str, str]]:
    with (run.path / "history.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_training_stops_when_patience_is_over_and_keeps_the_best_state(audio, tmp_path):
    """At this learning rate nothing changes after the first step: no later look is better than the first."""
    still = dataclasses.replace(
        PLAIN,
        phases=(Phase(epochs=50, learning_rate=1e-12, batch=5),),
        batch_norm_momentum=1e-9,
        settle_batch_norm=False,
        final_weights=FinalWeights(by="accuracy", patience=4),
    )
    run = trained("ds-crnn1", audio, still, runs_folder=tmp_path, cache=FeatureCache(tmp_path / "cache"))
    history = history_of(run)
    steps = -(-sum(track in run.split.train for track in audio.tracks) // 5)
    assert int(history[-1]["iteration"]) == 5 * steps
    assert run.metrics["validation"]["accuracy"] == pytest.approx(float(history[0]["validation_accuracy"]), abs=1e-5)


def test_the_state_that_validates_best_is_the_result_not_the_last_one(audio, tmp_path):
    """A second phase whose steps are far too long ruins what the first has learnt."""
    ruined = dataclasses.replace(
        PLAIN,
        phases=(
            Phase(iterations=12, learning_rate=3e-3, batch=7, crop_frames=33),
            Phase(iterations=2, learning_rate=1e3, batch=7, crop_frames=33),
        ),
        settle_batch_norm=False,
        batch_norm_momentum=0.3,
    )
    cache = FeatureCache(tmp_path / "cache")
    best = dataclasses.replace(ruined, final_weights=FinalWeights(by="loss"))
    runs = [trained("ds-crnn1", audio, each, runs_folder=tmp_path, cache=cache) for each in (ruined, best)]
    histories = [[row["validation_accuracy"] for row in history_of(run)] for run in runs]
    assert histories[0] == histories[1]
    after_first, after_second = (float(accuracy) for accuracy in histories[0] if accuracy)
    assert after_first > after_second
    assert runs[0].metrics["validation"]["accuracy"] == pytest.approx(after_second, abs=1e-5)
    assert runs[1].metrics["validation"]["accuracy"] == pytest.approx(after_first, abs=1e-5)


def test_the_cross_entropy_is_torchs_own_where_nothing_is_asked_for():
    data = source([0, 1, 2])
    plain = objective(PLAIN, data)
    expected = functional.cross_entropy(plain.module(data.features["features"]), data.windows.labels)
    assert plain.loss(batch_of(data))[0].item() == pytest.approx(expected.item())
