"""How long the trainings that are still to be done will take, by those that are done."""

from collections.abc import Mapping, Sequence
from statistics import fmean

from edgegenre.reproduce.outcome import Outcome


def seconds_left(waiting: Sequence[str], done: Sequence[Outcome], multiplies: Mapping[str, int]) -> float | None:
    """Seconds for one training each of the models `waiting`; None before the first outcome.

    Models are named with their recipe, see `plan.variant_name`. One that was trained takes its mean time again; the
    time of another is that of those that have been, in proportion to `multiplies`, the multiplications of a window.
    """
    if not done:
        return None
    times: dict[str, list[float]] = {}
    for outcome in done:
        times.setdefault(outcome.name, []).append(outcome.seconds)
    known = {name: fmean(values) for name, values in times.items()}
    per_multiply = sum(known.values()) / sum(multiplies[name] for name in known)
    return sum(known.get(name, per_multiply * multiplies[name]) for name in waiting)


def time_words(seconds: float) -> str:
    """ "about 3 h 20 min", "about 12 min", "less than a minute"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    return f"about {hours:,} h {rest} min" if hours else f"about {rest} min"
