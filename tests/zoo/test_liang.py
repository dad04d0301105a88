"""The twelve models against the counts that are published for them."""

import pytest

from edgegenre.errors import NetworkError
from edgegenre.zoo.liang import WIDTHS
from edgegenre.zoo.registry import MODELS, model


def test_there_are_twelve_models() -> None:
    assert len(MODELS) == 12


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        # First convolution 10240 + 512; four blocks of 2304 + 512 + 65536 + 512; the last one 2304 + 512 + 67072 + 524;
        # dense layer 3406 + 13.
        ("ds-cnn1", 10752 + 4 * 68864 + 70412 + 3419),
        # 1344; blocks 2528, 9152, 29748; GRU 3 * 232 * 451; dense layer 3029.
        ("ds-crnn1", 1344 + 2528 + 9152 + 29748 + 3 * 232 * 451 + 3029),
        # These three are not what Table II prints (360,223, 505,029, 903,629), nor can that be had from Table I.
        ("crnn1", 361_289),
        ("crnn2", 504_389),
        ("crnn3", 908_953),
    ],
)
def test_parameters_are_those_of_table_2(name: str, parameters: int) -> None:
    assert model(name).costs().parameters == parameters


@pytest.mark.parametrize(
    ("name", "total", "convolutions"),
    [("ds-cnn1", 315.9, None), ("cnn1", 320.5, None), ("ds-crnn1", 21.8, 10.2), ("crnn1", 42.5, 34.9)],
)
def test_multiplies_follow_formulas_2_and_4(name: str, total: float, convolutions: float | None) -> None:
    costs = model(name).costs()
    assert round(costs.multiplies / 1e6, 1) == total
    if convolutions is not None:
        assert round(costs.convolution_multiplies / 1e6, 1) == convolutions


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


def test_every_model_says_where_its_widths_come_from() -> None:
    assert all(widths.source for widths in WIDTHS.values())


def test_a_misspelled_name_gets_the_nearest_one() -> None:
    with pytest.raises(NetworkError, match="Did you mean 'ds-cnn1'"):
        model("ds-cn1")
