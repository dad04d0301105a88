"""Training, validation and test parts of a data set: by seed, stratified, never dividing a recording or an artist."""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edgegenre.datasets.degenerate import class_faults, published_faults, refuse
from edgegenre.datasets.groups import SplitBy, units
from edgegenre.datasets.track import PARTS, Dataset, Track, some
from edgegenre.errors import DatasetError


@dataclass(frozen=True, kw_only=True)
class Split:
    """Three disjoint parts, each sorted by identifier."""

    train: tuple[Track, ...]
    validation: tuple[Track, ...]
    test: tuple[Track, ...]


def default_split(dataset: Dataset) -> SplitBy:
    """ "artist" where at least half of the tracks name one, "track" otherwise."""
    known = sum(track.group is not None for track in dataset.tracks)
    return "artist" if 2 * known >= len(dataset.tracks) else "track"


def published_split(dataset: Dataset) -> Split:
    """The parts that the data set's publisher names; tracks outside of them are in none.

    Raises DatasetError when none is known, or a class has no track in one of the parts.
    """
    refuse(published_faults(dataset))
    parts = {part: _by_identifier(track for track in dataset.tracks if track.part == part) for part in PARTS}
    return Split(**parts)


def stratified_split(
    dataset: Dataset, seed: int, fractions: Sequence[float] = (0.8, 0.1, 0.1), *, by: SplitBy = "artist"
) -> Split:
    """Train, validation and test with those fractions of every class, at least one track of each class in each part.

    Depends only on the seed and on the tracks' identifiers, labels, groups and recordings: the same on every machine,
    for any order of files. Ten tracks a class give exactly 8/1/1 by track; by artist the fractions are approached.
    fractions: three positive numbers with the sum 1. by: what is never divided, see `units`.
    Raises DatasetError when a class cannot be in all three parts.
    """
    if len(fractions) != 3 or min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9:
        raise DatasetError(f"split fractions {tuple(fractions)}: three positive numbers with the sum 1 are needed.")
    train, validation, test = _divide(dataset, seed, fractions, by)
    return Split(train=train, validation=validation, test=test)


def k_folds(dataset: Dataset, folds: int, seed: int, *, by: SplitBy = "artist") -> tuple[Split, ...]:
    """`folds` splits: every track is in exactly one test part; validation is the next fold, train all others.

    Stratified and grouped like `stratified_split`. Raises DatasetError when there are fewer than three folds or a
    class cannot be in all of them.
    """
    if folds < 3:
        raise DatasetError(f"{folds} folds: at least 3 are needed, for training, validation and test.")
    parts = _divide(dataset, seed, [1 / folds] * folds, by)
    splits = []
    for fold in range(folds):
        following = (fold + 1) % folds
        rest = (track for number, part in enumerate(parts) if number not in (fold, following) for track in part)
        splits.append(Split(train=_by_identifier(rest), validation=parts[following], test=parts[fold]))
    return tuple(splits)


def _divide(dataset: Dataset, seed: int, fractions: Sequence[float], by: SplitBy) -> list[tuple[Track, ...]]:
    """Whole units dealt out, largest first, each to the part that it overfills least and that lacks its classes most.

    Of equal parts the emptiest gets it: the large units of several classes do not all meet in one part. A class that
    has no more units left than there are parts without it goes to those parts first.
    """
    refuse(class_faults(dataset, len(fractions), by))
    parts = range(len(fractions))
    dealing = _in_order(dataset, seed, by)
    labels = [Counter(track.label for track in unit) for unit in dealing]
    remaining = Counter(label for counts in labels for label in counts)
    totals = Counter(track.label for track in dataset.tracks)
    target = {label: _shares(totals[label], fractions, turn) for turn, label in enumerate(dataset.labels)}
    need = {label: list(shares) for label, shares in target.items()}
    lacking = {label: set(parts) for label in dataset.labels}
    dealt: list[list[Track]] = [[] for _ in parts]

    for unit, counts in zip(dealing, labels, strict=True):
        urgent = [lacking[label] for label in counts if remaining[label] <= len(lacking[label])]
        candidates = set(parts).intersection(*urgent) or min(urgent, key=len)

        def misfit(part: int, counts: Counter[str] = counts) -> tuple[int, float, float, int]:
            overfilled = sum(max(0, count - need[label][part]) for label, count in counts.items())
            wanted = sum(count * need[label][part] / target[label][part] for label, count in counts.items())
            return overfilled, -wanted, len(dealt[part]) / fractions[part], part

        part = min(candidates, key=misfit)
        dealt[part] += unit
        for label, count in counts.items():
            need[label][part] -= count
            remaining[label] -= 1
            lacking[label].discard(part)
    _check_complete(dataset, lacking)
    return [_by_identifier(part) for part in dealt]


def _in_order(dataset: Dataset, seed: int, by: SplitBy) -> list[list[Track]]:
    """The tracks by unit; largest first, equal ones in an order of the seed's."""
    unit_of = units(dataset.tracks, by)
    members: dict[str, list[Track]] = {}
    for track in dataset.tracks:
        members.setdefault(unit_of[track.identifier], []).append(track)
    # A hash, not numpy's generator: its streams may change between versions.
    order = {key: hashlib.sha256(f"{seed} {key}".encode()).digest() for key in members}
    return [members[key] for key in sorted(members, key=lambda key: (-len(members[key]), order[key]))]


def _shares(count: int, fractions: Sequence[float], turn: int) -> list[int]:
    """`count` tracks by `fractions`: rounded down but at least one, the rest by largest remainder; sums to `count`.

    turn: which part wins a tie; it changes from class to class so that no part is always the larger.
    """
    exact = [count * fraction for fraction in fractions]
    shares = [max(1, math.floor(share + 1e-9)) for share in exact]
    parts = range(len(shares))
    while sum(shares) < count:
        shares[max(parts, key=lambda part: (round(exact[part] - shares[part], 9), (part + turn) % len(parts)))] += 1
    while sum(shares) > count:
        shares[max(parts, key=lambda part: shares[part])] -= 1
    return shares


def _check_complete(dataset: Dataset, lacking: dict[str, set[int]]) -> None:
    incomplete = [label for label in dataset.labels if lacking[label]]
    if incomplete:
        raise DatasetError(
            f"{dataset.root}: artists or albums that span classes leave a part of the split without "
            f"{some(incomplete)}. Try another seed, or add tracks by others to these classes."
        )


def _by_identifier(tracks: Iterable[Track]) -> tuple[Track, ...]:
    return tuple(sorted(tracks, key=lambda track: track.identifier))
