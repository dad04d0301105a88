"""MODEL_CARD.md: what a person who finds the bundle wants to know first."""

from edgegenre.bundle import FIRMWARE, FLOAT_ONNX, INTEGERS, ONNX, SAMPLES, STREAM_ONNX, STREAM_TFLITE, TFLITE, Manifest
from edgegenre.frontend.inputs import frontends_of, sample_rate
from edgegenre.printable import markdown
from edgegenre.runs.fine_tuned import in_words

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
        "",
        "## Data",
        "",
        f"Trained on '{markdown(training['dataset'])}', split by seed {training['seed']} into {tracks['train']} "
        f"training, {tracks['validation']} validation and {tracks['test']} test tracks; "
        f"protocol '{markdown(training['protocol'])}'.",
    ]
    if "qat" in manifest.quantization:
        lines += ["", f"{in_words(manifest.quantization['qat'])}."]
    if synthetic:
        lines += ["", "**The data are synthetic**: rendered by edgegenre. No figure here speaks about real music."]
    lines += ["", "## Accuracy on the test tracks", "", "| arithmetic | accuracy | 95 % interval | macro F1 | tracks |"]
    lines.append("|---|---|---|---|---|")
    for arithmetic, scores in manifest.metrics.items():
        low, high = scores["accuracy_interval"]
        lines.append(
            f"| {arithmetic} | {scores['accuracy']:.3f} | {low:.3f}–{high:.3f} | {scores['macro_f1']:.3f} "
            f"| {scores['clips']}{' (synthetic)' if synthetic else ''} |"
        )
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
        "## Files",
        "",
        *(f"- `{name}`: {_FILES[name]}" for name in files),
        "",
        "## Use",
        "",
        "    edgegenre verify BUNDLE" if manifest.quantized else "    edgegenre eval BUNDLE --data MUSIC",
        "    edgegenre classify --bundle BUNDLE song.wav",
        "",
        "The model is as good as its training data: it knows no music unlike them, and always answers with a label.",
    ]
    return "\n".join(lines) + "\n"


def _form(manifest: Manifest) -> str:
    if manifest.quantized:
        numbers = "int16 activations and int8 weights" if manifest.wide else "int8"
        return f"Quantized to {numbers}, recipe '{manifest.quantization['recipe']}'"
    return "Float32" if not manifest.quantization else "Float32 with weights stored as float16"
