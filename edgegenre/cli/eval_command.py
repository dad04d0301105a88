"""`edgegenre eval`: how many tracks a run or bundle recognizes."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import console_progress, print_json, print_table, say, show
from edgegenre.cli.options import (
    arithmetic_option,
    bundle_or_latest,
    data_at_option,
    engine_option,
    json_option,
    skip_broken_option,
)

if TYPE_CHECKING:
    from edgegenre.evaluation.long_stream import StreamScore
    from edgegenre.evaluation.score import Score
    from edgegenre.integer.requantize import Arithmetic


@click.command("eval", short_help="Score a run or bundle on labeled tracks.")
@click.argument("source", metavar="[RUN|BUNDLE]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Score every file of this folder-a-genre directory. Without it: the test tracks of the run.",
)
@click.option(
    "--stream",
    "minutes",
    metavar="MINUTES",
    type=float,
    help="Play the tracks as one stream of so many minutes instead, and score continuous mode.",
)
@click.option(
    "--misclassified",
    "pictures",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Also draw windows that are answered wrongly as the model hears them, the surest first, into a new folder.",
)
@data_at_option
@engine_option
@arithmetic_option
@skip_broken_option
@json_option
def eval_command(
    source: Path | None,
    data: Path | None,
    data_at: Path | None,
    minutes: float | None,
    pictures: Path | None,
    engine: str | None,
    arithmetic: "Arithmetic",
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Score RUN or BUNDLE (default: the newest bundle) on labeled tracks, clip by clip or as one long stream."""
    from edgegenre.evaluation.long_stream import score_stream
    from edgegenre.evaluation.misclassified import check_folder, draw_misclassified
    from edgegenre.evaluation.score import Score, held_out, score, whole_folder
    from edgegenre.runtime.model import open_model

    if data is not None and data_at is not None:
        raise click.UsageError("--data names what to score; --data-at says where a run's own tracks are. Give one.")
    if pictures is not None and minutes is not None:
        raise click.UsageError("--misclassified draws windows of tracks; a stream has none. Leave out --stream.")
    if pictures is not None:
        check_folder(pictures)
    model = open_model(bundle_or_latest(source))
    material = whole_folder(data) if data is not None else held_out(model, data_at=data_at)
    for problem in material.problems:
        say(problem)
    result: Score | StreamScore
    if minutes is None:
        result = score(
            model, material, engine=engine, arithmetic=arithmetic, skip_broken=skip_broken, progress=console_progress()
        )
    else:
        result = score_stream(
            model,
            material,
            minutes=minutes,
            engine=engine,
            arithmetic=arithmetic,
            skip_broken=skip_broken,
            progress=console_progress(),
        )
    if pictures is not None:
        found = draw_misclassified(
            model,
            material,
            pictures,
            engine=engine,
            arithmetic=arithmetic,
            skip_broken=skip_broken,
            progress=console_progress(),
        )
        say(f"{pictures}: {len(found.drawn)} pictures of {found.wrong} wrong among {found.windows} windows.")
    for sentence in result.skipped:
        say(f"skipped {sentence}")
    if as_json:
        print_json(result.to_dict())
    elif isinstance(result, Score):
        _show(result)
    else:
        _show_stream(result)


def _show(result: "Score") -> None:
    low, high = result.interval
    synthetic = " (synthetic)" if result.synthetic else ""
    show(f"{result.model} on {result.data}{synthetic}, {result.split}: {result.clips} tracks")
    show(f"engine {result.engine}, arithmetic {result.arithmetic}")
    show(f"accuracy {result.accuracy:.3f} (95 % interval {low:.3f} to {high:.3f}), macro F1 {result.macro_f1:.3f}\n")
    rows = [
        [label, f"{item.precision:.3f}", f"{item.recall:.3f}", f"{item.f1:.3f}", str(item.support)]
        for label, item in result.per_class.items()
    ]
    print_table(["genre", "precision", "recall", "F1", "tracks"], rows)
    show("\nConfusion: a row is the true genre, a column the answer.")
    numbers = [str(number) for number in range(1, len(result.labels) + 1)]
    lines = [
        [f"{number} {label}", *map(str, row)]
        for number, label, row in zip(numbers, result.labels, result.confusion.tolist(), strict=True)
    ]
    print_table(["", *numbers], lines)


def _show_stream(result: "StreamScore") -> None:
    synthetic = " (synthetic)" if result.synthetic else ""
    bounds = "" if result.interval is None else " (95 % interval {:.3f} to {:.3f})".format(*result.interval)
    show(
        f"{result.model} on {result.data}{synthetic}, {result.split}: one stream of {result.seconds / 60:g} minutes, "
        f"{result.changes} changes of genre"
    )
    show(f"engine {result.engine}, arithmetic {result.arithmetic}, continuous mode")
    show(
        f"accuracy {result.accuracy:.3f}{bounds} once a whole window was of one genre: "
        f"{result.decisions} decisions in {result.stretches} stretches"
    )
    if result.after_change is not None:
        show(f"accuracy {result.after_change:.3f} before that, in the first window after a change")
