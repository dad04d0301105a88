"""A trained run to a bundle: quantize, score, write every file, and only then put the folder in place."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.bundle import (
    FLOAT_ONNX,
    INTEGERS,
    MANIFEST,
    MODEL_CARD,
    SAMPLES,
    Manifest,
    decision_seconds,
    manifest_text,
    sample_name,
    write_manifest,
)
from edgegenre.datasets.split_record import fingerprint
from edgegenre.datasets.track import Track
from edgegenre.decisions.settings import Decisions, Reject, default_decisions
from edgegenre.deploy.calibration import calibrate
from edgegenre.deploy.formats import chosen_formats, minimum_versions, without_firmware
from edgegenre.deploy.from_run import integers_of
from edgegenre.deploy.model_card import model_card
from edgegenre.deploy.model_files import write_model_files
from edgegenre.deploy.scores import RealLogits, device_windows, float_logits, integer_logits, score, window_logits
from edgegenre.errors import ExportError
from edgegenre.export.c.chain import chain_refusal
from edgegenre.export.c.frontend import frontend_refusal
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.export.onnx.graph import onnx_module
from edgegenre.files import replacing_folder
from edgegenre.frontend.extractors import check_deployable
from edgegenre.frontend.inputs import frontends_of
from edgegenre.frontend.windows import joined, one_window
from edgegenre.integer import reference
from edgegenre.integer.archive import save_integers
from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.costs import costs
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import named_inputs
from edgegenre.progress import SILENT, Progress
from edgegenre.quantize.float16 import float16_weights
from edgegenre.quantize.recipe import QuantizationRecipe, recipe_for
from edgegenre.runs.fine_tuned import FineTuned
from edgegenre.runs.run_folder import Run
from edgegenre.runs.training_clips import spread
from edgegenre.trust import Calibration

BUNDLES = Path("bundles")
SAMPLE_CLIPS = 16


def export_bundle(
    run: Run,
    *,
    quantized: bool = True,
    recipe_name: str | None = None,
    qat: bool = False,
    to: Sequence[str] = (),
    out_folder: Path | None = None,
    progress: Progress = SILENT,
) -> Path:
    """Write the bundle of `run` to `out_folder` (default: bundles/<run name>) and return that folder.

    quantized: int8, calibrated by the recipe on training tracks alone; otherwise float32 ONNX only. recipe_name: or
    the path of a recipe's file; None for the default one, or float32 weights. qat: with quantization-aware training.
    to: some of `formats.FORMATS`, none for all. The folder takes its place when it is complete; an older bundle there
    is replaced. Raises ExportError when the model has no int8 form, a format is not known or the place holds something
    else, QuantizationError for a recipe that is unknown, for the other kind or not for this network,
    MissingDependencyError without onnx, ai-edge-litert or torch where needed.
    """
    recipe = recipe_for(recipe_name, quantized=quantized, qat=qat)
    formats = chosen_formats(to, quantized=quantized, wide=recipe is not None and recipe.bits == 16)
    formats = without_firmware(formats, to, frontend_refusal(run.inputs))
    folder = Path(out_folder) if out_folder is not None else BUNDLES / run.path.name
    _check_place(folder)
    check_deployable(frontends_of(run.inputs), "int8" if quantized else "float")
    if "onnx" in formats:
        onnx_module()
    float_network = run.float_network()
    integers, fine_tuned = None, None
    if recipe is not None and recipe.quantizes:
        integers, fine_tuned = integers_of(run, float_network, recipe, progress=progress)
        formats = without_firmware(formats, to, chain_refusal(integers))
    elif recipe is not None:
        float_network = float16_weights(float_network)
    computed = _computed(float_network, integers)
    calibration = _calibration(run, computed, progress)
    manifest = Manifest(
        model=run.model,
        labels=run.labels,
        inputs=run.inputs,
        vote=run.vote,
        quantized=quantized,
        network=run.network,
        costs=dataclasses.asdict(costs(run.network, frames_per_second=1 / run.clock.hop_seconds)),
        training=_training(run),
        quantization=_quantization(recipe, fine_tuned),
        metrics=_metrics(run, computed, calibration.temperature, progress),
        calibration=calibration,
        decisions=_decisions(run),
        minimum_versions=minimum_versions(formats),
    )
    with replacing_folder(folder) as temporary:
        if integers is None:
            (temporary / FLOAT_ONNX).write_bytes(float_onnx_bytes(float_network, manifest_text(manifest)))
        else:
            save_integers(integers, temporary / INTEGERS)
            write_model_files(temporary, manifest, integers, formats)
            _save_samples(temporary / SAMPLES, run, integers, progress)
        files = sorted(path.name for path in temporary.iterdir())
        (temporary / MODEL_CARD).write_text(model_card(manifest, files), encoding="utf-8")
        write_manifest(temporary, manifest)
    return folder


def _check_place(folder: Path) -> None:
    """An export replaces a bundle, never anything else."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise ExportError(f"{folder}: holds files that are no bundle, and would be replaced. Choose another --out.")
    if folder.exists() and not folder.is_dir():
        raise ExportError(f"{folder}: is a file. Choose another --out.")


def _computed(float_network: FloatNetwork, integers: IntegerNetwork | None) -> dict[str, RealLogits]:
    """What computes the logits in each arithmetic: the float one first, then the default of the deployed ones."""
    found = {"float": float_logits(float_network)}
    if integers is not None:
        found |= {name: integer_logits(integers, arithmetic) for name, arithmetic in integers.arithmetics.items()}
    return found


def _decisions(run: Run) -> Decisions | None:
    """The default ones; what has learnt a class that is no genre goes by it."""
    if run.dataset.other is None:
        return None
    found = default_decisions(decision_seconds(run.network, run.clock))
    return dataclasses.replace(found, other=run.dataset.other, reject=Reject(score="other"))


def _calibration(run: Run, computed: Mapping[str, RealLogits], progress: Progress) -> Calibration:
    """Fitted to the validation tracks, in the arithmetic that is deployed by default."""
    arithmetic = next(iter([name for name in computed if name != "float"]), "float")
    parts = device_windows(run.split.validation, run.inputs, progress, "reading tracks to calibrate on")
    return calibrate(
        window_logits(parts, computed[arithmetic], progress, "calibrating"),
        _truth(run, run.split.validation),
        vote=run.vote,
        split="validation",
        arithmetic=arithmetic,
    )


def _metrics(run: Run, computed: Mapping[str, RealLogits], temperature: float, progress: Progress) -> dict[str, Any]:
    """The test tracks' scores by arithmetic, all on the integer front end's features."""
    parts = device_windows(run.split.test, run.inputs, progress, "reading test tracks")
    truth = _truth(run, run.split.test)
    scores = {
        name: score(window_logits(parts, logits, progress, f"scoring {name}"), truth, run.vote, temperature)
        for name, logits in computed.items()
    }
    about = {"split": f"test, {run.split_words}", "grouping": run.split_by}
    return {name: each | about for name, each in scores.items()}


def _truth(run: Run, tracks: Sequence[Track]) -> np.ndarray:
    return np.array([run.labels.index(track.label) for track in tracks])


def _save_samples(path: Path, run: Run, integers: IntegerNetwork, progress: Progress) -> None:
    """Real inputs to verify with: one window of each of some validation tracks, and the logits in each arithmetic."""
    tracks = spread(run.split.validation, SAMPLE_CLIPS)
    parts = device_windows(tracks, run.inputs, progress, "reading validation tracks")
    features = named_inputs(integers.name, integers.inputs, joined([one_window(part, 0) for part in parts]))
    logits = {
        f"logits_{name}": reference.run(integers, features, arithmetic)
        for name, arithmetic in integers.arithmetics.items()
    }
    samples = {sample_name(name): array for name, array in features.items()}
    np.savez_compressed(path, allow_pickle=False, **samples, **logits)


def _quantization(recipe: QuantizationRecipe | None, fine_tuned: FineTuned | None) -> dict[str, Any]:
    if recipe is None:
        return {}
    calibration = {"largest_calibration": recipe.clips} if recipe.quantizes else {}
    training = {"qat": fine_tuned.to_dict()} if fine_tuned is not None else {}
    bits = {"activation_bits": recipe.bits} if recipe.quantizes else {}
    named = {"recipe": recipe.name, "recipe_sha256": recipe.sha256, "weights": recipe.weights}
    return {**named, **bits, **calibration, **training}


def _training(run: Run) -> dict[str, Any]:
    split = run.split
    return {
        "run": run.path.name,
        "dataset": run.dataset.name,
        "synthetic": run.dataset.synthetic,
        "protocol": run.protocol.name,
        "seed": run.seed,
        "split": run.split_words,
        "split_fingerprint": fingerprint(split),
        "tracks": {"train": len(split.train), "validation": len(split.validation), "test": len(split.test)},
        "metrics": {
            part: {name: run.metrics[part][name] for name in ("accuracy", "macro_f1")}
            for part in ("validation", "test")
            if part in run.metrics
        },
        "baseline": run.metrics.get("baseline"),
        "leak": run.metrics.get("leak"),
        # A run's name alone: its folder is the business of who trained it.
        "teacher": None if run.teacher is None else Path(run.teacher).name,
        "unlabeled_tracks": run.metrics.get("unlabeled_tracks", 0),
    }
