"""`edgegenre features`: what the network sees, as arrays on disk."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edgegenre.cli.console import say
from edgegenre.cli.options import scheduler_option, skip_broken_option

if TYPE_CHECKING:
    from edgegenre.cluster.features import Rows


@click.command("features", short_help="Write what the network sees of a file, or of all below a folder.")
@click.argument("path", metavar="FILE|DIR", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="The .npy file to write; of a folder, the folder for one beside each sound file's name.",
)
@click.option(
    "--model", default="ds-cnn1", show_default=True, metavar="NAME", help="The model whose front end is meant."
)
@scheduler_option
@skip_broken_option
def features_command(path: Path, out: Path, model: str, scheduler: str | None, skip_broken: bool) -> None:
    """Write the features of a sound file: float32 [frames, values], not normalized.

    Of a folder: OUT/a/song.wav.npy for each DIR/a/song.wav. They are those of the float front end; the integer one on
    the device stays within 0.05 dB.
    """
    import numpy as np

    from edgegenre.cli.sound_files import refuse_unread, sound_files
    from edgegenre.cluster.features import rows_of, rows_of_workers
    from edgegenre.errors import AudioError
    from edgegenre.files import replacing_file
    from edgegenre.frontend.inputs import only
    from edgegenre.zoo.registry import model as zoo_model

    frontend = only(zoo_model(model).frontends, "edgegenre features")
    files, unread = sound_files([path])
    if scheduler is None:
        found: Iterator[Rows] = (rows_of(frontend, file) for file in files)
    else:
        found = rows_of_workers(files, frontend, scheduler)
    frames = written = 0
    for file, rows in zip(files, found, strict=True):
        if rows.features is None:
            if not skip_broken:
                raise AudioError(rows.problem)
            say(f"skipped {rows.problem}")
            continue
        with replacing_file(_place(file, path, out)) as temporary, temporary.open("wb") as stream:
            np.save(stream, rows.features, allow_pickle=False)
        frames, written = frames + len(rows.features), written + 1
    if not written:
        raise AudioError("features could be computed of not one of the files.")
    if not skip_broken:
        refuse_unread(unread)
    several = f" of {written} files" if written > 1 else ""
    click.echo(f"{out}: {frames} frames{several} of {frontend.contents}, one every {frontend.hop_seconds * 1000:g} ms")


def _place(file: Path, asked: Path, out: Path) -> Path:
    """Where the features of `file` go: it is what was asked for, or lies below that."""
    if file == asked:
        return out
    below = file.relative_to(asked)
    return out / below.parent / f"{below.name}.npy"
