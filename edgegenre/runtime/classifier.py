"""From PCM to genre: a classifier that is fed any number of samples at a time."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.decisions.arithmetic import hop_energies
from edgegenre.decisions.decider import Decider
from edgegenre.decisions.rules import ONE
from edgegenre.errors import FeatureError, RuntimeEngineError
from edgegenre.frontend.inputs import check_one_sound, errors_of, read_sound
from edgegenre.frontend.streaming import FeatureStream
from edgegenre.frontend.window_cutter import Portion, RowAligner, WindowCutter
from edgegenre.frontend.windows import input_windows, joined, one_window, window_count
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import Mode, StreamLogits
from edgegenre.runtime.engine import probabilities
from edgegenre.runtime.events import Event, event_of
from edgegenre.runtime.model import Source, open_model
from edgegenre.runtime.registry import open_engine
from edgegenre.voting import combined

MODES: tuple[Mode, ...] = ("clip", "continuous")


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the classifier thinks after `time_seconds` of audio (the end of the last complete frame).

    label: the most probable one, the first of the model's labels where several are equal. probabilities: by label, in
    the model's order, calibrated; all 0 where a stream is silent. logits: of the newest window: integer steps of an
    integer model, real numbers of a float one. provisional: the window is not complete yet. window: the number of the
    window that `logits` belong to, from 0. event: the answer, where there is news of it; in a clip always that of its
    last complete window.
    """

    time_seconds: float
    label: str
    probabilities: dict[str, float]
    logits: tuple[float, ...]
    provisional: bool
    window: int
    event: Event | None = None


class Classifier:
    """Push int16 samples, get decisions; the decisions do not depend on how the samples are cut into chunks.

    clip: the audio is cut into consecutive windows, the tail is dropped; the windows vote as the model has it, one that
    is still being heard (provisional) counted like a complete one. Audio shorter than a window is repeated from its
    start by `finish`. continuous: the last window's worth of audio, however long it goes on; the probabilities are
    averaged as the model's decisions say, and provisional until a whole window was heard. Answers are the integers of
    `edgegenre.decisions`, whatever the vote.

    source: a bundle or run, or its folder. engine: see `open_engine`. remarks: what is odd about the file that was
    classified last, a sentence each. Features are computed as they are deployed: in integers where the front end has an
    integer form.
    Raises BundleError, TrainingError, RuntimeEngineError or MissingDependencyError when the model cannot be opened.
    """

    def __init__(
        self,
        source: Source,
        engine: str | None = None,
        *,
        mode: Mode = "clip",
        arithmetic: Arithmetic = "float32",
        threads: int = 1,
    ) -> None:
        if mode not in MODES:
            raise RuntimeEngineError(f"mode '{mode}' is not known. Known: {', '.join(MODES)}.")
        self.model = open_model(source)
        self.engine = open_engine(engine, self.model, arithmetic=arithmetic, threads=threads, mode=mode)
        self.mode = mode
        self.remarks: tuple[str, ...] = ()
        self._stream = self.engine.stream(mode)
        self._feature_streams = {name: FeatureStream(each) for name, each in self.model.extractors.items()}
        self._cutter = WindowCutter(self.model.frontends)
        self._aligner = RowAligner(self.model.frontends)
        self._rules = self.model.rules(self.engine.output)
        self._decider = Decider(self._rules, mode)
        self.reset()

    def reset(self) -> None:
        """Forget all audio."""
        for stream in self._feature_streams.values():
            stream.reset()
        self._stream.reset()
        self._frames = 0
        self._cutter.reset()
        self._aligner.reset()
        self._rows: list[dict[str, np.ndarray]] = []
        self._shares: list[np.ndarray] = []
        self._logits = np.empty(0)
        self._last: Decision | None = None
        self._decider.reset()
        self._unframed = np.empty(0, np.int16)
        self._energies = [np.empty(0, np.int64)]
        self._hops_heard = 0

    def push(self, samples: np.ndarray) -> list[Decision]:
        """Take int16 samples [any number] at the model's rate; returns the decisions that they complete.

        Raises FeatureError when `samples` is not one channel of int16, or the model hears stems of songs.
        """
        check_one_sound(self.model.frontends, "a stream")
        rows = {name: stream.push(samples) for name, stream in self._feature_streams.items()}
        self._frames += len(rows[self._clock])
        self._keep_levels(samples)
        decisions = self._push_continuous(rows) if self.mode == "continuous" else self._push_clip(rows)
        if decisions:
            self._last = decisions[-1]
        return decisions

    def finish(self) -> list[Decision]:
        """The audio is over: the final decision of a clip, unless `push` returned it already.

        Raises FeatureError when the audio was too short for any decision.
        """
        if self.mode == "continuous":
            if self._last is None:
                raise FeatureError(
                    f"{self._seconds(self._frames):.1f} s of audio are too short for a decision in continuous mode. "
                    "Listen longer, or use the mode clip."
                )
            return []
        if self._last is not None and not self._last.provisional and self._heard(self._last):
            return []
        if not self._shares:
            rows = joined(self._rows) if self._rows else self.model.features(np.empty(0, np.int16))
            self._settle(self._logits_of(input_windows(rows, self.model.frontends)), self._frames)
        self._last = self._verdict(self._frames)
        return [self._last]

    def classify_pcm(self, pcm: np.ndarray) -> Decision:
        """The final decision on int16 PCM [samples], as clip mode makes it; forgets all audio pushed before.

        Raises FeatureError when there is not one frame, or the model hears stems of songs.
        """
        return self._classify(self.model.features(pcm), pcm)

    def _classify(self, features: Mapping[str, np.ndarray], sound: np.ndarray) -> Decision:
        """Of all rows [rows, frequency] of every input, and the sound [samples] that they were made of."""
        self.reset()
        self._keep_levels(sound)
        parts = input_windows(features, self.model.frontends)
        frames = len(features[self._clock])
        for number in range(window_count(parts)):
            self._settle(self._logits_of(one_window(parts, number)), min(self._window_end(number), frames))
        decision = self._verdict(frames)
        self.reset()
        return decision

    def classify_file(self, path: Path) -> Decision:
        """`classify_pcm` of a sound file or of a song in stems; `remarks` says what is odd about it.

        Raises AudioError when it cannot be decoded or is too short for a frame.
        """
        heard = read_sound(Path(path), self.model.frontends)
        self.remarks = heard.remarks
        with errors_of(path):
            return self._classify(self.model.features(heard.pcm), heard.together)

    @property
    def _clock(self) -> str:
        """The input whose rows time is counted in."""
        return next(iter(self.model.inputs))

    def _logits_of(self, window: Mapping[str, np.ndarray]) -> np.ndarray:
        """Logits [classes] of one window [1, time, ...] of every input."""
        return self.engine.logits(window)[0]

    def _push_clip(self, rows: dict[str, np.ndarray]) -> list[Decision]:
        if not self._shares:
            self._rows.append(rows)
        return [decision for portion in self._cutter.push(rows) for decision in self._push_portion(portion)]

    def _push_portion(self, portion: Portion) -> list[Decision]:
        """Rows of one window; behind its last row, which several answers follow, there is one decision."""
        decisions: dict[int, Decision] = {}
        started = self._cutter.first_row(portion.window, self._clock)
        for answer in self._stream.push(portion.rows):
            frames = min(started + answer.frames, self._window_end(portion.window))
            if answer.complete:
                self._settle(answer.logits, frames)
                decisions[frames] = self._verdict(frames)
            else:
                decisions[frames] = self._provisional(answer, frames)
        if portion.complete:
            self._stream.reset()
        return list(decisions.values())

    def _window_end(self, window: int) -> int:
        """Frames up to the end of a window."""
        return self._cutter.first_row(window, self._clock) + self.model.clock.window_frames

    def _push_continuous(self, rows: dict[str, np.ndarray]) -> list[Decision]:
        return [self._continuous(answer) for answer in self._stream.push(self._aligner.push(rows))]

    def _settle(self, logits: np.ndarray, frames: int) -> None:
        """Count a complete window that ends behind `frames`."""
        self._rows.clear()
        self._logits = logits
        self._shares.append(self._probabilities(logits))
        self._decide(logits, frames)

    def _verdict(self, frames: int) -> Decision:
        """The decision on all complete windows."""
        shares = combined(np.array(self._shares), self.model.vote)
        decision = self._decision(frames, shares, self._logits, provisional=False, window=len(self._shares) - 1)
        return dataclasses.replace(decision, event=self._event())

    def _provisional(self, answer: StreamLogits, frames: int) -> Decision:
        heard = [*self._shares, self._probabilities(answer.logits)]
        shares = combined(np.array(heard), self.model.vote)
        return self._decision(frames, shares, answer.logits, provisional=True, window=len(self._shares))

    def _continuous(self, answer: StreamLogits) -> Decision:
        is_news = self._decide(answer.logits, answer.frames)
        assert self._decider.averages is not None
        shares = self._decider.averages.shares / ONE
        window = (answer.frames - 1) // self.model.clock.window_frames
        decision = self._decision(answer.frames, shares, answer.logits, not answer.complete, window)
        return dataclasses.replace(decision, event=self._event()) if is_news else decision

    def _probabilities(self, logits: np.ndarray) -> np.ndarray:
        return probabilities(logits, self.engine.output, self.model.temperature)

    def _keep_levels(self, samples: np.ndarray) -> None:
        """What the level of the sound is told by, until there are logits for it."""
        pending = np.concatenate([self._unframed, samples])
        energies = hop_energies(pending, self._rules.hop_samples)
        self._unframed = pending[len(energies) * self._rules.hop_samples :].copy()
        if len(energies):
            self._energies.append(energies)

    def _decide(self, logits: np.ndarray, frames: int) -> bool:
        """Tell the decider what was heard up to the end of `frames`, and the logits; whether there is news."""
        energies = np.concatenate(self._energies)
        end = self.model.clock.samples_for(frames) // self._rules.hop_samples - self._hops_heard
        self._decider.hear(energies[:end])
        self._energies, self._hops_heard = [energies[end:]], self._hops_heard + end
        return self._decider.decide(logits, frames)

    def _event(self) -> Event:
        """The decider's answer."""
        assert self._decider.answer is not None
        return event_of(self._decider.answer, self.model.labels, self._rules, self._seconds)

    def _decision(
        self, frames: int, shares: np.ndarray, logits: np.ndarray, provisional: bool, window: int
    ) -> Decision:
        labels = self.model.labels
        return Decision(
            time_seconds=self._seconds(frames),
            label=labels[int(np.argmax(shares if shares.any() else logits))],  # the first of equal ones
            probabilities=dict(zip(labels, shares.tolist(), strict=True)),
            logits=tuple(logits.tolist()),
            provisional=provisional,
            window=window,
        )

    def _heard(self, decision: Decision) -> bool:
        return decision.time_seconds == self._seconds(self._frames)

    def _seconds(self, frames: int) -> float:
        return self.model.clock.samples_for(frames) / self.model.sample_rate
