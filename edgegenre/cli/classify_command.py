"""`edgegenre classify`: one answer a sound file."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import say
from edgegenre.cli.options import (
    arithmetic_option,
    bundle_option,
    bundle_or_latest,
    engine_option,
    json_option,
    scheduler_option,
    skip_broken_option,
)
from edgegenre.cli.sound_files import refuse_unread, sound_files
from edgegenre.printable import printable

if TYPE_CHECKING:
    from edgegenre.cluster.classify import Answer
    from edgegenre.integer.requantize import Arithmetic
    from edgegenre.runtime.classifier import Decision


@click.command("classify", short_help="Classify sound files and folders of them.")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@bundle_option
@engine_option
@arithmetic_option
@skip_broken_option
@json_option
@scheduler_option
@click.option("--logits", is_flag=True, help="With --json: the decision behind the answer, raw logits and all.")
def classify_command(
    paths: tuple[Path, ...],
    bundle: Path | None,
    engine: str | None,
    arithmetic: "Arithmetic",
    skip_broken: bool,
    as_json: bool,
    scheduler: str | None,
    logits: bool,
) -> None:
    """Classify sound files, and all sound files below folders. --json: one object a line.

    The answer may also be "unknown" or "silence": docs/decisions.md.
    """
    from edgegenre.cluster.classify import Listener, answer, answers_of_workers
    from edgegenre.errors import AudioError
    from edgegenre.runtime.classifier import Classifier

    if logits and not as_json:
        raise click.UsageError("--logits adds to JSON; it goes with --json.")
    classifier = Classifier(bundle_or_latest(bundle), engine, arithmetic=arithmetic)
    if not as_json:
        say(f"{classifier.model.folder} on the engine {classifier.engine.name}")
    files, unread = sound_files(paths)
    answered = 0
    if scheduler is None:
        answers: Iterator[Answer] = (answer(classifier, path) for path in files)
    else:
        answers = answers_of_workers(files, Listener.like(classifier, arithmetic), scheduler)
    for path, heard in zip(files, answers, strict=True):
        if heard.decision is None:
            if not skip_broken:
                raise AudioError(heard.problem)
            say(f"skipped {heard.problem}")
            continue
        for remark in heard.remarks:
            say(remark)
        answered += 1
        if as_json:
            click.echo(_json(path, heard.decision, classifier.engine.name, logits))
        else:
            click.echo(_plain(path, heard.decision))
    if not answered:
        raise AudioError("not one of the files could be classified.")
    if not skip_broken:
        refuse_unread(unread)


def _json(path: Path, decision: "Decision", engine: str, logits: bool) -> str:
    assert decision.event is not None
    answer = dataclasses.asdict(decision.event) | {"probabilities": decision.probabilities}
    return json.dumps({"file": str(path), "engine": engine} | (dataclasses.asdict(decision) if logits else answer))


def _plain(path: Path, decision: "Decision") -> str:
    assert decision.event is not None
    best = sorted(decision.probabilities.items(), key=lambda item: -item[1])[:3]
    shares = ", ".join(f"{printable(label)} {share:.0%}" for label, share in best)
    return f"{printable(str(path))}: {printable(decision.event.text)}  ({shares})"
