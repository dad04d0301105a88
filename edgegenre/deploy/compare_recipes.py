"""What each quantization recipe does to a trained run: accuracy, agreement with float, size. Never on test tracks."""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgegenre.datasets.split_record import to_json
from edgegenre.deploy.from_run import integers_of
from edgegenre.deploy.scores import RealLogits, device_windows, float_logits, integer_logits
from edgegenre.errors import DatasetError, ExportError, MissingDependencyError, QuantizationError
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.frontend.windows import one_window, window_count
from edgegenre.integer.network import IntegerNetwork
from edgegenre.metrics import accuracy, mean_interval, wilson_interval
from edgegenre.network.costs import Costs, costs
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.layers import GlobalAverage, Gru, Lstm
from edgegenre.progress import SILENT, Progress
from edgegenre.quantize.calibrate import INPUT
from edgegenre.quantize.float16 import float16_weights
from edgegenre.quantize.recipe import QuantizationRecipe, float_recipes, integer_recipes, trained_recipes
from edgegenre.runs.run_folder import Run
from edgegenre.runs.training_clips import spread, windows_of
from edgegenre.voting import track_shares

ENOUGH_CLIPS = 100
"""With fewer validation clips, training clips that calibration does not see are counted too."""

RULE = (
    "of the int8 recipes whose top-1 agreement lies within the 95 % interval of the best, those whose logit error is "
    "at most a quarter above the smallest or cannot be told from it (95 % interval of the paired differences), and of "
    "these the plainest"
)

NEAR = 1.25
"""A logit error this many times the smallest counts as near: the quarter of RULE."""

FLOAT = "float32"


@dataclass(frozen=True, kw_only=True)
class RecipeScore:
    """One line of the comparison. recipe: "float32" for the network as it was trained.

    form: float32, float16, int8 or int16x8. accuracy: of the validation tracks, with its 95 % interval. agreement:
    share of the counted clips with the float network's class, with its interval; logit_error: mean |logit - float
    logit| over these. stored_bytes: weights, biases and scales. file_bytes: the .tflite of integers, the .onnx of
    floats, without the manifest inside; None where it cannot be written here. stream_ram_bytes: None for floats, which
    are not streamed.
    """

    recipe: str
    summary: str
    form: str
    accuracy: float
    accuracy_interval: tuple[float, float]
    agreement: float
    agreement_interval: tuple[float, float]
    logit_error: float
    stored_bytes: int
    file_bytes: int | None
    stream_ram_bytes: int | None
    multiplies: int


@dataclass(frozen=True, kw_only=True)
class RecipeComparison:
    """scores: float32 first, then the recipes, the plainest first. left_out: why a recipe is not among them.

    counted: in words, which clips agreement and logit error are counted on. recommended: a recipe's name, by RULE.
    """

    model: str
    run: str
    data: str
    synthetic: bool
    validation_tracks: int
    counted_clips: int
    counted: str
    scores: tuple[RecipeScore, ...]
    left_out: tuple[str, ...]
    recommended: str

    @property
    def recommended_score(self) -> RecipeScore:
        """The line of the recommended recipe."""
        return next(score for score in self.scores if score.recipe == self.recommended)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        return dataclasses.asdict(self) | {"rule": RULE, "split": "validation"}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Clips:
    """What is counted: int8 windows of validation tracks, by track, and of training tracks that were held back, if any.

    learning: the run that recipes learn from, its training split without the tracks held back.
    """

    tracks: list[dict[str, np.ndarray]]
    truth: np.ndarray
    held_back: list[dict[str, np.ndarray]]
    learning: Run

    @property
    def windows(self) -> Iterator[dict[str, np.ndarray]]:
        """All windows [1, time, frequency] of every input, those of validation tracks first."""
        for part in [*self.tracks, *self.held_back]:
            for number in range(window_count(part)):
                yield one_window(part, number)

    @property
    def count(self) -> int:
        """How many windows there are."""
        return sum(map(window_count, [*self.tracks, *self.held_back]))

    @property
    def words(self) -> str:
        """For people."""
        validation = f"{sum(map(window_count, self.tracks))} clips of {len(self.tracks)} validation tracks"
        if not self.held_back:
            return validation
        held_back = sum(map(window_count, self.held_back))
        return (
            f"{validation} and, as these are few, {held_back} clips of training tracks that recipes did "
            f"not see here (they saw {len(self.learning.split.train)} others)"
        )


def compare_recipes(run: Run, *, qat: bool = False, progress: Progress = SILENT) -> RecipeComparison:
    """Quantize `run` by every recipe that applies to it and score the results by the numpy reference.

    qat: also by those with quantization-aware training, which take minutes and choose an iteration on the validation
    tracks: that flatters them a little.
    Integers are computed in the arithmetic float32. Nothing is written, and the test split is not looked at. Raises
    DatasetError or AudioError when the run has no validation tracks, or its tracks are no longer there.
    """
    clips = _clips(run, progress)
    network = run.float_network()
    price = costs(run.network, frames_per_second=1 / run.clock.hop_seconds)
    expected = _logits(float_logits(network), clips, progress, f"scoring {FLOAT}")
    judge = _Judge(clips=clips, expected=expected, costs=price)
    as_trained = "as it was trained"
    scores = [judge.score(FLOAT, as_trained, FLOAT, expected, _stored(network), _onnx_size(network))]
    errors = {}
    trained, left_out = trained_recipes(), []
    if not qat:
        left_out = [f"{recipe.name}: it trains, which takes a minute or more. Add --qat." for recipe in trained]
        trained = []
    for recipe in [*integer_recipes(), *trained, *float_recipes()]:
        try:
            outcome = _applied(recipe, network, clips, progress)
        except (QuantizationError, MissingDependencyError) as error:
            left_out.append(f"{recipe.name}: {error}")
            continue
        logits = _logits(outcome.logits, clips, progress, f"scoring {recipe.name}")
        scores.append(
            judge.score(recipe.name, recipe.summary, outcome.form, logits, outcome.stored_bytes, outcome.file_bytes)
        )
        errors[recipe.name] = np.abs(logits - expected).mean(axis=1)
    return RecipeComparison(
        model=run.model,
        run=run.path.name,
        data=run.dataset.name,
        synthetic=run.dataset.synthetic,
        validation_tracks=len(clips.tracks),
        counted_clips=clips.count,
        counted=clips.words,
        scores=tuple(scores),
        left_out=tuple(left_out),
        recommended=recommended(scores[1:], errors),
    )


def recommended(scores: Sequence[RecipeScore], errors: dict[str, np.ndarray]) -> str:
    """The recipe that RULE picks. scores: the plainest first; errors: mean |logit error| of each clip, by recipe."""
    candidates = [score for score in scores if score.form == "int8"] or list(scores)
    best = max(candidates, key=lambda score: score.agreement)
    candidates = [score for score in candidates if score.agreement >= best.agreement_interval[0]]
    nearest = min(candidates, key=lambda score: score.logit_error)
    for score in candidates:
        difference = mean_interval(errors[score.recipe] - errors[nearest.recipe])
        if score.logit_error <= NEAR * nearest.logit_error or difference.low <= 0:
            return score.recipe
    raise AssertionError("the nearest is a candidate")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Outcome:
    """A network after a recipe."""

    form: str
    logits: RealLogits
    stored_bytes: int
    file_bytes: int | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Judge:
    """Holds what every recipe is compared with. expected: the float network's logits [clips, classes]."""

    clips: _Clips
    expected: np.ndarray
    costs: Costs

    def score(
        self, recipe: str, summary: str, form: str, logits: np.ndarray, stored_bytes: int, file_bytes: int | None
    ) -> RecipeScore:
        predicted = self._track_classes(logits)
        right = wilson_interval(int((predicted == self.clips.truth).sum()), len(predicted))
        same = wilson_interval(int((logits.argmax(axis=1) == self.expected.argmax(axis=1)).sum()), len(logits))
        return RecipeScore(
            recipe=recipe,
            summary=summary,
            form=form,
            accuracy=accuracy(self.clips.truth, predicted),
            accuracy_interval=(right.low, right.high),
            agreement=same.value,
            agreement_interval=(same.low, same.high),
            logit_error=float(np.abs(logits - self.expected).mean()),
            stored_bytes=stored_bytes,
            file_bytes=file_bytes,
            stream_ram_bytes=_stream_ram(self.costs, form),
            multiplies=self.costs.multiplies,
        )

    def _track_classes(self, logits: np.ndarray) -> np.ndarray:
        counts = [window_count(part) for part in self.clips.tracks]
        track = np.repeat(np.arange(len(counts)), counts)
        return track_shares(logits[: len(track)], track, self.clips.learning.vote).argmax(axis=1)


def _clips(run: Run, progress: Progress) -> _Clips:
    tracks = run.split.validation
    if not tracks:
        raise DatasetError(f"{run.path}: this run has no validation tracks to compare recipes on.")
    parts = device_windows(tracks, run.inputs, progress, "reading validation tracks")
    missing = ENOUGH_CLIPS - sum(map(window_count, parts))
    held_back = []
    learning = run
    if missing > 0 and len(run.split.train) > 1:
        training = spread(run.split.train, len(run.split.train))
        normalized = windows_of(run, training[1::2], missing, progress=progress)
        held_back.append({name: INPUT.quantize(array) for name, array in normalized.items()})
        split = dataclasses.replace(run.split, train=tuple(training[::2]))
        learning = dataclasses.replace(run, recorded_split=to_json(split, run.dataset.root))
    truth = np.array([run.labels.index(track.label) for track in tracks])
    return _Clips(tracks=parts, truth=truth, held_back=held_back, learning=learning)


def _applied(recipe: QuantizationRecipe, network: FloatNetwork, clips: _Clips, progress: Progress) -> _Outcome:
    if not recipe.quantizes:
        halved = float16_weights(network)
        return _Outcome(
            form="float16", logits=float_logits(halved), stored_bytes=_stored(halved), file_bytes=_onnx_size(halved)
        )
    integers, _ = integers_of(clips.learning, network, recipe, progress=progress)
    form = "int8" if recipe.bits == 8 else "int16x8"
    return _Outcome(
        form=form,
        logits=integer_logits(integers),
        stored_bytes=_stored_integers(integers),
        file_bytes=_tflite_size(integers),
    )


def _logits(forward: RealLogits, clips: _Clips, progress: Progress, title: str) -> np.ndarray:
    """float64 [clips, classes], one clip at a time: many at once would take gigabytes."""
    found = []
    with progress.task(title, clips.count) as task:
        for window in clips.windows:
            found.append(forward(window)[0])
            task.advance()
    return np.array(found, np.float64)


def _stream_ram(price: Costs, form: str) -> int | None:
    """int16 activations take twice the bytes; sums and recurrent states have their own width in either form."""
    if form not in ("int8", "int16x8"):
        return None
    heads = [kind.__name__ for kind in (GlobalAverage, Gru, Lstm)]
    fixed = sum(layer.state_bytes for layer in price.layers if layer.kind in heads)
    return price.ram_stream_bytes if form == "int8" else 2 * price.ram_stream_bytes - fixed


def _stored(network: FloatNetwork) -> int:
    return sum(array.nbytes for group in network.arrays.values() for array in group.values())


def _stored_integers(network: IntegerNetwork) -> int:
    return sum(value.nbytes for item in network.operations for value in vars(item).values() if _is_array(value))


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray)


def _onnx_size(network: FloatNetwork) -> int | None:
    return _size(lambda: float_onnx_bytes(network, ""))


def _tflite_size(network: IntegerNetwork) -> int | None:
    return _size(lambda: tflite_bytes(network, ""))


def _size(write: Callable[[], bytes]) -> int | None:
    try:
        return len(write())
    except (ExportError, MissingDependencyError):
        return None
