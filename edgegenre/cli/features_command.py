"""`edgegenre features`: what the network sees, as an array on disk."""

from pathlib import Path

import click


@click.command("features", short_help="Write what the network sees of a file.")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The .npy file to write.")
@click.option(
    "--model", default="ds-cnn1", show_default=True, metavar="NAME", help="The model whose front end is meant."
)
def features_command(path: Path, out: Path, model: str) -> None:
    """Write the features of a sound file: float32 [frames, values], not normalized.

    They are those of the float front end; the integer one on the device stays within 0.05 dB.
    """
    import numpy as np

    from edgegenre.audio.decode import load_pcm
    from edgegenre.errors import AudioError
    from edgegenre.files import replacing_file
    from edgegenre.frontend.inputs import only
    from edgegenre.zoo.registry import model as zoo_model

    spec = only(zoo_model(model).frontends, "edgegenre features")
    features = spec.float32(load_pcm(path, spec.sample_rate))
    if not len(features):
        raise AudioError(f"{path}: is too short: one frame needs {spec.frame_seconds:g} s.")
    with replacing_file(out) as temporary, temporary.open("wb") as stream:
        np.save(stream, features, allow_pickle=False)
    click.echo(f"{out}: {len(features)} frames of {spec.contents}, one every {spec.hop_seconds * 1000:g} ms")
