"""How far the answers can be believed, as a table: calibration, and the same test in bad sound."""

from collections.abc import Mapping, Sequence
from typing import Any

from edgegenre.bundle import Bundle
from edgegenre.records.record import Record
from edgegenre.report.tables import NOTHING, Table, make_table

_KINDS = ("level", "response", "room", "noise")
"""What a microphone, its place or its surroundings do to music; the worst of each is shown."""


def trust_table(records: Sequence[Record], bundles: Sequence[Bundle]) -> Table | None:
    """One row a bundle that tells of its calibration or of a test in bad sound, in its manifest or else in a record.

    None without any.
    """
    told = {record.bundle: record.trust for record in records if record.bundle and record.trust}
    told |= {bundle.folder.resolve().name: bundle.manifest.to_dict() for bundle in bundles}
    rows, origins = [], []
    for name, figures in told.items():
        calibration, microphone = _part(figures, "calibration"), _part(figures, "microphone")
        if not calibration and not microphone:
            continue
        rows.append((name, *_calibration(calibration), *_hearings(microphone)))
        origins.append(
            f"measured; microphone test on {microphone.get('data', 'no data')}, {microphone.get('split', '')}; "
            f"temperature fitted on {calibration.get('tracks', 0)} tracks, {calibration.get('split', '')}"
        )
    if not rows:
        return None
    return make_table(
        caption="Temperature: what logits are divided by, so that probabilities are true; its calibration error before "
        "and after, on the tracks it was fitted to. Accuracy in the sound as it is, and in the worst case of each kind "
        "that was tried: quieter or louder, other microphones, rooms, noise.",
        columns=[
            ("bundle", "text"),
            ("temperature", "number"),
            ("calibration error", "number"),
            ("clean", "number"),
            *((kind, "number") for kind in _KINDS),
            ("tracks", "number"),
        ],
        rows=rows,
        origins=origins,
    )


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name)
    return value if isinstance(value, Mapping) else {}


def _calibration(told: Mapping[str, Any]) -> tuple[str, str]:
    temperature, before, after = (_number(told.get(name)) for name in ("temperature", "ece_before", "ece_after"))
    error = NOTHING if before is None or after is None else f"{100 * before:.1f} to {100 * after:.1f} %"
    return (NOTHING if temperature is None else f"{temperature:.2f}", error)


def _hearings(told: Mapping[str, Any]) -> tuple[str, ...]:
    """Accuracy as it is, then the lowest of each kind, then the tracks."""
    worst: dict[str, float] = {}
    hearings = told.get("hearings")
    for item in hearings if isinstance(hearings, list | tuple) else ():
        accuracy = _number(item.get("accuracy")) if isinstance(item, Mapping) else None
        if accuracy is not None:
            kind = str(item.get("kind"))
            worst[kind] = min(accuracy, worst.get(kind, 1.0))
    shares = tuple(f"{100 * worst[kind]:.1f} %" if kind in worst else NOTHING for kind in ("clean", *_KINDS))
    tracks = told.get("tracks")
    return (*shares, str(tracks) if isinstance(tracks, int) else NOTHING)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
