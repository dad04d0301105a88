"""Checking and reading the plain data of a protocol: what each field may hold, in code and in words."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from edgegenre.errors import TrainingError, did_you_mean

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Rule:
    """right: whether a value may stand in the field. words: what may, for the message."""

    right: Callable[[Any], bool]
    words: str


def whole(low: int, high: int) -> Rule:
    """A whole number in that range, its ends among it."""
    return Rule(lambda value: type(value) is int and low <= value <= high, f"a whole number from {low} to {high}")


def number(low: float, high: float, *, above: bool = False, below: bool = False) -> Rule:
    """A finite number in that range. above, below: its lower or its upper end is not among it."""

    def right(value: Any) -> bool:
        if type(value) not in (int, float) or not math.isfinite(value):
            return False
        return (low < value if above else low <= value) and (value < high if below else value <= high)

    return Rule(right, f"a number {'above' if above else 'from'} {low:g} {'and below' if below else 'to'} {high:g}")


def one_of(*values: str) -> Rule:
    """One of these words."""
    return Rule(lambda value: value in values and isinstance(value, str), f"one of {', '.join(values)}")


def kind_of(*types: type) -> Rule:
    """An object of one of these types."""
    return Rule(lambda value: isinstance(value, types), f"a {' or '.join(item.__name__ for item in types)}")


def tuple_of(rule: Rule, least: int = 0) -> Rule:
    """A tuple of at least `least` values that `rule` allows."""
    return Rule(
        lambda value: isinstance(value, tuple) and len(value) >= least and all(map(rule.right, value)),
        f"{least} or more of: {rule.words}" if least else f"a list of: {rule.words}",
    )


def optional(rule: Rule) -> Rule:
    """None (JSON: null), or what `rule` allows."""
    return Rule(lambda value: value is None or rule.right(value), f"{rule.words}, or nothing")


TRUTH = Rule(lambda value: type(value) is bool, "true or false")
TEXT = Rule(lambda value: isinstance(value, str) and bool(value.strip()), "a text that is not empty")


def check_fields(owner: str, item: Any, rules: Mapping[str, Rule]) -> None:
    """Raise TrainingError that names every field of `item` whose value its rule does not allow."""
    refuse(
        owner,
        (
            f"{name} is {getattr(item, name)!r}, not {rule.words}"
            for name, rule in rules.items()
            if not rule.right(getattr(item, name))
        ),
    )


def refuse(owner: str, problems: Iterable[str]) -> None:
    """Raise TrainingError when there is any problem, naming all."""
    found = list(problems)
    if found:
        raise TrainingError(f"{owner}: {'; '.join(found)}.")


def from_table(kind: type[T], table: Any, owner: str) -> T:
    """The dataclass `kind` with the fields that the JSON object `table` gives, absent ones at their defaults.

    Raises TrainingError when it is no object, or a field is unknown, needed and absent, or wrong.
    """
    if not isinstance(table, Mapping):
        raise TrainingError(f"{owner}: is {table!r}, not a table of names and values.")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    problems = []
    for name in table:
        if name not in fields:
            near = did_you_mean(str(name), fields).strip()
            problems.append(f"'{name}' is no entry of it" + (f" ({near})" if near else ""))
    for name, field in fields.items():
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and name not in table:
            problems.append(f"{name} is missing")
    refuse(owner, problems)
    return kind(**table)


def of_kind(kinds: Mapping[str, type[T]], table: Any, owner: str) -> T:
    """The dataclass that the entry `kind` of the JSON object `table` names, with its other entries as fields."""
    if not isinstance(table, Mapping):
        raise TrainingError(f"{owner}: is {table!r}, not a table of names and values.")
    name = table.get("kind")
    if not isinstance(name, str) or name not in kinds:
        raise TrainingError(f"{owner}: its kind is {name!r}, not one of {', '.join(kinds)}.")
    return from_table(kinds[name], {key: value for key, value in table.items() if key != "kind"}, f"{owner} '{name}'")


def to_table(kinds: Mapping[str, type[Any]], item: Any) -> dict[str, Any]:
    """What `of_kind` reads back."""
    names = {kind: name for name, kind in kinds.items()}
    return {"kind": names[type(item)], **dataclasses.asdict(item)}
