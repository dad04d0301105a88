"""The front end's share of the C tables: which kinds the runtime computes, sizes, memory, and the tables of each."""

from collections.abc import Mapping
from dataclasses import dataclass

from edgegenre.errors import ExportError, FeatureError
from edgegenre.export.c.frontend_float import float_tables
from edgegenre.export.c.frontend_integer import tables_of_1600, tables_of_power_of_two
from edgegenre.frontend.extractors import RUN_ON_HOSTS, integer_extractor
from edgegenre.frontend.inputs import FeatureInput, check_one_sound, frontends_of, only
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.integer_kinds.form import IntegerForm
from edgegenre.frontend.integer_kinds.summary import IntegerSummary
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.kinds.summary import Summary
from edgegenre.frontend.protocol import Extractor, Frontend

WORD = 4


@dataclass(frozen=True, kw_only=True)
class HeardFrames:
    """The frames that the C runtime turns into a row: `each` is what it computes of one, `count` of them make a row."""

    each: Mfcc | MelDecibels
    count: int

    @property
    def coefficients(self) -> int:
        """Coefficients of a frame; 0 where the mel bands themselves are the features."""
        return self.each.coefficients if isinstance(self.each, Mfcc) else 0


def firmware_frontend(inputs: Mapping[str, FeatureInput]) -> Extractor:
    """The front end that the C runtime computes. Raises ExportError when it computes none of that kind, or several."""
    try:
        item = only(inputs, "the C runtime")
        check_one_sound(frontends_of(inputs), "what a device hears")
        heard_frames(item.frontend)
        return integer_extractor(item)
    except FeatureError as error:
        raise ExportError(str(error)) from error


def frontend_refusal(inputs: Mapping[str, FeatureInput]) -> str | None:
    """Why the C runtime cannot compute what the inputs are fed; None where it can."""
    try:
        firmware_frontend(inputs)
    except ExportError as error:
        return str(error)
    return None


def heard_frames(spec: Frontend) -> HeardFrames:
    """The frames behind the rows of `spec`. Raises ExportError where the C runtime has no form of its kind."""
    if isinstance(spec, Summary):
        return HeardFrames(each=spec.of, count=spec.of.window_frames)
    if isinstance(spec, Mfcc | MelDecibels):
        return HeardFrames(each=spec, count=1)
    if spec.kind in RUN_ON_HOSTS:
        raise ExportError(
            f"the C runtime cannot compute {spec.contents}: {RUN_ON_HOSTS[spec.kind]}. This model has no firmware."
        )
    raise ExportError(
        f"the C runtime computes MFCC, their summary and mel bands in dB, not {spec.contents} ('{spec.kind}'): this "
        "model has no firmware; it would need that front end in C."
    )


def frontend_bytes(frontend: Extractor | None) -> int:
    """Work space of one frame, of integers or floats: half as many complex words for the transform as it has samples,
    and one word a mel band."""
    if frontend is None:
        return 0
    each = heard_frames(frontend.spec).each
    return WORD * (each.frame_length + each.mel_bands)


def frontend_sizes(frontend: Extractor | None) -> dict[str, object]:
    """What eg_model.h says of the front end; a model without one takes features only."""
    if frontend is None:
        return {"EG_FRAME_SAMPLES": 0, "EG_ROW_FRAMES": 1, "EG_POWER_OF_TWO": 0, "EG_COEFFICIENTS": 0}
    heard = heard_frames(frontend.spec)
    return {
        "EG_FRAME_SAMPLES": heard.each.frame_length,
        "EG_HOP_SAMPLES": heard.each.hop_length,
        "EG_ROW_FRAMES": heard.count,
        "EG_ROW_SAMPLES": frontend.spec.hop_length,
        "EG_WINDOW_SAMPLES": frontend.spec.samples_for(frontend.spec.window_frames),
        "EG_SAMPLE_RATE": frontend.spec.sample_rate,
        "EG_POWER_OF_TWO": int(not isinstance(frontend, IntegerFrontend)),
        "EG_MEL_BANDS": heard.each.mel_bands,
        "EG_COEFFICIENTS": heard.coefficients,
    }


def check_frontend(frontend: Extractor, features: int) -> None:
    """Raise ExportError unless the front end makes rows of `features` values."""
    if frontend.spec.frequency != features:
        raise ExportError(
            f"the front end makes {frontend.spec.frequency} coefficients a frame, the network takes {features}."
        )


def frontend_tables(frontend: Extractor) -> str:
    """`eg_frontend`; of frames of 1600 samples `eg_float_frontend` under EG_FRONTEND_FLOAT32."""
    if isinstance(frontend, IntegerForm | IntegerSummary):
        return f"/* front end */\n{tables_of_power_of_two(heard_frames(frontend.spec).each, frontend)}"
    assert isinstance(frontend, IntegerFrontend)  # `heard_frames` has refused the others
    integers = tables_of_1600(frontend)
    return f"/* front end */\n#ifdef EG_FRONTEND_FLOAT32\n{float_tables(frontend)}#else\n{integers}#endif\n"
