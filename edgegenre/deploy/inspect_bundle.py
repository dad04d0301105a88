"""What quantization did to each layer of a bundle: the bundle's integers beside the float network of its run."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.bundle import Bundle, load_bundle
from edgegenre.datasets.split_record import fingerprint
from edgegenre.deploy.scores import device_windows
from edgegenre.errors import BundleError, DatasetError, TrainingError
from edgegenre.frontend.windows import joined, window_count
from edgegenre.integer.operations import kind_of
from edgegenre.progress import SILENT, Progress
from edgegenre.quantize.calibrate import INPUT
from edgegenre.quantize.inspect import TensorFigures, headroom_bits, shift_range, tensor_figures
from edgegenre.runs.run_folder import RUNS, Run, load_run, named_run
from edgegenre.runs.training_clips import calibration_windows, spread

MOST_TRACKS = 200
"""So many test tracks are looked at; of a larger split, a selection spread over the classes."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerInspection:
    """A layer and its output tensor. kind: of its operation. shifts: the smallest and the largest, None without.

    headroom_bits: between the proven worst case of |accumulator| and its bound, 2**30 (int16 activations: 2**45).
    calibration, test: measured on these clips.
    """

    name: str
    kind: str
    scale: float
    zero_point: int
    headroom_bits: float | None
    shifts: tuple[int, int] | None
    calibration: TensorFigures
    test: TensorFigures

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data; the histogram, of the test clips, is float values in int8 steps."""
        plain = {name: getattr(self, name) for name in ("name", "kind", "scale", "zero_point", "headroom_bits")}
        return {
            **plain,
            "shifts": list(self.shifts or ()),
            **{
                part: {"noise_ratio_db": figures.noise_ratio, "saturation": figures.saturation}
                for part, figures in (("calibration", self.calibration), ("test", self.test))
            },
            "histogram": self.test.counts.tolist(),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Inspection:
    """Every layer of a bundle, and the words that stay with the figures. clips: of calibration, and test windows."""

    bundle: str
    model: str
    recipe: str
    run: str
    data: str
    synthetic: bool
    calibration_clips: int
    test_clips: int
    layers: tuple[LayerInspection, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        return values | {"layers": [layer.to_dict() for layer in self.layers]}


def inspect_bundle(
    bundle: Bundle | Path,
    *,
    run: Run | None = None,
    runs: Path = RUNS,
    data_at: Path | None = None,
    progress: Progress = SILENT,
) -> Inspection:
    """Feed the calibration clips and the test tracks to a bundle's integers and to its run's float network.

    run: where the float network comes from; None for the run in `runs` that the bundle names. data_at: where the run's
    data set is now; None for where it was in training. Raises BundleError when the bundle is damaged, holds no
    integers, or its run is not there or another.
    """
    if isinstance(bundle, Path):
        bundle = load_bundle(bundle)
    integers, manifest = bundle.integers, bundle.manifest
    if integers is None:
        raise BundleError(f"{bundle.folder}: a float bundle has no integers to inspect. Export it with --int8.")
    run = run or _named_by(bundle, runs)
    if data_at is not None:
        run = run.with_data_at(data_at)
    _check_run(bundle, run)
    recipe, clips = _calibrated(bundle)
    normalized = calibration_windows(run, clips, progress=progress)
    calibration = {name: INPUT.quantize(array) for name, array in normalized.items()}
    test = _test_windows(run, progress)
    network = run.float_network()
    seen = tensor_figures(integers, network, calibration, progress=progress, title="calibration clips")
    unseen = tensor_figures(integers, network, test, progress=progress, title="test clips")
    return Inspection(
        bundle=str(bundle.folder),
        model=manifest.model,
        recipe=recipe,
        run=run.path.name,
        data=run.dataset.name,
        synthetic=run.dataset.synthetic,
        calibration_clips=window_count(calibration),
        test_clips=window_count(test),
        layers=tuple(
            LayerInspection(
                name=operation.name,
                kind=kind_of(operation),
                scale=operation.output.scale,
                zero_point=operation.output.zero_point,
                headroom_bits=headroom_bits(operation),
                shifts=shift_range(operation),
                calibration=seen[operation.name],
                test=unseen[operation.name],
            )
            for operation in integers.operations
            if operation.name in seen
        ),
    )


def _test_windows(run: Run, progress: Progress) -> dict[str, np.ndarray]:
    tracks = spread(run.split.test, MOST_TRACKS)
    if not tracks:
        raise DatasetError(f"{run.path}: this run has no test tracks to look at.")
    return joined(device_windows(tracks, run.inputs, progress, "reading test tracks"))


def _calibrated(bundle: Bundle) -> tuple[str, int]:
    """The recipe, and how many clips it calibrated on at most: the manifest is a stranger's."""
    recipe, clips = (bundle.manifest.quantization.get(name) for name in ("recipe", "largest_calibration"))
    if not isinstance(recipe, str) or type(clips) is not int or clips < 1:
        raise BundleError(f"{bundle.folder}: the manifest does not say how it was calibrated. Export the bundle again.")
    return recipe, clips


def _named_by(bundle: Bundle, runs: Path) -> Run:
    try:
        return load_run(named_run(runs, bundle.manifest.training.get("run")))
    except TrainingError as error:
        raise BundleError(
            f"{bundle.folder}: the run it was exported from is not in {runs}/, so its float network is not known. "
            "Name the run's folder with --run."
        ) from error


def _check_run(bundle: Bundle, run: Run) -> None:
    """A bundle is compared with the run it was made from, never with another of the same model."""
    manifest = bundle.manifest
    same = (run.model, run.network, run.labels, run.inputs) == (
        manifest.model,
        manifest.network,
        manifest.labels,
        manifest.inputs,
    )
    if not same or fingerprint(run.split) != manifest.training.get("split_fingerprint"):
        raise BundleError(
            f"{bundle.folder}: was not exported from {run.path}: model, data or split differ. "
            "Name its own run with --run, or export this run again."
        )
