"""The front end's share of the C tables: the integers and, for a build that wants them, the floats."""

from collections.abc import Mapping

import numpy as np

from edgegenre.errors import ExportError, FeatureError
from edgegenre.export.c import text as c_text
from edgegenre.export.c.frontend_float import float_tables
from edgegenre.frontend.extractors import RUN_ON_HOSTS
from edgegenre.frontend.inputs import FeatureInput, only
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.kinds.mfcc import Mfcc

FRAME_SAMPLES = 1600


def firmware_frontend(inputs: Mapping[str, FeatureInput]) -> IntegerFrontend:
    """The front end that the C runtime computes. Raises ExportError when it computes none of that kind, or several."""
    try:
        item = only(inputs, "the C runtime")
    except FeatureError as error:
        raise ExportError(str(error)) from error
    if item.frontend.kind in RUN_ON_HOSTS:
        raise ExportError(
            f"the C runtime cannot compute {item.frontend.contents}: {RUN_ON_HOSTS[item.frontend.kind]}. This model "
            "has no firmware."
        )
    if not isinstance(item.frontend, Mfcc) or item.frontend.frame_length != FRAME_SAMPLES:
        raise ExportError(
            f"the C runtime computes MFCC of frames of {FRAME_SAMPLES} samples, not {item.frontend.contents} of "
            f"{item.frontend.frame_length}: this model has no firmware."
        )
    return IntegerFrontend(item.frontend, item.normalization)


def frontend_refusal(inputs: Mapping[str, FeatureInput]) -> str | None:
    """Why the C runtime cannot compute what the inputs are fed; None where it can."""
    try:
        firmware_frontend(inputs)
    except ExportError as error:
        return str(error)
    return None


def frontend_bytes(frontend: IntegerFrontend | None) -> int:
    """Work space of one frame, of integers or floats: 800 complex words for the transform and one word a mel band."""
    return 4 * (FRAME_SAMPLES + frontend.spec.mel_bands) if frontend else 0


def frontend_sizes(frontend: IntegerFrontend | None) -> dict[str, object]:
    """What eg_model.h says of the front end; a model without one takes features only."""
    if frontend is None:
        return {"EG_FRAME_SAMPLES": 0}
    return {
        "EG_FRAME_SAMPLES": FRAME_SAMPLES,
        "EG_HOP_SAMPLES": frontend.spec.hop_length,
        "EG_SAMPLE_RATE": frontend.spec.sample_rate,
        "EG_MEL_BANDS": frontend.spec.mel_bands,
    }


def check_frontend(frontend: IntegerFrontend, features: int) -> None:
    """Raise ExportError unless the front end makes rows of `features` values."""
    if frontend.spec.coefficients != features:
        raise ExportError(
            f"the front end makes {frontend.spec.coefficients} coefficients a frame, the network takes {features}."
        )


def frontend_tables(frontend: IntegerFrontend) -> str:
    """`eg_float_frontend` under EG_FRONTEND_FLOAT32, `eg_frontend` otherwise."""
    integers = _integer_tables(frontend)
    return f"/* front end */\n#ifdef EG_FRONTEND_FLOAT32\n{float_tables(frontend)}#else\n{integers}#endif\n"


def _integer_tables(frontend: IntegerFrontend) -> str:
    """Every number of edgegenre.frontend.integer_tables, in the layouts of eg_frontend_tables.h."""
    tables = frontend.tables
    half = (frontend.spec.mel_bands + 1) // 2
    arrays = [
        ("static const int32_t window", tables.window),
        ("static const int32_t twiddles_32", tables.twiddles_32),
        ("static const int32_t twiddles_25", tables.twiddles_25),
        ("static const int32_t twiddles_real", tables.twiddles_real),
        ("static const uint16_t place", tables.output_order),
        ("static const uint8_t segment_bins", tables.segments.bins),
        ("static const int32_t segment_gamma", tables.segments.gamma),
        ("static const int32_t segment_beta", tables.segments.beta),
        ("static const int32_t log2_table", tables.log2),
        ("static const int32_t band_offset", tables.band_offset),
        ("static const int32_t dct", tables.dct[:, :half]),
        ("static const int32_t multiplier", tables.multiplier),
        ("static const uint8_t shift", tables.shift),
    ]
    names = [declaration.rsplit(" ", 1)[1] for declaration, _ in arrays]
    pointers = "".join(f"    .{name} = {name},\n" for name in [*names, "offset"])
    root5, sine72, sine144 = (int(value) for value in tables.radix5)
    return "\n".join(
        [
            *(c_text.array(declaration, np.asarray(values, np.int64)) for declaration, values in arrays),
            c_text.listing("static const int64_t offset", len(tables.offset), map(c_text.wide, tables.offset.tolist())),
            f"const eg_frontend_tables_t eg_frontend = {{\n{pointers}    .root_half = {int(tables.root_half)},\n"
            f"    .root5 = {root5},\n    .sine72 = {sine72},\n    .sine144 = {sine144},\n"
            f"    .first_bin = {int(tables.segments.first[0])},\n}};\n",
        ]
    )
