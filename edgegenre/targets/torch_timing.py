"""Networks in torch on a GPU, or on the processor for a trial: what is timed of them. One of the few files that know
torch."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from edgegenre.errors import BenchError, RuntimeEngineError, first_line
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.records.record import Machine, Memory
from edgegenre.targets.noise import some_features
from edgegenre.targets.rounds import Runner
from edgegenre.targets.subject import Subject
from edgegenre.training.device import Placement
from edgegenre.training.module import NetworkModule
from edgegenre.training.source import Source
from edgegenre.training.speed import noise_source, seconds_per_iteration
from edgegenre.training.unfold import unfold
from edgegenre.zoo.liang import PROTOCOL

PRECISIONS = {"float": torch.float32, "bfloat16": torch.bfloat16}
GAIN = 1.05
"""A batch twice as large has to bring this many times the clips a second, or the smaller one saturates."""

LARGEST_BATCH = {"cuda": 8192, "cpu": 8}
_TRIALS = 3


def gpu_device(name: str) -> torch.device:
    """The device `name`, "cuda" or "cpu". Raises BenchError where torch sees no CUDA device."""
    if name not in LARGEST_BATCH:
        raise BenchError(f"device '{name}' is not known. Known: {', '.join(LARGEST_BATCH)}.")
    if name == "cuda" and not torch.cuda.is_available():
        raise BenchError(
            f"no CUDA device: torch {torch.__version__} finds none here. Leave out --target gpu, or install a CUDA "
            "build of torch and the driver."
        )
    return torch.device(name)


def gpu_machine() -> Machine:
    """The first CUDA device."""
    properties = torch.cuda.get_device_properties(0)
    system = f"CUDA {torch.version.cuda}, {properties.total_memory / 2**30:.0f} GiB"
    return Machine(kind="gpu", name=properties.name, system=system, cores=properties.multi_processor_count)


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A way to compute a network. mode: "eager", "compiled", or "graph", a CUDA graph of the eager form."""

    mode: str
    precision: str
    batch: int


class Timed:
    """A subject's network on a device, ready to be timed in any variant.

    Raises RuntimeEngineError when its float weights are not there.
    """

    def __init__(self, subject: Subject, device: torch.device) -> None:
        self._subject, self._device = subject, device
        self._floats = subject.floats
        self._modules: dict[str, NetworkModule] = {}

    def saturating_batch(self, precision: str) -> int:
        """The smallest power of two above which clips a second hardly rise, or memory is over."""
        batch, best = 1, 0.0
        largest = LARGEST_BATCH[self._device.type]
        while batch <= largest:
            try:
                run = self._run(Variant(mode="eager", precision=precision, batch=batch))
                seconds = min(_seconds(run) for _ in range(_TRIALS))
            except torch.cuda.OutOfMemoryError:
                torch.cuda.empty_cache()
                break
            if batch / seconds < GAIN * best:
                break
            batch, best = 2 * batch, batch / seconds
        return max(1, batch // 2)

    def runner(self, variant: Variant) -> Runner:
        """One forward pass, features on the device already, until the device is done.

        Raises RuntimeEngineError when torch cannot compile the network.
        """
        try:
            run = self._run(variant)
            run()
        except Exception as error:  # whatever the compiler stumbles over
            raise RuntimeEngineError(f"torch cannot run it {variant.mode} ({first_line(error)}).") from error
        return Runner(
            engine="torch",
            mode=variant.mode,
            arithmetic=variant.precision,
            workload="clip",
            frames=self._subject.network.input_shape.time,
            batch=variant.batch,
            threads=1 if self._device.type == "cuda" else torch.get_num_threads(),
            on_gpu=self._device.type == "cuda",
            run=run,
        )

    def _run(self, variant: Variant) -> Callable[[], object]:
        module, features = self._module(variant.precision), self._features(variant)
        forward: Any = torch.compile(module) if variant.mode == "compiled" else module

        @torch.inference_mode()
        def run() -> object:
            logits = forward(features)
            _wait(self._device)
            return logits

        return self._graph(forward, features) if variant.mode == "graph" else run

    def _graph(self, forward: Any, features: Tensor) -> Callable[[], object]:
        """The passes' kernels recorded once, launched together each time."""
        with torch.inference_mode():
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(_TRIALS):
                    forward(features)
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                logits = forward(features)

        def run() -> object:
            graph.replay()
            _wait(self._device)
            return logits

        return run

    def _module(self, precision: str) -> NetworkModule:
        if precision not in self._modules:
            module = unfold(self._floats).to(self._device).to(PRECISIONS[precision])
            self._modules[precision] = module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self._modules[precision]

    def _features(self, variant: Variant) -> Tensor:
        steps = torch.from_numpy(some_features(self._subject.network)) / STEPS_PER_DEVIATION
        return steps.to(self._device).to(PRECISIONS[variant.precision]).expand(variant.batch, -1, -1).contiguous()


def peak_memory(run: Callable[[], object]) -> Memory:
    """What torch's allocator held at most on the GPU during `run`, what was there before counted apart."""
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    run()
    how = "torch's allocator on the GPU, above what it held before the pass"
    return Memory(peak_bytes=torch.cuda.max_memory_allocated() - before, baseline_bytes=before, how=how)


def training_source(subject: Subject, tracks: int, device: torch.device) -> Source:
    """Features of noise for as many windows as a data set's training part has."""
    return noise_source(subject.inputs, tracks, subject.network.classes, device)


def training_seconds(
    subject: Subject, source: Source, device: torch.device, *, precision: str, compiled: bool, iterations: int
) -> float:
    """Seconds of one iteration at the paper's protocol. Raises RuntimeEngineError when torch cannot compile it."""
    placement = Placement(device=device, autocast=precision == "bfloat16", compiled=compiled)
    try:
        return seconds_per_iteration(subject.network, PROTOCOL, source, placement, iterations=iterations)
    except Exception as error:
        raise RuntimeEngineError(f"torch cannot train it ({first_line(error)}).") from error


@contextlib.contextmanager
def settled(device: torch.device) -> Iterator[None]:
    """Memory that is no longer in use is given back afterwards."""
    yield
    if device.type == "cuda":
        torch.cuda.empty_cache()


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _seconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun
