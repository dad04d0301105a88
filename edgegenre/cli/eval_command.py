"""`edgegenre eval`: how many tracks a run or bundle recognizes."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.console import console_progress, print_json, say
from edgegenre.cli.leak_lines import show_leak
from edgegenre.cli.options import (
    arithmetic_option,
    bundle_or_latest,
    data_at_option,
    engine_option,
    json_option,
    seed_option,
    skip_broken_option,
)

if TYPE_CHECKING:
    from edgegenre.evaluation.long_stream import StreamScore
    from edgegenre.evaluation.microphone.twin import Heard
    from edgegenre.evaluation.score import Score
    from edgegenre.integer.requantize import Arithmetic
    from edgegenre.runtime.model import Model


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
@click.option(
    "--non-music",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="With --stream: how often a genre is heard in this folder of speech, noise and other sounds.",
)
@click.option(
    "--microphone",
    is_flag=True,
    help="Repeat the test as microphones hear it: quieter, filtered, in rooms, in noise (simulated).",
)
@click.option(
    "--noise",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="With --microphone: also in your own recordings of noise.",
)
@click.option(
    "--keep", is_flag=True, help="With --microphone: write the figures into BUNDLE, for its model card and for reports."
)
@seed_option("With --stream and --microphone: of the order, of rooms and of noises.")
@click.option(
    "--picture",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Draw the result, .png or .svg: reliability, the curve over thresholds, or accuracy in each kind of sound.",
)
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Write the result as a JSON file, too.")
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
    non_music: Path | None,
    microphone: bool,
    noise: Path | None,
    keep: bool,
    seed: int,
    picture: Path | None,
    out: Path | None,
    engine: str | None,
    arithmetic: "Arithmetic",
    skip_broken: bool,
    as_json: bool,
) -> None:
    """Score RUN or BUNDLE (default: the newest bundle) on labeled tracks: clip by clip, as one long stream, or as
    microphones would hear them."""
    from edgegenre.errors import BundleError
    from edgegenre.evaluation.misclassified import check_folder, draw_misclassified
    from edgegenre.evaluation.plot_style import check_picture
    from edgegenre.evaluation.score import Score, held_out, recorded_leak, whole_folder
    from edgegenre.files import write_json
    from edgegenre.runtime.model import open_model

    if data is not None and data_at is not None:
        raise click.UsageError("--data names what to score; --data-at says where a run's own tracks are. Give one.")
    if pictures is not None and (minutes is not None or microphone):
        raise click.UsageError("--misclassified draws windows of tracks. Leave out --stream and --microphone.")
    if pictures is not None:
        check_folder(pictures)
    _check_modes(minutes, non_music, microphone, noise, keep)
    if picture is not None:
        check_picture(picture)
    model = open_model(bundle_or_latest(source))
    if keep and model.bundle is None:
        raise BundleError(f"{model.folder}: is a run, and --keep writes into a bundle. Make one: edgegenre export RUN.")
    material = whole_folder(data) if data is not None else held_out(model, data_at=data_at)
    for problem in material.problems:
        say(problem)
    how: dict[str, Any] = {
        "engine": engine,
        "arithmetic": arithmetic,
        "skip_broken": skip_broken,
        "progress": console_progress(),
    }
    result: Score | StreamScore | Heard
    if microphone:
        from edgegenre.evaluation.microphone.twin import score_microphone

        result = score_microphone(model, material, seed=seed, noise=noise, **how)
    elif minutes is not None:
        from edgegenre.evaluation.long_stream import score_stream

        result = score_stream(model, material, minutes=minutes, seed=seed, non_music=non_music, **how)
    else:
        from edgegenre.evaluation.score import score

        result = score(model, material, **how)
    if pictures is not None:
        found = draw_misclassified(model, material, pictures, **how)
        say(f"{pictures}: {len(found.drawn)} pictures of {found.wrong} wrong among {found.windows} windows.")
    for sentence in result.skipped:
        say(f"skipped {sentence}")
    if keep:
        _keep(model, result)
    if out is not None:
        write_json(out, result.to_dict())
    if picture is not None:
        _draw(result, picture)
    if as_json:
        print_json(result.to_dict())
    else:
        _show(result)
        if isinstance(result, Score) and data is None:
            show_leak(recorded_leak(model), model.run)


def _keep(model: "Model", result: "Score | StreamScore | Heard") -> None:
    from edgegenre.deploy.retune import retune
    from edgegenre.evaluation.microphone.twin import Heard

    assert model.bundle is not None
    assert isinstance(result, Heard)
    retune(model.bundle, dataclasses.replace(model.bundle.manifest, microphone=result.score))
    say(f"{model.folder}: the figures stand in its manifest and its model card.")


def _check_modes(
    minutes: float | None, non_music: Path | None, microphone: bool, noise: Path | None, keep: bool
) -> None:
    if microphone and minutes is not None:
        raise click.UsageError("--microphone scores clips, --stream one long stream. Give one.")
    if non_music is not None and minutes is None:
        raise click.UsageError("--non-music belongs to a stream. Add --stream MINUTES.")
    if noise is not None and not microphone:
        raise click.UsageError("--noise is what a microphone hears beside the music. Add --microphone.")
    if keep and not microphone:
        raise click.UsageError("--keep writes what a test of microphones found. Add --microphone.")


def _show(result: "Score | StreamScore | Heard") -> None:
    from edgegenre.cli.eval_tables import show_microphone, show_score, show_stream
    from edgegenre.evaluation.long_stream import StreamScore
    from edgegenre.evaluation.score import Score

    if isinstance(result, Score):
        show_score(result)
    elif isinstance(result, StreamScore):
        show_stream(result)
    else:
        show_microphone(result)


def _draw(result: "Score | StreamScore | Heard", picture: Path) -> None:
    from edgegenre.evaluation.long_stream import StreamScore
    from edgegenre.evaluation.microphone.picture import draw_microphone
    from edgegenre.evaluation.reliability_picture import draw_reliability
    from edgegenre.evaluation.score import Score
    from edgegenre.evaluation.score_card_picture import draw_cards

    if isinstance(result, Score):
        draw_reliability(result, picture)
    elif isinstance(result, StreamScore):
        draw_cards(result, picture)
    else:
        draw_microphone(result, picture)
