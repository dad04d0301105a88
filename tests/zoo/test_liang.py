"""The twelve models against the counts that are published for them."""

import pytest

from edgegenre.errors import NetworkError
from edgegenre.zoo import liang
from edgegenre.zoo.registry import MODELS, model


def test_there_are_twelve_models() -> None:
    assert len(liang.ENTRIES) == 12


# Table II of Liang et al., and what the layers of Table I give where the two disagree.
PRINTED = {
    "cnn1": 359_977, "crnn1": 360_223, "ds-cnn1": 360_039, "ds-crnn1": 359_697,
    "cnn2": 498_019, "crnn2": 505_029, "ds-cnn2": 496_141, "ds-crnn2": 496_597,
    "cnn3": 909_349, "crnn3": 903_629, "ds-cnn3": 906_221, "ds-crnn3": 905_657,
}  # fmt: skip
OURS = PRINTED | {"crnn1": 361_289, "crnn2": 504_389, "crnn3": 908_953}

# Millions a clip, summed by hand from Table I with formulas (2) and (4).
MULTIPLIES = {
    "cnn1": 320.5, "cnn2": 445.1, "cnn3": 814.0, "ds-cnn1": 315.9, "ds-cnn2": 436.6, "ds-cnn3": 800.0,
    "crnn1": 42.5, "crnn2": 60.0, "crnn3": 145.9, "ds-crnn1": 21.8, "ds-crnn2": 45.5, "ds-crnn3": 95.4,
}  # fmt: skip


@pytest.mark.parametrize("name", PRINTED)
def test_parameters_are_those_of_table_2(name: str) -> None:
    entry = model(name)
    assert (entry.costs().parameters, entry.paper_parameters) == (OURS[name], PRINTED[name])


@pytest.mark.parametrize("name", MULTIPLIES)
def test_multiplies_follow_formulas_2_and_4(name: str) -> None:
    assert round(model(name).costs().multiplies / 1e6, 1) == MULTIPLIES[name]


def test_ds_cnn1_s_parameters_by_hand() -> None:
    """10240 + 512; four blocks of 2304 + 512 + 65536 + 512; 2304 + 512 + 67072 + 524; a dense layer of 3406 + 13."""
    assert model("ds-cnn1").costs().parameters == 10752 + 4 * 68864 + 70412 + 3419


@pytest.mark.parametrize(("name", "convolutions"), [("ds-crnn1", 10.2), ("crnn1", 34.9)])
def test_convolutions_alone_multiply_less(name: str, convolutions: float) -> None:
    assert round(model(name).costs().convolution_multiplies / 1e6, 1) == convolutions


def test_the_accuracies_are_table_2_s_best_and_worst() -> None:
    """Section IV.C names DS-CNN3's 95.10 %; CRNN1's 91.67 % is the lowest line."""
    accuracies = {name: entry.paper_accuracy for name, entry in MODELS.items() if entry in liang.ENTRIES}
    assert max(accuracies, key=accuracies.__getitem__) == "ds-cnn3"
    assert (accuracies["ds-cnn3"], min(accuracies.values())) == (95.10, 91.67)


def test_a_clip_makes_150_rows_of_6_and_a_recurrent_model_37_steps_of_1() -> None:
    assert model("ds-cnn1").build(13).shapes()["pointwise6"] == (150, 6, 262)
    assert model("ds-crnn1").build(13).shapes()["pool"] == (37, 1, 218)


def test_a_stream_of_ds_cnn1_multiplies_per_second_what_five_rows_cost() -> None:
    row = 6 * (40 * 256 + 4 * (9 * 256 + 256 * 256) + 9 * 256 + 256 * 262) + 262 * 13
    assert model("ds-cnn1").costs().multiplies_per_second == pytest.approx(5 * row)


def test_the_latency_of_ds_cnn1_is_26_frames() -> None:
    """Row t of the first convolution needs frame 4t + 6; each of five 3 x 3 layers one row (4 frames) more."""
    costs = model("ds-cnn1").costs()
    assert (costs.lookahead_frames, costs.latency_seconds) == (6 + 5 * 4, 1.3)
    assert costs.receptive_field_frames == 10 + 5 * 2 * 4


def test_a_whole_window_needs_the_two_largest_neighbors_and_a_stream_kilobytes() -> None:
    costs = model("ds-cnn1").costs()
    assert costs.ram_window_bytes == 150 * 6 * (256 + 262)
    assert 25_000 < costs.ram_stream_bytes < 30_000


def test_a_misspelled_name_gets_the_nearest_one() -> None:
    with pytest.raises(NetworkError, match="Did you mean 'ds-cnn1'"):
        model("ds-cn1")
