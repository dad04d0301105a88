"""A trained model as engines see it, whether it lies in a bundle or in a run folder."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.bundle import MANIFEST, Bundle, decision_frames, load_bundle
from edgegenre.decisions.rules import Rules, rules_for
from edgegenre.errors import RuntimeEngineError
from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.frontend.extractors import extractor
from edgegenre.frontend.inputs import FeatureInput, check_one_sound, clock, frontends_of, sample_rate
from edgegenre.frontend.protocol import Extractor, Frontend
from edgegenre.integer.quantization import Quantization
from edgegenre.network.network import Network
from edgegenre.runs.run_folder import Run, load_run
from edgegenre.voting import Vote


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """labels: in the order of the logits. inputs: what each input of the network is fed, by its name.

    vote: how the windows of a longer track decide together. synthetic: whether it was trained on rendered audio.

    bundle: None for a run folder. run: None for a bundle, whose float arrays live in its .onnx alone.
    """

    folder: Path
    name: str
    labels: tuple[str, ...]
    inputs: Mapping[str, FeatureInput]
    vote: Vote
    network: Network
    synthetic: bool
    bundle: Bundle | None = None
    run: Run | None = None

    @property
    def quantized(self) -> bool:
        """Whether this is an int8 model."""
        return self.bundle is not None and self.bundle.manifest.quantized

    @functools.cached_property
    def extractors(self) -> dict[str, Extractor]:
        """What computes the features of every input, as they are deployed."""
        return {name: extractor(item) for name, item in self.inputs.items()}

    @functools.cached_property
    def frontends(self) -> dict[str, Frontend]:
        """The front end of every input."""
        return frontends_of(self.inputs)

    @property
    def firmware_frontend(self) -> Extractor:
        """The front end of the C runtime. Raises ExportError when it computes none of this kind, or several."""
        return firmware_frontend(self.inputs)

    @property
    def sample_rate(self) -> int:
        """Samples a second that all inputs hear."""
        return sample_rate(self.frontends)

    @property
    def clock(self) -> Frontend:
        """The front end whose rows time is counted in."""
        return clock(self.frontends)

    @property
    def temperature(self) -> float:
        """What logits are divided by before they become probabilities; 1 for a run."""
        return self.bundle.manifest.temperature if self.bundle is not None else 1.0

    def rules(self, output: Quantization | None) -> Rules:
        """The integers that make answers of logits read as `output` says; those of a run are the default ones.

        Raises BundleError when the bundle's decisions have no integers for such logits.
        """
        if self.bundle is not None:
            return self.bundle.manifest.rules(output)
        return rules_for(
            None,
            labels=self.labels,
            output=output,
            hop_samples=self.clock.hop_length,
            hop_seconds=self.clock.hop_seconds,
            decision_hops=decision_frames(self.network),
        )

    def features(self, pcm: np.ndarray | Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """int8 [rows, frequency] of every input: all of the same int16 PCM [samples], or each of its own.

        Raises FeatureError when `pcm` is not one channel of int16, or is one sound for inputs that hear stems.
        """
        if not isinstance(pcm, Mapping):
            check_one_sound(self.frontends, "this audio")
            pcm = dict.fromkeys(self.inputs, pcm)
        return {name: each.features(pcm[name]) for name, each in self.extractors.items()}


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
        inputs=manifest.inputs,
        vote=manifest.vote,
        network=manifest.network,
        synthetic=bool(manifest.training.get("synthetic", False)),
        bundle=bundle,
    )


def _of_run(run: Run) -> Model:
    return Model(
        folder=run.path,
        name=run.model,
        labels=run.labels,
        inputs=run.inputs,
        vote=run.vote,
        network=run.network,
        synthetic=run.dataset.synthetic,
        run=run,
    )
