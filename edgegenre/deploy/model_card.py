"""MODEL_CARD.md: what a person who finds the bundle wants to know first."""

from edgegenre.bundle import FIRMWARE, FLOAT_ONNX, INTEGERS, ONNX, SAMPLES, STREAM_ONNX, STREAM_TFLITE, TFLITE, Manifest
from edgegenre.frontend.inputs import frontends_of, sample_rate
from edgegenre.frontend.kinds.embedding import Embedding
from edgegenre.metrics import wilson_interval
from edgegenre.printable import markdown
from edgegenre.runs.fine_tuned import in_words
from edgegenre.runs.leak_words import leak_words

_FILES = {
    TFLITE: "the integers for one whole window: LiteRT, TensorFlow Lite, tflite-runtime",
    ONNX: "the same integers for onnxruntime (on x86 without VNNI set session.x64quantprecision=1), float32 in and out",
    STREAM_ONNX: "the same integers as a streaming step with its state outside",
    STREAM_TFLITE: "the same as a streaming step: signatures, and in its metadata a layout that says how to drive it",
    INTEGERS: "the integers themselves, for the numpy reference",
    SAMPLES: "feature windows of validation tracks and the logits they must give",
    FIRMWARE: "a self-contained C99 project, PCM to logits; its README says how to build it",
    FLOAT_ONNX: "float32, one whole window: onnxruntime",
}

_WIDE = (
    "",
    "RAM is that of int8 rows; this model's int16 rows take twice as much. It has no .onnx: onnxruntime has no int16 "
    "convolution.",
)


def model_card(manifest: Manifest, files: list[str]) -> str:
    """The page in Markdown."""
    frontends = frontends_of(manifest.inputs)
    costs, training = manifest.costs, manifest.training
    tracks = training["tracks"]
    synthetic = training["synthetic"]
    lines = [
        f"# {markdown(manifest.model)}: music genre from {manifest.clock.window_seconds:.3g} s of audio",
        "",
        f"{_form(manifest)}, {len(manifest.labels)} labels: {', '.join(map(markdown, manifest.labels))}.",
        "",
        "## Input",
        "",
        f"Mono {sample_rate(frontends)} Hz 16-bit audio, turned into "
        + " and ".join(f"{each.window_frames} frames of {each.contents}" for each in frontends.values())
        + "; front end and normalization are in manifest.json. A longer recording is cut into windows, which decide "
        f"together by the vote '{manifest.vote}'.",
        *(line for each in frontends.values() if isinstance(each, Embedding) for line in ("", each.needs)),
        "",
        "## Data",
        "",
        f"Trained on '{markdown(training['dataset'])}', split {training['split']} into {tracks['train']} "
        f"training, {tracks['validation']} validation and {tracks['test']} test tracks; "
        f"protocol '{markdown(training['protocol'])}'.",
    ]
    if training["teacher"] is not None:
        unlabeled = training["unlabeled_tracks"]
        beside = f", and of {unlabeled} tracks without a label" if unlabeled else ""
        lines += ["", f"It learnt what the teacher '{markdown(training['teacher'])}' thinks of the tracks{beside}."]
    if "qat" in manifest.quantization:
        lines += ["", f"{in_words(manifest.quantization['qat'])}."]
    if synthetic:
        lines += ["", "**The data are synthetic**: rendered by edgegenre. No figure here speaks about real music."]
    lines += ["", f"## Accuracy on the test tracks ({training['split']})", ""]
    lines += ["| arithmetic | accuracy | 95 % interval | macro F1 | ECE | tracks |", "|---|---|---|---|---|---|"]
    for arithmetic, scores in manifest.metrics.items():
        low, high = scores["accuracy_interval"]
        lines.append(
            f"| {arithmetic} | {scores['accuracy']:.3f} | {low:.3f}–{high:.3f} | {scores['macro_f1']:.3f} "
            f"| {scores['ece']:.3f} | {scores['clips']}{' (synthetic)' if synthetic else ''} |"
        )
    lines += _baseline(manifest)
    lines += _leak(manifest)
    lines += [*_calibration(manifest), *_microphone(manifest)]
    lines += [
        "",
        "## Costs (computed)",
        "",
        "| parameters | multiplies a window | multiplies a second, streamed | RAM window | RAM streamed | latency |",
        "|---|---|---|---|---|---|",
        f"| {costs['parameters']:,} | {costs['multiplies']:,} | {costs['multiplies_per_second']:,.0f} "
        f"| {costs['ram_window_bytes']:,} B | {costs['ram_stream_bytes']:,} B | {costs['latency_seconds']:.2f} s |",
        *(_WIDE if manifest.wide else ()),
        "",
        "## Answers",
        "",
        *_answers(manifest),
        "",
        "## Files",
        "",
        *(f"- `{name}`: {_FILES[name]}" for name in files),
        "",
        "## Use",
        "",
        "    edgegenre verify BUNDLE" if manifest.quantized else "    edgegenre eval BUNDLE --data MUSIC",
        "    edgegenre classify --bundle BUNDLE song.wav",
        "",
        "The model is as good as its training data: it knows no music unlike them.",
    ]
    return "\n".join(lines) + "\n"


def _calibration(manifest: Manifest) -> list[str]:
    found = manifest.calibration
    if found is None:
        return []
    return [
        "",
        f"Probabilities are those of logits divided by the temperature {found.temperature:.3f}, fitted to "
        f"{found.tracks} {markdown(found.split)} tracks; there the expected calibration error (ECE: how far confidence "
        f"and accuracy are apart, 15 bins) fell from {found.ece_before:.3f} to {found.ece_after:.3f}.",
    ]


def _microphone(manifest: Manifest) -> list[str]:
    found = manifest.microphone
    if found is None:
        return []
    synthetic = " (synthetic)" if found.synthetic else ""
    lines = [
        "",
        "## What a microphone makes of it (simulated)",
        "",
        f"{found.tracks} tracks of '{markdown(found.data)}'{synthetic}, {markdown(found.split)}, degraded in PCM and "
        f"heard by the deployed front end; engine {markdown(found.engine)}, arithmetic {markdown(found.arithmetic)}, "
        f"seed {found.seed}.",
        "",
        "| | sound | accuracy | 95 % interval | mean confidence |",
        "|---|---|---|---|---|",
    ]
    for each in found.hearings:
        low, high = each.interval
        lines.append(
            f"| {each.kind} | {markdown(each.condition)} | {each.accuracy:.3f} | {low:.3f}–{high:.3f} "
            f"| {each.confidence:.3f} |"
        )
    return lines


def _baseline(manifest: Manifest) -> list[str]:
    """A last row of the accuracy table, and a plain word where the network is behind it."""
    baseline, tracks = manifest.training["baseline"], manifest.training["tracks"]["test"]
    if baseline is None:  # a run of an older version
        return []
    accuracy, macro_f1 = baseline["test"]["accuracy"], baseline["test"]["macro_f1"]
    interval = wilson_interval(round(accuracy * tracks), tracks)
    row = (
        f"| baseline: {markdown(baseline['method'])} | {accuracy:.3f} | {interval.low:.3f}–{interval.high:.3f} "
        f"| {macro_f1:.3f} | | {tracks} |"
    )
    if all(scores["accuracy"] >= accuracy for scores in manifest.metrics.values()):
        return [row]
    return [row, "", "**The network loses to the baseline** on these tracks: a classical method does better."]


def _leak(manifest: Manifest) -> list[str]:
    leak = manifest.training["leak"]
    return [] if leak is None else ["", f"{leak_words(leak)}."]


def _answers(manifest: Manifest) -> list[str]:
    decisions = manifest.decisions
    if decisions is None:
        return ['Thresholds are the default ones, chosen on no data. `edgegenre tune` chooses them for "unknown".']
    reject = decisions.reject
    thresholds = ", ".join(f"{markdown(label)} {value:.2f}" for label, value in decisions.thresholds.items() if value)
    return [
        f"Quieter than {decisions.gate.opens:.0f} dBFS is silence. Unknown is what stays below {reject.threshold:.3g} "
        f"in the score '{reject.score}', or its genre's threshold ({thresholds or 'none'}). A new answer takes "
        f"{decisions.confirmation} decisions, averages run over {decisions.smoothing}."
    ]


def _form(manifest: Manifest) -> str:
    if manifest.quantized:
        numbers = "int16 activations and int8 weights" if manifest.wide else "int8"
        return f"Quantized to {numbers}, recipe '{manifest.quantization['recipe']}'"
    return "Float32" if not manifest.quantization else "Float32 with weights stored as float16"
