"""What `edgegenre eval` prints for people."""

from edgegenre.cli.console import print_table, show
from edgegenre.evaluation.long_stream import StreamScore
from edgegenre.evaluation.microphone.twin import Heard
from edgegenre.evaluation.score import Score
from edgegenre.evaluation.score_card import ScoreCard
from edgegenre.trust import MicrophoneScore


def show_score(result: Score) -> None:
    """The score of clips."""
    low, high = result.interval
    show(f"{result.model} on {_data(result)}: {result.clips} tracks")
    show(f"engine {result.engine}, arithmetic {result.arithmetic}")
    show(f"accuracy {result.accuracy:.3f} (95 % interval {low:.3f} to {high:.3f}), macro F1 {result.macro_f1:.3f}")
    show(f"expected calibration error {result.ece:.3f} at temperature {result.temperature:.3f}\n")
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


def show_microphone(heard: Heard) -> None:
    """The score in bad sound."""
    result = heard.score
    show(f"{heard.model} on {_data(result)}: {result.tracks} tracks, as microphones would hear them (simulated)")
    show(f"engine {result.engine}, arithmetic {result.arithmetic}, seed {result.seed}\n")
    clean = result.clean.accuracy
    rows = [
        [
            f"{each.kind}: {each.condition}",
            f"{each.accuracy:.3f}",
            f"{each.interval[0]:.3f}–{each.interval[1]:.3f}",
            f"{100 * (each.accuracy - clean):+.1f}",
            f"{each.confidence:.3f}",
        ]
        for each in result.hearings
    ]
    print_table(["sound", "accuracy", "95 % interval", "points", "confidence"], rows)


def show_stream(result: StreamScore) -> None:
    """The score of a long stream."""
    bounds = "" if result.interval is None else " (95 % interval {:.3f} to {:.3f})".format(*result.interval)
    show(
        f"{result.model} on {_data(result)}: one stream of {result.seconds / 60:g} minutes, "
        f"{result.changes} changes of genre"
    )
    show(f"engine {result.engine}, arithmetic {result.arithmetic}, continuous mode")
    show(
        f"accuracy {result.accuracy:.3f}{bounds} once a whole window was of one genre: "
        f"{result.decisions} decisions in {result.stretches} stretches"
    )
    if result.after_change is not None:
        show(f"accuracy {result.after_change:.3f} before that, in the first window after a change")
    show(f"\nAnswers by threshold of the score '{result.reject}', the model's own first; shares of the time.")
    print_table(
        ["threshold", "right", "wrong", "unknown", "reaction p50", "p90", "missed", "flips/h", "false/h", "false"],
        [_card(item) for item in (result.card, *result.curve)],
        left=0,
    )
    if result.card.false_per_hour is not None:
        show(f"False genres: in {result.other_seconds / 60:.1f} minutes of sound that is no music.")


def _card(item: ScoreCard) -> list[str]:
    def seconds(value: float | None) -> str:
        return "never" if value is None else f"{value:.1f} s"

    def share(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.1f} %"

    return [
        f"{item.threshold:.3f}",
        *map(share, (item.right, item.wrong, item.unknown)),
        seconds(item.reaction_p50),
        seconds(item.reaction_p90),
        share(item.missed),
        f"{item.flips_per_hour:.0f}",
        "" if item.false_per_hour is None else f"{item.false_per_hour:.0f}",
        share(item.false_share),
    ]


def _data(result: Score | MicrophoneScore | StreamScore) -> str:
    synthetic = " (synthetic)" if result.synthetic else ""
    return f"{result.data}{synthetic}, {result.split}"
