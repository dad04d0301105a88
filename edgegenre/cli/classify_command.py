"""`edgegenre classify`: one answer a sound file."""

import dataclasses
import json
from collections.abc import Iterable, Iterator
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
    skip_broken_option,
)
from edgegenre.printable import printable

if TYPE_CHECKING:
    from edgegenre.integer.requantize import Arithmetic
    from edgegenre.runtime.classifier import Decision


@click.command("classify", short_help="Classify sound files and folders of them.")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@bundle_option
@engine_option
@arithmetic_option
@skip_broken_option
@json_option
def classify_command(
    paths: tuple[Path, ...],
    bundle: Path | None,
    engine: str | None,
    arithmetic: "Arithmetic",
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Classify sound files, and all sound files below folders. --json: one object a line."""
    from edgegenre.errors import AudioError
    from edgegenre.runtime.classifier import Classifier

    classifier = Classifier(bundle_or_latest(bundle), engine, arithmetic=arithmetic)
    answered = 0
    for path in _sound_files(paths):
        try:
            decision = classifier.classify_file(path)
        except AudioError as error:
            if not skip_broken:
                raise
            say(f"skipped {error}")
            continue
        answered += 1
        click.echo(_line(path, decision, as_json))
    if not answered:
        raise AudioError("not one of the files could be classified.")


def _sound_files(paths: Iterable[Path]) -> Iterator[Path]:
    from edgegenre.datasets.folder import AUDIO_SUFFIXES
    from edgegenre.errors import AudioError

    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = sorted(item for item in path.rglob("*") if item.suffix.lower() in AUDIO_SUFFIXES and item.is_file())
        if not found:
            raise AudioError(f"{path}: holds no sound file. Name a folder with WAV, FLAC, OGG or MP3 files.")
        yield from found


def _line(path: Path, decision: "Decision", as_json: bool) -> str:
    if as_json:
        return json.dumps({"file": str(path)} | dataclasses.asdict(decision))
    best = sorted(decision.probabilities.items(), key=lambda item: -item[1])[:3]
    shares = ", ".join(f"{printable(label)} {share:.0%}" for label, share in best)
    return f"{printable(str(path))}: {printable(decision.label)}  ({shares})"
