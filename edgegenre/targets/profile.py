"""Where the time or the instructions of one clip go, layer by layer.

Three ways to look: our C with a clock around every slice, onnxruntime's own profiler, and the emulated cores' exact
counts. LiteRT has a profiler, too, but not in Python.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import BenchError, BundleError
from edgegenre.export.c.plan import stack
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.operations import Cell, Product
from edgegenre.network.costs import costs
from edgegenre.records.record import LayerCost, Record
from edgegenre.runtime.engines.native import NativeEngine
from edgegenre.runtime.engines.onnxruntime_session import onnx_features, open_session
from edgegenre.runtime.model import Model
from edgegenre.targets.cores import Processor, find_processor
from edgegenre.targets.emulated import emulator_machine
from edgegenre.targets.emulator import FRONT_END, emulate
from edgegenre.targets.measured import recorder_of
from edgegenre.targets.noise import some_features, some_sound
from edgegenre.targets.shares import kind_of, shares
from edgegenre.targets.sound import integers_of
from edgegenre.targets.subject import bundle_subject

RUNS = 30
PROFILE = "profile: one clip, layer by layer"
"""The note of such a record."""

PROFILERS = ("native", "onnxruntime")
"""Engines that tell what each layer took on a PC."""

_WARM_UP = 3
_HEADS = ("dense", "mean and dense")
"""What our C times as one: the dense layers, of a network without a recurrent layer with the mean before them. The row
sums of a dense layer on flattened rows are in the time of the layer that makes the rows."""

_OTHER = "conversions"
"""What an engine does besides the network's layers: reorders, quantizes, converts."""


def timed_profile(model: Model, engine: str, *, runs: int = RUNS) -> Record:
    """A record of `timed_layers`, measured on this machine."""
    return _record(model, timed_layers(model, engine, runs=runs), "cpu", engine=engine, arithmetic="float32")


def counted_profile(model: Model, place: str, processor_name: str) -> Record:
    """A record of `counted_layers` on the emulated processor `processor_name`. place: "mcu" or "pi".

    Raises BenchError for a processor that belongs to the other place.
    """
    processor = find_processor(processor_name)
    if processor.bare != (place == "mcu"):
        raise BenchError(f"'{processor_name}' belongs to --target {'mcu' if processor.bare else 'pi'}. Name that one.")
    layers = counted_layers(model, processor)
    return _record(
        model,
        layers,
        place,
        engine="native",
        arithmetic=processor.arithmetic,
        provenance="emulated",
        machine=emulator_machine(processor),
        instructions=sum(layer.instructions or 0 for layer in layers if layer.kind != FRONT_END),
    )


def _record(model: Model, layers: tuple[LayerCost, ...], place: str, **values: Any) -> Record:
    """values: more of what `Recorder.record` takes."""
    assert model.bundle is not None  # there would be no layers
    return recorder_of(place).record(
        bundle_subject(model.bundle, None),
        workload="clip",
        frames=model.network.only_input.shape.time,
        multiplies=sum(layer.multiplies for layer in layers),
        layers=layers,
        note=PROFILE,
        **values,
    )


def timed_layers(model: Model, engine: str, *, runs: int = RUNS) -> tuple[LayerCost, ...]:
    """Median milliseconds of each layer over `runs` clips of noise, on one thread. engine: of PROFILERS.

    Raises BundleError for a float bundle, RuntimeEngineError or MissingDependencyError when the engine cannot run it.
    """
    integers = integers_of(model)
    features = some_features(model.network).reshape(1, *integers.input_shape)
    if engine == "native":
        times = _native_times(integers, features, runs)
    elif engine == "onnxruntime":
        times = _onnxruntime_times(integers, features, runs)
    else:
        raise BundleError(
            f"the engine '{engine}' does not tell what a layer takes. Those that do: native, onnxruntime."
        )
    priced = _priced(model)
    kinds = _kinds(integers)
    layers = stack(integers)
    summed = [layers.head] if isinstance(layers.head, Product) else []
    dense = sum(priced[layer.name].multiplies for layer in [*summed, *(layer for layer, _ in layers.dense)])
    return tuple(
        LayerCost(
            name=name,
            kind=kinds.get(name, name),
            multiplies=priced[name].multiplies if name in priced else dense if name in _HEADS else 0,
            milliseconds=milliseconds,
            bytes=priced[name].bytes if name in priced else None,
        )
        for name, milliseconds in times.items()
    )


def counted_layers(model: Model, processor: Processor) -> tuple[LayerCost, ...]:
    """Instructions of each layer over one clip of noise with its front end, counted on an emulated core.

    Raises BundleError for a float bundle, ExportError as `emulate` does.
    """
    integers, frontend = integers_of(model), model.firmware_frontend
    samples = frontend.spec.samples_for(integers.input_shape.time)
    priced = _priced(model)
    return tuple(
        LayerCost(
            name=share.name,
            kind=share.kind,
            multiplies=share.multiplies,
            instructions=share.instructions,
            bytes=priced[share.name].bytes if share.name in priced else None,
        )
        for share in shares(integers, emulate(integers, frontend, some_sound(samples), processor))
    )


def _priced(model: Model) -> Mapping[str, LayerCost]:
    """Multiplies, and bytes that a stream keeps, by layer: from the network's description."""
    found = costs(model.network, frames_per_second=1 / model.clock.hop_seconds)
    return {
        layer.name: LayerCost(name=layer.name, kind=layer.kind, multiplies=layer.multiplies, bytes=layer.state_bytes)
        for layer in found.layers
    }


def _kinds(integers: IntegerNetwork) -> dict[str, str]:
    """By layer: what its operation is called, as in `shares` where that knows it."""
    layers = stack(integers)
    kinds = {operation.name: type(operation).__name__.lower() for operation in integers.operations}
    if isinstance(layers.head, Cell):
        kinds[layers.head.name] = layers.head.kind
    for item in layers.rows:
        kinds[item.layer.name] = kind_of(item)
    return kinds


def _native_times(integers: IntegerNetwork, features: np.ndarray, runs: int) -> dict[str, float]:
    layers = stack(integers)
    taken = NativeEngine(integers).profile(features, runs + _WARM_UP)[_WARM_UP:]
    medians = np.median(taken, axis=0) / 1e6
    names = [item.layer.name for item in layers.rows]
    times = dict(zip(names, medians.tolist(), strict=False))
    if isinstance(layers.head, Cell):
        times[layers.head.name] = float(medians[-2])
    return times | {_HEADS[0 if isinstance(layers.head, Cell) else 1]: float(medians[-1])}


def _onnxruntime_times(integers: IntegerNetwork, features: np.ndarray, runs: int) -> dict[str, float]:
    """Each node's median, times how often a clip runs it; summed over the nodes that are named after a layer."""
    with tempfile.TemporaryDirectory(prefix="edgegenre-profile-") as folder:
        session = open_session(onnx_bytes(integers, ""), profile_prefix=Path(folder) / "profile")
        real = onnx_features({integers.only_input.name: features})
        for _ in range(runs):
            session.run(None, real)
        events: list[dict[str, Any]] = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    durations: dict[str, list[float]] = {}
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            durations.setdefault(event["name"], []).append(event["dur"] / 1000)
    layers = {operation.name for operation in integers.operations}
    times: dict[str, float] = {operation.name: 0.0 for operation in integers.operations}
    times[_OTHER] = 0.0
    for name, found in durations.items():
        layer = name.removesuffix("_kernel_time").split("/")[0]
        times[layer if layer in layers else _OTHER] += float(np.median(found)) * len(found) / runs
    return {name: time for name, time in times.items() if time > 0}
