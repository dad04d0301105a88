"""From a trained run to integers by a recipe: calibration, and quantization-aware training where the recipe asks."""

from collections.abc import Callable

from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.float_network import FloatNetwork
from edgegenre.progress import SILENT, Progress
from edgegenre.quantize.calibrate import quantize
from edgegenre.quantize.recipe import QuantizationRecipe, check_crop
from edgegenre.runs.fine_tuned import FineTuned
from edgegenre.runs.run_folder import Run
from edgegenre.runs.training_clips import calibration_windows


def integers_of(
    run: Run, float_network: FloatNetwork, recipe: QuantizationRecipe, *, progress: Progress = SILENT
) -> tuple[IntegerNetwork, FineTuned | None]:
    """The integers of `float_network`, the run's, and what fine-tuning did where the recipe has a schedule for it.

    Reads training tracks, and validation tracks to judge fine-tuning; never test tracks. Raises QuantizationError when
    a layer has no integer form or crops are too short, MissingDependencyError where torch is needed and absent.
    """
    check_crop(recipe, float_network.network)
    fine_tune_run = _fine_tuning() if recipe.qat is not None else None
    features = calibration_windows(run, recipe.clips, progress=progress)
    integers = quantize(float_network, features, recipe, progress=progress)
    if fine_tune_run is None:
        return integers, None
    return fine_tune_run(run, integers, float_network, recipe.qat, progress=progress)


def _fine_tuning() -> Callable[..., tuple[IntegerNetwork, FineTuned]]:
    """Imported before anything is computed, so that torch's absence is known at once."""
    from edgegenre.training.torch_import import import_torch

    import_torch("Quantization-aware training")
    from edgegenre.training.qat import fine_tune_run

    return fine_tune_run
