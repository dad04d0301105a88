"""A trained model as engines see it, whether it lies in a bundle or in a run folder."""

import functools
from dataclasses import dataclass
from pathlib import Path

from edgegenre.bundle import MANIFEST, Bundle, load_bundle
from edgegenre.errors import RuntimeEngineError
from edgegenre.frontend.integer import IntegerFrontend
from edgegenre.frontend.spec import FrontendSpec, Normalization
from edgegenre.network.network import Network
from edgegenre.runs.run_folder import Run, load_run


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """labels: in the order of the logits. synthetic: whether it was trained on rendered audio.

    bundle: None for a run folder. run: None for a bundle, whose float arrays live in its .onnx alone.
    """

    folder: Path
    name: str
    labels: tuple[str, ...]
    frontend: FrontendSpec
    normalization: Normalization
    network: Network
    synthetic: bool
    bundle: Bundle | None = None
    run: Run | None = None

    @property
    def quantized(self) -> bool:
        """Whether this is an int8 model."""
        return self.bundle is not None and self.bundle.manifest.quantized

    @functools.cached_property
    def frontend_engine(self) -> IntegerFrontend:
        """The deployed front end, with this model's normalization."""
        return IntegerFrontend(self.frontend, self.normalization)


Source = Model | Bundle | Run | Path | str


def open_model(source: Source) -> Model:
    """The model in a bundle (or its folder) or in a run folder.

    Raises BundleError or TrainingError when the folder is damaged, RuntimeEngineError when it is neither.
    """
    if isinstance(source, Model):
        return source
    if isinstance(source, Bundle):
        return _of_bundle(source)
    if isinstance(source, Run):
        return _of_run(source)
    folder = Path(source)
    if (folder / MANIFEST).is_file():
        return _of_bundle(load_bundle(folder))
    if not folder.is_dir():
        raise RuntimeEngineError(f"{folder}: no such folder. Name a bundle or a run; `edgegenre train` makes a run.")
    return _of_run(load_run(folder))


def _of_bundle(bundle: Bundle) -> Model:
    manifest = bundle.manifest
    return Model(
        folder=bundle.folder,
        name=manifest.model,
        labels=manifest.labels,
        frontend=manifest.frontend,
        normalization=manifest.normalization,
        network=manifest.network,
        synthetic=bool(manifest.training.get("synthetic", False)),
        bundle=bundle,
    )


def _of_run(run: Run) -> Model:
    return Model(
        folder=run.path,
        name=run.model,
        labels=run.labels,
        frontend=run.frontend,
        normalization=run.normalization,
        network=run.network,
        synthetic=run.dataset.synthetic,
        run=run,
    )
