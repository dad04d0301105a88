"""The kinds of front end by name."""

from collections.abc import Mapping
from typing import Any

from edgegenre.errors import FeatureError
from edgegenre.frontend.kinds.embedding import Embedding
from edgegenre.frontend.kinds.log_mel import LogMel
from edgegenre.frontend.kinds.magnitude import Magnitude
from edgegenre.frontend.kinds.mel_decibels import MelDecibels
from edgegenre.frontend.kinds.mfcc import Mfcc
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.kinds.summary import Summary
from edgegenre.frontend.protocol import Frontend

KINDS: dict[str, type[Mfcc | LogMel | MelDecibels | Magnitude | Raw | Summary | Embedding]] = {
    kind.kind: kind for kind in (Mfcc, LogMel, MelDecibels, Magnitude, Raw, Summary, Embedding)
}


def frontend_from_dict(values: Mapping[str, Any]) -> Frontend:
    """The front end in a manifest, which is not trusted: the inverse of `Frontend.to_dict`.

    Raises FeatureError when its kind is not known or it is not well formed.
    """
    if not isinstance(values, Mapping):
        raise FeatureError("front end: the specification must be a table of names and values.")
    kind = values.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FeatureError(f"front end kind {kind!r} is not known; this version computes: {', '.join(KINDS)}.")
    return KINDS[kind].from_dict(values)
