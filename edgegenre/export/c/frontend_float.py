"""The tables of the float32 front end, in the layouts of eg_frontend_tables.h."""

import numpy as np

from edgegenre.export.c import text as c_text
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.integer_tables import DB_PER_OCTAVE, floor_coefficients
from edgegenre.frontend.mel import band_gains, dct_matrix
from edgegenre.frontend.mel_integer import WEIGHT_BITS
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION

ROWS, COLUMNS = 25, 32

# The window is doubled and the samples are not divided by 32768, so a bin of the transform is 2**16 times the real one;
# the real transform leaves out a half. Powers square that.
_POWER_EXPONENT = 2 * 17


def float_tables(frontend: IntegerFrontend) -> str:
    """`eg_float_frontend`: float64 values, each rounded once to float32."""
    spec, segments = frontend.spec, frontend.tables.segments
    half = (spec.mel_bands + 1) // 2
    steps_per_db = STEPS_PER_DEVIATION / np.array(frontend.normalization.deviation)
    dct = dct_matrix(spec.coefficients, spec.mel_bands)[:, :half] * (DB_PER_OCTAVE * steps_per_db)[:, None]
    offset = (floor_coefficients(spec) - np.array(frontend.normalization.mean)) * steps_per_db
    arrays = {
        "turns_1600": ("float", _turns(np.arange(400) / 1600)),
        "turns_32": ("float", _turns(np.outer(np.arange(COLUMNS), np.arange(1, 4)) / COLUMNS)),
        "turns_25": ("float", _turns(np.outer(np.arange(5), np.arange(1, 5)) / ROWS)),
        "place": ("uint16_t", _place()),
        "segment_bins": ("uint8_t", segments.bins),
        "segment_gamma": ("float", segments.gamma / 2.0**WEIGHT_BITS),
        "segment_beta": ("float", segments.beta / 2.0**WEIGHT_BITS),
        "band_scale": ("float", band_gains(spec.mel) / spec.power_floor / 2.0**_POWER_EXPONENT),
        "dct": ("float", dct),
        "offset": ("float", offset),
    }
    constants = {
        "root_half": np.sqrt(0.5),
        "root5": np.sqrt(5.0) / 4.0,
        "sine72": np.sin(0.4 * np.pi),
        "sine144": np.sin(0.8 * np.pi),
    }
    texts = [
        c_text.array(f"static const {kind} {name}", values.astype(np.float32 if kind == "float" else np.int64))
        for name, (kind, values) in arrays.items()
    ]
    pointers = "".join(f"    .{name} = {name},\n" for name in arrays)
    numbers = "".join(
        f"    .{name} = {c_text.number(float(np.float32(value)))},\n" for name, value in constants.items()
    )
    texts.append(
        f"const eg_float_frontend_tables_t eg_float_frontend = {{\n{pointers}{numbers}"
        f"    .first_bin = {int(segments.first[0])},\n}};\n"
    )
    return "\n".join(texts)


def _turns(fractions: np.ndarray) -> np.ndarray:
    """Cosine and sine of fractions of a turn, on a new last axis."""
    angles = 2.0 * np.pi * fractions
    return np.stack([np.cos(angles), np.sin(angles)], axis=-1)


def _place() -> np.ndarray:
    """The word of bin k [800], k = k1 mod 32 = k2 mod 25, after passes in place of 4 x 8 and 5 x 5 points."""
    k1, k2 = np.arange(800) % COLUMNS, np.arange(800) % ROWS
    column, row = 8 * (k1 % 4) + k1 // 4, 5 * (k2 % 5) + k2 // 5
    return 2 * (column * ROWS + row)
