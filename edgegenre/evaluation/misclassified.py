"""Windows that a model answers wrongly, drawn as it hears them: what to look at after a confusion matrix.

Pandey et al. (section VIII) discuss their networks by such spectrograms.
"""

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.datasets.track import Track
from edgegenre.errors import AudioError, EdgegenreError
from edgegenre.evaluation.plot_style import check_picture, write_picture
from edgegenre.evaluation.score import Material, check_labels
from edgegenre.frontend.inputs import FeatureInput, errors_of, read_sound
from edgegenre.frontend.kinds.raw import Raw
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.frontend.windows import input_windows, one_window, window_advance, window_count
from edgegenre.integer.requantize import Arithmetic
from edgegenre.printable import printable
from edgegenre.progress import SILENT, Progress
from edgegenre.runtime.classifier import Classifier
from edgegenre.runtime.engine import probabilities
from edgegenre.runtime.model import Source

MOST_DRAWN = 24

_COLORS = "magma"


@dataclass(frozen=True, kw_only=True, eq=False)
class WrongWindow:
    """A window that was answered wrongly. start: seconds into the track. share: probability of the wrong answer.

    features: int8 [time, frequency] by input, as the network takes them.
    """

    track: Track
    start: float
    answer: str
    share: float
    features: Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Misclassified:
    """wrong of windows were answered wrongly; drawn: the surest of them, each with its picture."""

    windows: int
    wrong: int
    drawn: tuple[tuple[Path, WrongWindow], ...]


def check_folder(folder: Path) -> None:
    """To be asked before the work whose result is drawn.

    Raises EdgegenreError when `folder` is a file or holds anything, MissingDependencyError without matplotlib.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EdgegenreError(f"{folder}: is not an empty folder. Name a new one for the pictures.")
    check_picture(folder / "01.png")


def draw_misclassified(
    source: Source,
    material: Material,
    folder: Path,
    *,
    engine: str | None = None,
    arithmetic: Arithmetic = "float32",
    skip_broken: bool = False,
    progress: Progress = SILENT,
) -> Misclassified:
    """Answer every window of every track for itself and draw the MOST_DRAWN surest wrong ones into `folder`.

    engine, arithmetic, skip_broken: as `score` takes them. Pictures are numbered, the surest first. Raises what `score`
    and `check_folder` raise.
    """
    check_folder(folder)
    classifier = Classifier(source, engine, arithmetic=arithmetic)
    model = classifier.model
    check_labels(material.tracks, model.labels, model.folder)
    surest: list[tuple[float, int, WrongWindow]] = []
    windows, wrong = 0, itertools.count()
    with progress.task("looking for wrong answers", len(material.tracks)) as task:
        for track in material.tracks:
            try:
                for answered in _answers(classifier, track):
                    windows += 1
                    if answered.answer != track.label:
                        heapq.heappush(surest, (answered.share, -next(wrong), answered))
                        if len(surest) > MOST_DRAWN:
                            heapq.heappop(surest)
            except AudioError:
                if not skip_broken:
                    raise
            task.advance(note=track.path.name)
    found = [window for _, _, window in sorted(surest, key=lambda item: item[:2], reverse=True)]
    drawn = []
    with progress.task("drawing", len(found)) as task:
        for number, window in enumerate(found, start=1):
            picture = folder / f"{number:02}.png"
            _draw(picture, window, model.inputs)
            drawn.append((picture, window))
            task.advance(note=picture.name)
    return Misclassified(windows=windows, wrong=next(wrong), drawn=tuple(drawn))


def _answers(classifier: Classifier, track: Track) -> Iterator[WrongWindow]:
    """The answer to every window of a track for itself, the right ones among them."""
    model = classifier.model
    with errors_of(track.path):
        parts = input_windows(model.features(read_sound(track.path, model.frontends).pcm), model.frontends)
    for number in range(window_count(parts)):
        window = one_window(parts, number)
        shares = probabilities(classifier.engine.logits(window)[0], classifier.engine.output, model.temperature)
        best = int(np.argmax(shares))
        yield WrongWindow(
            track=track,
            start=number * window_advance(model.frontends) / model.sample_rate,
            answer=model.labels[best],
            share=float(shares[best]),
            features={name: array[0] for name, array in window.items()},
        )


def _draw(picture: Path, window: WrongWindow, inputs: Mapping[str, FeatureInput]) -> None:
    def draw(figure: Any) -> None:
        panels = figure.subplots(len(inputs), 1, squeeze=False)[:, 0]
        for axes, (name, item) in zip(panels, inputs.items(), strict=True):
            _panel(axes, window.features[name], item, window.start)
        panels[0].set_title(
            f"{printable(window.track.label)}, answered {printable(window.answer)} ({window.share:.0%})\n"
            f"{printable(window.track.identifier)}, from {window.start:.1f} s",
            parse_math=False,
        )
        panels[-1].set_xlabel("seconds")

    write_picture(picture, draw, inches=(6.4, 1.4 + 2.6 * len(inputs)))


def _panel(axes: Any, features: np.ndarray, item: FeatureInput, start: float) -> None:
    """One input in the unit of its front end: samples as a curve, everything else as a spectrogram."""
    scores = features.astype(np.float64) / STEPS_PER_DEVIATION
    values = scores * np.array(item.normalization.deviation) + np.array(item.normalization.mean)
    end = start + len(values) * item.frontend.hop_seconds
    axes.set_ylabel(item.frontend.contents)
    if isinstance(item.frontend, Raw):
        samples = values.ravel()
        axes.plot(np.linspace(start, end, len(samples)), samples, linewidth=0.4)
        axes.set_xlim(start, end)
        return
    axes.grid(visible=False)
    axes.imshow(
        values.T,
        origin="lower",
        aspect="auto",
        cmap=_COLORS,
        interpolation="nearest",
        extent=(start, end, 0, values.shape[1]),
    )
