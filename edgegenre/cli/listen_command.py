"""`edgegenre listen`: a live answer to a file, raw PCM on standard input, or the microphone."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from edgegenre.cli.console import say
from edgegenre.cli.listen_view import View, open_view
from edgegenre.cli.options import arithmetic_option, bundle_option, bundle_or_latest, engine_option
from edgegenre.errors import AudioError, RuntimeEngineError

if TYPE_CHECKING:
    import numpy as np

    from edgegenre.integer.requantize import Arithmetic
    from edgegenre.integer.streaming import Mode
    from edgegenre.runtime.classifier import Classifier


@click.command("listen", short_help="Classify a file, a pipe or the microphone, live.")
@click.argument("source", metavar="[FILE|-]", required=False)
@click.option("--mic", is_flag=True, help="Listen to the microphone.")
@click.option("--device", metavar="NAME", help="Which microphone, by name or number.")
@click.option(
    "--rate",
    type=click.IntRange(1000, 768_000),
    help="Sample rate of raw PCM on standard input; default: the model's (16000).",
)
@click.option(
    "--mode",
    type=click.Choice(["clip", "continuous"]),
    help="clip: windows one after another, the score of the whole (default for a FILE); continuous: the last 30 s, "
    "smoothed (default for - and --mic).",
)
@click.option("--fast", is_flag=True, help="Do not play a file in real time.")
@click.option("--chunk", type=click.IntRange(min=1), default=800, show_default=True, help="Samples fed at a time.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object whenever the answer changes, one a line.")
@click.option("--logits", is_flag=True, help="Print every decision, in JSON with its logits, not only new answers.")
@bundle_option
@engine_option
@arithmetic_option
def listen_command(
    source: str | None,
    mic: bool,
    device: str | None,
    rate: int | None,
    mode: "Mode | None",
    fast: bool,
    chunk: int,
    as_json: bool,
    logits: bool,
    bundle: Path | None,
    engine: str | None,
    arithmetic: "Arithmetic",
) -> None:
    """Tell the genre of FILE, of - (raw mono s16le PCM or a file) or of the microphone as it changes.

    The answer may also be "unknown" or "silence": docs/decisions.md.
    """
    if mic == (source is not None):
        raise click.UsageError("name one thing to listen to: a FILE, - for standard input, or --mic.")
    if device is not None and not mic:
        raise click.UsageError("--device chooses a microphone; it goes with --mic.")
    if rate is not None and source != "-":
        raise click.UsageError("--rate tells the rate of raw PCM on standard input; it goes with -.")
    live = mic or source == "-"
    classifier = _classifier(bundle_or_latest(bundle), engine, mode, arithmetic, live)
    sample_rate = classifier.model.sample_rate
    paced = not fast and not live
    name = classifier.engine.name
    if not as_json:
        say(f"{classifier.model.folder} on the engine {name}, mode {classifier.mode}")
    with (
        _opened(source, device, rate, chunk, sample_rate) as (chunks, microphone),
        open_view(as_json, logits, name) as view,
    ):
        for samples in _paced(chunks, sample_rate) if paced else chunks:
            _show(view, classifier.push(samples), microphone)
        _show(view, classifier.finish(), microphone)


def _classifier(
    bundle: Path, engine: str | None, mode: "Mode | None", arithmetic: "Arithmetic", live: bool
) -> "Classifier":
    """What is heard live goes on: a clip's score would keep all of it and never forget. Not every engine can."""
    from edgegenre.runtime.classifier import Classifier

    if mode is not None or not live:
        return Classifier(bundle, engine, mode=mode or "clip", arithmetic=arithmetic)
    try:
        return Classifier(bundle, engine, mode="continuous", arithmetic=arithmetic)
    except RuntimeEngineError as error:
        classifier = Classifier(bundle, engine, mode="clip", arithmetic=arithmetic)
        say(f"{error} Listening in clip mode, which keeps all that was heard.")
        return classifier


def _show(view: View, decisions: list[Any], microphone: Any) -> None:
    for decision in decisions:
        view.show(decision, overruns=microphone.overruns if microphone else 0)


@contextmanager
def _opened(
    source: str | None, device: str | None, rate: int | None, chunk: int, sample_rate: int
) -> "Iterator[tuple[Iterator[np.ndarray], Any]]":
    """The chunks, and the microphone where they come from one."""
    from edgegenre.audio.decode import SoundReader
    from edgegenre.audio.sources import piped_chunks, rechunked

    if source == "-":
        yield piped_chunks(_standard_input(), chunk, from_rate=rate, sample_rate=sample_rate), None
    elif source is not None:
        reader = SoundReader(Path(source), sample_rate)
        yield rechunked(reader.blocks(), chunk), None
        for remark in reader.remarks:
            say(remark)
    else:
        from edgegenre.audio.microphone import Microphone

        number = int(device) if device is not None and device.isdecimal() else device
        with Microphone(number, sample_rate=sample_rate) as microphone:
            yield microphone.chunks(chunk), microphone


def _standard_input() -> BinaryIO:
    if sys.stdin is None or sys.stdin.closed:
        raise AudioError("standard input is closed. Pipe samples into `edgegenre listen -`, or name a file.")
    return sys.stdin.buffer


def _paced(chunks: "Iterator[np.ndarray]", sample_rate: int) -> "Iterator[np.ndarray]":
    """The chunks as they would arrive from a microphone: a chunk is passed on when its last sample has sounded."""
    started, heard = time.monotonic(), 0
    for samples in chunks:
        heard += len(samples)
        time.sleep(max(0.0, started + heard / sample_rate - time.monotonic()))
        yield samples
