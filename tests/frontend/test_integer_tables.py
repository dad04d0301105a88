import dataclasses
from collections.abc import Iterable
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from edgegenre.errors import FeatureError
from edgegenre.frontend.integer_tables import IntegerTables, integer_tables
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.mel import mel_filters
from edgegenre.frontend.normalization import Normalization
from edgegenre.frontend.rounding import rounded

NORMALIZATION = Normalization(mean=(-91.7, 88.3) + (0.1,) * 10, deviation=(61.2, 0.001, 1000.0) + (9.9,) * 9)
TABLES = integer_tables(LIANG_MFCC, NORMALIZATION)
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")


def cosine(turns: Fraction) -> Decimal:
    """cos(2 pi turns) to 40 digits by its series."""
    with localcontext() as context:
        context.prec = 50
        x = 2 * PI * (turns % 1).numerator / (turns % 1).denominator
        total = term = Decimal(1)
        for n in range(1, 80, 2):
            term = -term * x * x / (n * (n + 1))
            total += term
        return total


def sine(turns: Fraction) -> Decimal:
    return cosine(turns - Fraction(1, 4))


def integers(values: Iterable[Decimal], scale: int) -> np.ndarray:
    """Rounded products with `scale`; fails where one is so near a tie that float64 could not decide it."""
    products = [value * scale for value in values]
    assert min(abs(product % 1 - Decimal("0.5")) for product in map(abs, products)) > Decimal("1e-6")
    return np.array([int(product.to_integral_value()) for product in products])


def rotations(turns: Iterable[Fraction], scale: int) -> np.ndarray:
    turns = list(turns)
    return np.stack([integers(map(cosine, turns), scale), integers(map(sine, turns), scale)], axis=-1)


def test_the_trigonometric_tables_equal_those_of_forty_digits():
    window = integers(((1 - cosine(Fraction(n, 1600))) / 2 for n in range(801)), 2**30)
    np.testing.assert_array_equal(TABLES.window, window)
    turns_32 = [Fraction(n * k, 32) for n in range(8) for k in range(1, 4)]
    np.testing.assert_array_equal(TABLES.twiddles_32.reshape(-1, 2), rotations(turns_32, 2**30))
    turns_25 = [Fraction(n * k, 25) for n in range(5) for k in range(1, 5)]
    np.testing.assert_array_equal(TABLES.twiddles_25.reshape(-1, 2), rotations(turns_25, 2**29))
    np.testing.assert_array_equal(TABLES.twiddles_real, rotations((Fraction(k, 1600) for k in range(1, 400)), 2**30))
    five = [1 - Decimal(5).sqrt() / 4, 1 - sine(Fraction(1, 5)), 1 - sine(Fraction(2, 5))]
    np.testing.assert_array_equal(TABLES.radix5, integers(five, 2**32))
    assert TABLES.root_half == integers([Decimal("0.5").sqrt()], 2**31)[0]


def test_the_log_and_dct_tables_equal_those_of_forty_digits():
    ln2 = Decimal(2).ln()
    np.testing.assert_array_equal(TABLES.log2, integers(((1 + Decimal(i) / 128).ln() / ln2 for i in range(129)), 2**20))
    for row in range(12):
        scale = (Decimal(1 if row == 0 else 2) / 40).sqrt()
        expected = integers((scale * cosine(Fraction(row * (2 * band + 1), 160)) for band in range(40)), 2**30)
        np.testing.assert_array_equal(TABLES.dct[row], expected)


def test_the_segments_are_the_mel_triangles_to_seven_digits():
    weights = np.zeros((40, 801))
    first, bins, gamma, beta = TABLES.segments
    for j in range(41):
        falling = (gamma[j] + beta[j] * np.arange(bins[j])[::-1]) / 2**25
        segment = slice(first[j], first[j] + bins[j])
        if j < 40:
            weights[j, segment] += 1 - falling
        if j > 0:
            weights[j - 1, segment] += falling
    filters = mel_filters(LIANG_MFCC.mel)
    gains = filters.max(axis=1) / weights[np.arange(40), filters.argmax(axis=1)]
    np.testing.assert_allclose(weights * gains[:, None], filters, rtol=0, atol=2e-6 * gains.max())
    assert (weights >= 0).all()


def test_the_dct_rows_are_symmetric_so_that_half_the_products_suffice():
    signs = (-1) ** np.arange(12)[:, None]
    np.testing.assert_array_equal(TABLES.dct, signs * TABLES.dct[:, ::-1])


def test_every_table_fits_the_words_its_description_promises():
    for field in dataclasses.fields(IntegerTables):
        value = getattr(TABLES, field.name)
        for array in value if isinstance(value, tuple) else (value,):
            limit = 2**61 if field.name == "offset" else 2**31
            assert (np.abs(array) < limit).all(), field.name
            assert np.asarray(array).dtype.kind == "i"
    assert (TABLES.multiplier >= 2**30).all()
    assert ((TABLES.shift >= 34) & (TABLES.shift <= 54)).all()


@pytest.mark.parametrize("mean", [-1000.0, 1000.0])
@pytest.mark.parametrize("deviation", [0.001, 1000.0])
def test_the_widest_normalizations_stay_within_64_bits(mean, deviation):
    tables = integer_tables(LIANG_MFCC, Normalization(mean=(mean,) * 12, deviation=(deviation,) * 12))
    largest = max(abs(int(tables.offset[i])) + 2**29 * int(tables.multiplier[i]) for i in range(12))
    assert largest < 2**62
    assert ((tables.shift >= 34) & (tables.shift <= 54)).all()


def test_the_places_of_samples_and_bins_are_permutations():
    assert sorted(TABLES.input_order) == sorted(TABLES.output_order) == list(range(800))


@pytest.mark.parametrize("value", [0.5, -3.5, 1000.5 + 5e-7, 2.0**30 + 0.5])
def test_a_table_entry_on_a_rounding_tie_is_refused(value):
    with pytest.raises(FeatureError, match="rounding tie"):
        rounded(np.array([1.0, value]))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"frame_length": 1024}, "1600 samples"),
        ({"mel_bands": 400}, "between all"),
        ({"mel_bands": 12}, "127 spectrum bins"),
        ({"coefficients": 13}, "12 coefficients"),
    ],
)
def test_a_specification_beyond_the_integer_front_end_is_refused(change, complaint):
    with pytest.raises(FeatureError, match=complaint):
        integer_tables(dataclasses.replace(LIANG_MFCC, **change), NORMALIZATION)
