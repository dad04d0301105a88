"""What is measured: a bundle, or a network of the zoo with random weights; and every engine that can compute it."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgegenre.bundle import FLOAT_ONNX, STREAM_ONNX, STREAM_TFLITE, TFLITE, Bundle, load_bundle
from edgegenre.errors import BundleError, RuntimeEngineError, TrainingError
from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.float_clip import float_onnx_bytes
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.float_clip import float_tflite_bytes
from edgegenre.frontend.inputs import FeatureInput, clock, frontends_of, unfitted_inputs
from edgegenre.frontend.protocol import Extractor, Frontend
from edgegenre.integer.network import IntegerNetwork
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Network
from edgegenre.runs.run_folder import load_run, named_run
from edgegenre.runtime.engine import Engine
from edgegenre.runtime.engine_files import EngineFile, engine_file
from edgegenre.runtime.engines.litert import LiteRTEngine
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.runtime.engines.onnxruntime import OnnxRuntimeEngine
from edgegenre.runtime.engines.torch import TorchEngine
from edgegenre.runtime.registry import open_engine
from edgegenre.targets.job import Job
from edgegenre.targets.litert_float import LiteRTFloatEngine
from edgegenre.targets.random_weights import named_network, random_floats, random_integers

STEPS = {"litert": STREAM_TFLITE, "onnxruntime": STREAM_ONNX}
"""The files that engines other than our own stream with."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """model: the network's name in the zoo, or what the bundle calls it. inputs: what each input is fed.

    bundle: None for random weights. runs: where float weights of a bundle's run are; None where there are none.
    """

    model: str
    network: Network
    inputs: Mapping[str, FeatureInput]
    bundle: Bundle | None = None
    runs: Path | None = None

    @property
    def clock(self) -> Frontend:
        """The front end whose rows are counted."""
        return clock(frontends_of(self.inputs))

    @property
    def frames(self) -> int:
        """Rows of a window."""
        return self.network.inputs[0].shape.time

    @property
    def name(self) -> str:
        """The bundle's folder; empty for random weights."""
        return "" if self.bundle is None else self.bundle.folder.resolve().name

    @property
    def quantized(self) -> bool:
        """Whether there are integers."""
        return self.bundle is None or self.bundle.manifest.quantized

    @functools.cached_property
    def integers(self) -> IntegerNetwork:
        """Raises BundleError for a damaged or a float bundle."""
        if self.bundle is None:
            return random_integers(self.network)
        if self.bundle.integers is None:
            raise BundleError(f"{self.bundle.folder}: this needs an int8 bundle. Write one: edgegenre export --int8.")
        return self.bundle.integers

    @functools.cached_property
    def floats(self) -> FloatNetwork:
        """The float weights. Raises RuntimeEngineError when the run that the bundle was exported from is not there."""
        if self.bundle is None:
            return random_floats(self.network)
        where = "" if self.runs is None else f", which is not in {self.runs}/"
        try:
            if self.runs is not None:
                run = self.bundle.manifest.training.get("run", self.name)
                return load_run(named_run(self.runs, run)).float_network()
        except TrainingError as error:
            raise RuntimeEngineError(
                f"{self.name}: float weights are in the run it was exported from{where}."
            ) from error
        raise RuntimeEngineError(f"{self.name}: float weights are in the run it was exported from{where}.")

    @property
    def firmware_frontend(self) -> Extractor:
        """The front end of the C runtime. Raises ExportError when it computes none of this kind, or several."""
        return firmware_frontend(self.inputs)

    def engine(self, name: str, arithmetic: str, threads: int) -> Engine:
        """An engine that computes whole windows. arithmetic: "float", or "float32" for the integers.

        Raises an EdgegenreError when it is not installed or there is no model for it.
        """
        if arithmetic == "float":
            return self._float_engine(name, threads)
        if name == "native":
            return NativeEngine(self.integers)
        if self.bundle is not None:
            return open_engine(name, self.bundle, threads=threads)
        integers = self.integers
        if name == "litert":
            return LiteRTEngine(self._file(tflite_of(self)), self.network, integers.output, threads=threads)
        return OnnxRuntimeEngine(self._file(onnx_bytes(integers, "")), self.network, integers.output, threads=threads)

    def _float_engine(self, name: str, threads: int) -> Engine:
        if name == "torch":
            return TorchEngine(self.floats, threads=threads)
        if name == "litert":
            return LiteRTFloatEngine(float_tflite_bytes(self.floats), self.network, threads=threads)
        if self.bundle is not None and FLOAT_ONNX in self.bundle.files:
            return OnnxRuntimeEngine(engine_file(self.bundle, FLOAT_ONNX), self.network, None, threads=threads)
        return OnnxRuntimeEngine(self._file(float_onnx_bytes(self.floats, "")), self.network, None, threads=threads)

    def _file(self, content: bytes) -> EngineFile:
        return EngineFile(path=Path(self.name or self.model), content=content)


def subjects(job: Job) -> list[Subject]:
    """Everything that `job` names. Raises BundleError for a damaged bundle, NetworkError for an unknown model."""
    runs = Path(job.runs) if job.runs else None
    found = [bundle_subject(load_bundle(Path(folder)), runs) for folder in job.bundles]
    for subject in found:
        if subject.quantized:
            _ = subject.integers  # damaged ones are the bundle's fault, not every engine's
    return found + [model_subject(name) for name in job.models]


def bundle_subject(bundle: Bundle, runs: Path | None) -> Subject:
    """The subject that `bundle` is."""
    manifest = bundle.manifest
    return Subject(model=manifest.model, network=manifest.network, inputs=manifest.inputs, bundle=bundle, runs=runs)


def model_subject(name: str) -> Subject:
    """The subject of random weights named `name`. Raises NetworkError when the zoo has none of this name."""
    entry, network = named_network(name)
    return Subject(model=network.name, network=network, inputs=unfitted_inputs(entry.frontends))


def tflite_of(subject: Subject) -> bytes:
    """The whole-clip int8 .tflite: the bundle's own, or written for the random weights."""
    if subject.bundle is not None:
        return engine_file(subject.bundle, TFLITE).content
    return tflite_bytes(subject.integers, "")
