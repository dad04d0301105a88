"""Suites: what to measure, as TOML."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgegenre.errors import BenchError, did_you_mean
from edgegenre.rooms import room
from edgegenre.targets.job import ROUNDS
from edgegenre.targets.registry import TARGETS
from edgegenre.untrusted import LARGEST_TOML, UnreadableError, parse_toml, read_bytes

DEFAULT = "default"

_KINDS: dict[str, type] = {
    "rounds": int,
    "bundles": bool,
    "target": dict,
    "models": list,
    "partners": list,
    "engines": list,
}


@dataclass(frozen=True, kw_only=True)
class Suite:
    """What is measured beside, or instead of, the bundles that are named.

    bundles: whether bundles take part. models: networks of the zoo, with random weights. partners: the
    targets where the standard networks of equal parameters and of equal width are measured beside each separable
    model. engines: only these; empty
    for all. targets: the settings of each, by its name.
    """

    name: str
    rounds: int = ROUNDS
    bundles: bool = True
    models: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def find_suite(name: str) -> Suite:
    """The suite `name` of bench/suites, or the one in the file `name` when it ends in .toml.

    Raises BenchError when there is none, or what is wrong in it.
    """
    path = Path(name)
    if path.suffix != ".toml":
        known = {file.stem: file for file in sorted((room("bench") / "suites").glob("*.toml"))}
        if name not in known:
            raise BenchError(
                f"suite '{name}' is not known.{did_you_mean(name, known)} Known: {', '.join(known)}; one of your own "
                "is given as the path of its .toml file."
            )
        path = known[name]
    try:
        values = parse_toml(read_bytes(path, largest=LARGEST_TOML))
    except (OSError, UnreadableError) as error:
        raise BenchError(f"{path}: cannot be read ({error}). A suite is TOML, like those of bench/suites.") from error
    return _suite(path, values)


def _suite(path: Path, values: Mapping[str, Any]) -> Suite:
    for name, value in values.items():
        if name not in _KINDS:
            raise BenchError(f"{path}: '{name}' is not known.{did_you_mean(name, _KINDS)} Known: {', '.join(_KINDS)}.")
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if type(value) is not _KINDS[name] or (_KINDS[name] is list and not texts):
            raise BenchError(f"{path}: {name} is {repr(value)[:80]}, it has to be a {_KINDS[name].__name__}.")
    targets: dict[str, Any] = values.get("target", {})
    for target, settings in targets.items():
        if target not in TARGETS:
            raise BenchError(f"{path}: there is no target '{target}'. Known: {', '.join(TARGETS)}.")
        _check_settings(path, target, settings)
    return Suite(
        name=path.stem,
        rounds=values.get("rounds", ROUNDS),
        bundles=values.get("bundles", True),
        models=tuple(values.get("models", ())),
        partners=tuple(values.get("partners", ())),
        engines=tuple(values.get("engines", ())),
        targets=targets,
    )


def _check_settings(path: Path, target: str, settings: Any) -> None:
    known = TARGETS[target].settings
    if not isinstance(settings, dict):
        raise BenchError(f"{path}: target.{target} has to be a table.")
    unknown = next((name for name in settings if name not in known), None)
    if unknown is not None:
        raise BenchError(f"{path}: target {target} has no setting '{unknown}'. Known: {', '.join(known) or 'none'}.")
