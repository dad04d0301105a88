"""The integer front end: int16 PCM to int8 features without a float, a division or a look at another frame.

This page and the six modules it calls define the arithmetic. The C front end equals it to the bit, on cores with and
without a wide multiplier; every number it needs comes from `integer_tables`. All words are int32 unless said, >> is
arithmetic (rounds down), no addition overflows, and

    mulh(a, b) = (a * b + 2**31) >> 32            the rounded high word, SMMULR on Armv7E-M

is the only wide operation of the transform. A frame is done in place in one buffer of 800 complex words (6400 bytes),
[25 rows][32 columns][re, im].

1. Window.  y[n] = mulh(x[n] << 16, window[n]) = (x[n] * window[n] + 2**15) >> 16, n = 0...1599, window[1600 - n] for
   n > 800.  |y| <= 2**29 hann[n].  Complex sample n, (y[2 n], y[2 n + 1]), goes to row 18 n mod 25, column 9 n mod 32:
   walking through n, the row grows by 18 and the column by 9, each taken around.

2. Rows: 25 transforms of 32 points, decimated in frequency as 4 x 2 x 4, total scale 1/8.  W(m) is a turn by -1/m.
   a. for n = 0...7: the exact 4-point transform s0...s3 of columns n, n + 8, n + 16, n + 24; column n takes
      (s0 + 2) >> 2, column n + 8 k takes sk * W(32)**(n k) / 4.
   b. in each block of 8 columns, for n = 0...3, with p, q in columns n, n + 4: column n takes (p + q + 1) >> 1, column
      n + 4 takes (p - q) * W(8)**n / 2: for n = 0 (d + 1) >> 1; for n = 2 ((d.im + 1) >> 1, (1 - d.re) >> 1); for
      n = 1 mulh of d.re + d.im and d.im - d.re with root_half; for n = 3 of d.im - d.re and -d.re - d.im.
   c. in each block of 4 columns the exact 4-point transform, outputs in order.
   Column 8 k + 4 h + j now holds frequency k + 4 h + 8 j.
   A complex factor c - i s means re' = mulh(re, c) + mulh(im, s), im' = mulh(im, c) - mulh(re, s); scales are in the
   tables. With c = 2**30, s = 0 that is (re + 2) >> 2, so trivial factors may be left out (or in) freely.
   Bounds: four samples of a column set lie a quarter of the frame apart, where the Hann window sums to 2, so
   |s| <= 2**30.5 and after a. |z| <= 2**28.5; b. doubles and halves; c. |z| <= 2**30.5.

3. Block exponent, once a frame.  m = OR of v ^ (v >> 31) over all 1600 words; headroom = CLZ(m) - 1, 0...31.
   headroom < 3: v = (v + (1 << (2 - headroom))) >> (3 - headroom); otherwise v <<= headroom - 3.  Now |v| <= 2**28.
   (It may be done while step 4 loads its inputs.)

4. Columns: 32 transforms of 25 points, decimated in frequency as 5 x 5, total scale 1/8.
   a. for n = 0...4: the 5-point transform s0...s4 of rows n, n + 5, ..., n + 20; row n takes (s0 + 4) >> 3, row
      n + 5 k takes sk * W(25)**(n k) / 8 (tables * 2**29; for n = 0 that is (sk + 4) >> 3).
   b. in each block of 5 rows the 5-point transform, outputs in order.
   Row 5 k + j now holds frequency k + 5 j. Bin k of the 800 lies at the row of k mod 25 and the column of k mod 32
   (`output_order`). The 5-point transform is `_radix5` in fft_integer.py: ten mulh, and one rounded shift by 2.
   Bounds: a. 5 * 2**28.5 < 2**30.9; b. the 25 angles of a component are spread evenly, so |re|, |im| <=
   2**28 / 8 * 25 * 2 * 0.63705 < 0.996 * 2**30.

5. Real split, for k = 1...399 with a = Z[k], b = Z[800 - k], in place: (er, ei) = (a.re + b.re, a.im - b.im),
   (hr, hi) = (a.im + b.im, b.re - a.re), all below 0.996 * 2**31; (pr, pi) = (hr, hi) * W(1600)**k / 4 as above;
   X[k] = (((er + 2) >> 2) + pr, ((ei + 2) >> 2) + pi), X[800 - k] = (((er + 2) >> 2) - pr, pi - ((ei + 2) >> 2)),
   X[400] = ((Z.re + 1) >> 1, (1 - Z.im) >> 1). Bins 0 and 800 weigh nothing in any band and are skipped.
   X is the transform of PCM / 32768 times 2**(19 + headroom), |X| < 2**30.5.

6. Mel, for the segments j = 0...bands between mel points (mel_integer.py): m = OR of v ^ (v >> 31) over the segment's
   re and im; e[j] = max(0, 17 - CLZ(m)); v = (v + ((1 << e) >> 1)) >> e, |v| <= 2**15; P = re**2 + im**2 <= 2**31
   (uint32).  From the lowest bin to the highest, in 64 bits: R += S, S += P.
   fall[j] = gamma[j] * S + beta[j] * R, rise[j] = (S << 25) - fall[j], both of 0...2**62.
   Band b, with e = max(e[b], e[b + 1]): U = (rise[b] >> 2 (e - e[b])) + (fall[b + 1] >> 2 (e - e[b + 1])) < 2**63.

7. Logarithm, * 2**20, above the floor: L[b] = max(0, log2_q20(U) + ((2 e - 2 headroom) << 20) + band_offset[b]), and 0
   where U is 0.  0 <= L < 2**26.

8. DCT: c[i] = (sum over b of dct[i][b] * L[b] + 2**29) >> 30 with a 64-bit sum, |c| < 2**29.  The rows are symmetric
   (even i) or antisymmetric (odd i), so half the products suffice.  In dB: c * 10 log10(2) / 2**20, and c[0] is
   counted from the floor (-632.46 dB for 40 bands at 1e-10).

9. Normalization: feature[i] = clamp((c[i] * multiplier[i] + offset[i]) >> shift[i], -128, 127), 64 bits; shift >= 34,
   so only the high word of the sum matters.

Products a frame: 9244 mulh (2400 in step 2, 5248 in 4, 1596 in 5), 1600 of 16 x 32 bits (1), 1598 squares of 16 bits
(6), 82 of 64 x 25 bits (6), 240 of 32 x 32 into 64 bits (8), 12 (9).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from edgegenre.frontend.cepstrum_integer import cepstrum
from edgegenre.frontend.fft_integer import (
    Complex,
    normalize_block,
    real_spectrum,
    transform_columns_of_25,
    transform_rows_of_32,
)
from edgegenre.frontend.fixed_point import multiply_high
from edgegenre.frontend.integer_tables import DB_PER_OCTAVE, floor_coefficients, integer_tables
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.log2_integer import FRACTION_BITS
from edgegenre.frontend.normalization import Normalization

# Frames computed together: their arrays stay in the processor's cache.
_BLOCK = 32


@dataclass(frozen=True, kw_only=True)
class Stages:
    """What each step leaves behind, frames first, for golden tensors. int32 unless said; numbers are the steps above.

    windowed [frames, 1600]: 1.  rows [frames, 25, 32, 2]: 2, in place.  headroom [frames]: 3.
    columns [frames, 25, 32, 2]: 4, in place.  spectrum [frames, 799, 2]: 5, bins 1...799 in order.
    energy_mantissa int64, energy_exponent [frames, bands]: 6.  log2 [frames, bands]: 7.
    coefficients [frames, coefficients]: 8.  features int8 [frames, coefficients]: 9.
    """

    windowed: np.ndarray
    rows: np.ndarray
    headroom: np.ndarray
    columns: np.ndarray
    spectrum: np.ndarray
    energy_mantissa: np.ndarray
    energy_exponent: np.ndarray
    log2: np.ndarray
    coefficients: np.ndarray
    features: np.ndarray


class IntegerFrontend:
    """The deployed front end: `features` equals the device's to the bit.

    Within 0.05 dB of `Mfcc.float64` (measured on music: 0.001 dB). Raises FeatureError when the specification is not
    one of 1600-sample frames or the normalization does not fit it.
    """

    def __init__(self, spec: Mfcc, normalization: Normalization) -> None:
        self.spec = spec
        self.normalization = normalization
        self.tables = integer_tables(spec, normalization)

    def features(self, pcm: np.ndarray) -> np.ndarray:
        """int8 [frames, coefficients], scale 1/32 and zero point 0, of int16 PCM [samples]."""
        return self._blockwise(pcm, "features", np.dtype(np.int8))

    def coefficients(self, pcm: np.ndarray) -> np.ndarray:
        """The same before normalization, in dB, float64 [frames, coefficients]."""
        octaves = self._blockwise(pcm, "coefficients", np.dtype(np.float64)) / (1 << FRACTION_BITS)
        return octaves * DB_PER_OCTAVE + floor_coefficients(self.spec)

    def stages(self, pcm: np.ndarray) -> Stages:
        """All intermediate values of int16 PCM [samples]; about 30 KB a frame, so give it a short excerpt."""
        work = self._compute(self.spec.frames(pcm))
        return Stages(
            windowed=_frames_first(work.windowed),
            rows=_frames_first(work.rows),
            headroom=_frames_first(work.headroom),
            columns=_frames_first(work.columns),
            spectrum=_frames_first(work.spectrum),
            energy_mantissa=np.ascontiguousarray(work.energy_mantissa.T),
            energy_exponent=_frames_first(work.energy_exponent),
            log2=_frames_first(work.log2),
            coefficients=_frames_first(work.coefficients),
            features=_frames_first(work.features).astype(np.int8),
        )

    def _blockwise(self, pcm: np.ndarray, stage: str, dtype: np.dtype) -> np.ndarray:
        frames = self.spec.frames(pcm)
        result = np.empty((len(frames), self.spec.coefficients), dtype)
        for start in range(0, len(frames), _BLOCK):
            block = slice(start, start + _BLOCK)
            result[block] = getattr(self._compute(frames[block]), stage).T
        return result

    def _compute(self, frames: np.ndarray) -> "_Work":
        """Steps 1 to 9 on int16 [frames, 1600]."""
        tables = self.tables
        window = np.concatenate([tables.window, tables.window[799:0:-1]])
        windowed = multiply_high(frames.T.astype(np.int64) << 16, window[:, None])
        samples = _reordered(Complex(windowed[0::2], windowed[1::2]), np.argsort(tables.input_order))
        rows = transform_rows_of_32(samples, tables.twiddles_32, tables.root_half)
        block, headroom = normalize_block(rows)
        columns = transform_columns_of_25(block, tables.twiddles_25, tables.radix5)
        in_place = Complex(columns.re.reshape(800, -1), columns.im.reshape(800, -1))
        natural = Complex(in_place.re[tables.output_order], in_place.im[tables.output_order])
        spectrum = real_spectrum(natural, tables.twiddles_real)
        cepstral = cepstrum(spectrum, headroom, tables)
        steps = (cepstral.coefficients * tables.multiplier[:, None] + tables.offset[:, None]) >> tables.shift[:, None]
        features = np.clip(steps, -128, 127)
        return _Work(windowed, rows, headroom, columns, spectrum, *cepstral, features)


class _Work(NamedTuple):
    """The stages as they are computed: int64, frames last."""

    windowed: np.ndarray
    rows: Complex
    headroom: np.ndarray
    columns: Complex
    spectrum: Complex
    energy_mantissa: np.ndarray
    energy_exponent: np.ndarray
    log2: np.ndarray
    coefficients: np.ndarray
    features: np.ndarray


def _reordered(z: Complex, order: np.ndarray) -> Complex:
    """[800, frames] to [25, 32, frames]: place p takes sample order[p]."""
    return Complex(z.re[order].reshape(25, 32, -1), z.im[order].reshape(25, 32, -1))


def _frames_first(values: np.ndarray | Complex) -> np.ndarray:
    """int32, frames first; complex values with re, im as the last axis."""
    array = np.stack(values, axis=-2) if isinstance(values, Complex) else values
    return np.ascontiguousarray(np.moveaxis(array, -1, 0), dtype=np.int32)
