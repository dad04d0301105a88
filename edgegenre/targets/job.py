"""A job: what is to be measured, as JSON, on its way to the process that measures it."""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Self

from edgegenre.errors import BenchError

ROUNDS = 30

ALL_CORES = 0
"""As a number of threads."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What one process measures, one thing after another and no other job beside it.

    target: what was asked for, as the records name it. kind: the target whose `measure` does it ("cpu" for a job that
    goes to another computer). bundles: folders, where the job is done. models: names of the zoo, whose networks are
    built with random weights; a name that ends in "-standard" is that model with standard convolutions. runs: where
    training runs are, for float weights; empty where there are none. threads: ALL_CORES for as many as there are.
    rounds: of interleaved timing. engines: only these; empty for all. commit: of the source, for the records.
    settings: what else the target's own table of the suite says.
    """

    target: str
    kind: str
    bundles: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    runs: str = ""
    threads: int = 1
    rounds: int = ROUNDS
    engines: tuple[str, ...] = ()
    commit: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line of JSON; `from_json` reads it back."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a job. Raises BenchError when it is none."""
        try:
            values = json.loads(text)
            lists = {name: tuple(values[name]) for name in ("bundles", "models", "engines")}
            return cls(**(values | lists))
        except (ValueError, TypeError, KeyError) as error:
            raise BenchError(f"this is no job of edgegenre's ({error}). Use the same version on both sides.") from error

    def wants(self, engine: str) -> bool:
        """Whether `engine` is to be measured."""
        return not self.engines or engine in self.engines
