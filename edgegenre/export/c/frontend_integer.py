"""The tables of the integer front ends, in the layouts of eg_frontend_tables.h."""

from collections.abc import Mapping

import numpy as np

from edgegenre.export.c import text as c_text
from edgegenre.frontend.cepstrum_integer import BandTables, band_tables, cepstral_tables
from edgegenre.frontend.fft_power_of_two import power_of_two_tables
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.integer_kinds.form import IntegerForm
from edgegenre.frontend.integer_kinds.summary import IntegerSummary
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import Mfcc

LOG2_ENTRIES = 129

Arrays = list[tuple[str, np.ndarray]]
"""Declarations, each with its values."""


def tables_of_1600(frontend: IntegerFrontend) -> str:
    """`eg_frontend` for frames of 1600 samples: every number of edgegenre.frontend.integer_tables."""
    tables = frontend.tables
    root5, sine72, sine144 = (int(value) for value in tables.radix5)
    transform = [
        ("static const int32_t window", tables.window),
        ("static const int32_t twiddles_32", tables.twiddles_32),
        ("static const int32_t twiddles_25", tables.twiddles_25),
        ("static const int32_t twiddles_real", tables.twiddles_real),
        ("static const uint16_t place", tables.output_order),
    ]
    constants = {"root_half": int(tables.root_half), "root5": root5, "sine72": sine72, "sine144": sine144}
    steps = (tables.multiplier, tables.shift, tables.offset)
    return _text(transform, constants, tables, _cosines(tables.dct), steps)


def tables_of_power_of_two(spec: Mfcc | MelDecibels, frontend: IntegerForm | IntegerSummary) -> str:
    """`eg_frontend` for frames of a power of two. spec: of one frame; frontend: of what the network is fed."""
    tables = power_of_two_tables(spec.frame_length)
    points = spec.frame_length // 2
    # The turns of the smaller blocks are among those of the first one.
    first = tables.steps[0]
    split = np.stack([tables.split_cosine, tables.split_sine], axis=-1)[1 : points // 2 + 1]
    transform = [
        ("static const int32_t window", tables.window[: points + 1]),
        ("static const int32_t twiddles", np.stack([first.cosine, first.sine], axis=-1)),
        ("static const int32_t twiddles_real", split),
        ("static const uint16_t place", tables.order),
    ]
    steps = (frontend.multiplier, frontend.shift, frontend.offset)
    if isinstance(spec, Mfcc):
        cepstral = cepstral_tables(spec)
        return _text(transform, {}, cepstral, _cosines(cepstral.dct), steps)
    return _text(transform, {}, band_tables(spec.mel, spec.power_floor), [], steps)


def power_of_two_bytes(spec: Mfcc | MelDecibels, *, features: int) -> int:
    """Bytes of the arrays of `tables_of_power_of_two`. features: values in a row."""
    points, bands = spec.frame_length // 2, spec.mel_bands
    transform = 4 * (points + 1) + 4 * 6 * (points // 4) + 4 * 2 * (points // 2) + 2 * points
    cosines = 4 * spec.coefficients * ((bands + 1) // 2) if isinstance(spec, Mfcc) else 0
    return transform + 9 * (bands + 1) + 4 * LOG2_ENTRIES + 4 * bands + cosines + 13 * features


def _cosines(dct: np.ndarray) -> Arrays:
    """Half of each row, which mirrors itself."""
    return [("static const int32_t dct", dct[:, : (dct.shape[1] + 1) // 2])]


def _text(
    transform: Arrays,
    constants: Mapping[str, int],
    bands: BandTables,
    cosines: Arrays,
    steps: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> str:
    """The arrays and the structure that names them. steps: multiplier, shift and offset of every feature."""
    multiplier, shift, offset = steps
    arrays = [
        *transform,
        ("static const uint8_t segment_bins", bands.segments.bins),
        ("static const int32_t segment_gamma", bands.segments.gamma),
        ("static const int32_t segment_beta", bands.segments.beta),
        ("static const int32_t log2_table", bands.log2),
        ("static const int32_t band_offset", bands.band_offset),
        *cosines,
        ("static const int32_t multiplier", multiplier),
        ("static const uint8_t shift", shift),
    ]
    names = [declaration.rsplit(" ", 1)[1] for declaration, _ in arrays]
    pointers = "".join(f"    .{name} = {name},\n" for name in [*names, "offset"])
    numbers = {**constants, "first_bin": int(bands.segments.first[0])}
    return "\n".join(
        [
            *(c_text.array(declaration, np.asarray(values, np.int64)) for declaration, values in arrays),
            c_text.listing("static const int64_t offset", len(offset), map(c_text.wide, offset.tolist())),
            f"const eg_frontend_tables_t eg_frontend = {{\n{pointers}"
            f"{''.join(f'    .{name} = {value},' + chr(10) for name, value in numbers.items())}}};\n",
        ]
    )
