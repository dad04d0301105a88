"""A small trained run and its bundle for tests: sound files, random weights, real exports, a second or two."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.bundle import Manifest
from edgegenre.datasets.folder import open_folder
from edgegenre.datasets.split import stratified_split
from edgegenre.datasets.split_record import to_json
from edgegenre.deploy.assemble import export_bundle
from edgegenre.files import write_json
from edgegenre.frontend.inputs import FeatureInput, sample_rate
from edgegenre.frontend.kinds.mfcc import LIANG_MFCC
from edgegenre.frontend.protocol import Frontend
from edgegenre.network.layers import AveragePool, Convolution, Dense, DepthwiseConv, GlobalAverage, Gru, RecurrentLayer
from edgegenre.network.network import Network, chain
from edgegenre.network.shape import Shape
from edgegenre.runs.description import DatasetInfo
from edgegenre.runs.float_file import save_float_network
from edgegenre.runs.protocols import QUICK
from edgegenre.runs.run_folder import FLOAT_NETWORK, METRICS, Run, complete, write_config
from edgegenre.trust import Calibration
from tests.networks import random_float_network

SPEC = dataclasses.replace(LIANG_MFCC, window_frames=39)
FEATURES: Mapping[str, Frontend] = {"features": SPEC}
LABELS = ("high", "low", "noise")


def tiny_network(frontend: Frontend = SPEC) -> Network:
    """Every layer kind that has an int8 form, for windows of `frontend`."""
    return chain(
        "tiny",
        input_shape=Shape(*frontend.window_shape),
        layers=[
            ("conv1", Convolution(channels=8, kernel=(5, 4), stride=(2, 2))),
            ("depthwise2", DepthwiseConv(kernel=(3, 3))),
            ("pointwise2", Convolution(channels=12, kernel=(1, 1))),
            ("pool", AveragePool(window=(2, 2))),
            ("average", GlobalAverage()),
            ("logits", Dense(units=len(LABELS))),
        ],
    )


def tiny_recurrent_network(cell: type[RecurrentLayer] = Gru) -> Network:
    """A recurrent layer, named after its cell, instead of the average."""
    return chain(
        "tiny-recurrent",
        input_shape=Shape(*SPEC.window_shape),
        layers=[
            ("conv1", Convolution(channels=8, kernel=(5, 4), stride=(2, 2))),
            ("pool", AveragePool(window=(6, 6))),
            (cell.__name__.lower(), cell(units=6)),
            ("logits", Dense(units=len(LABELS))),
        ],
    )


def write_sounds(folder: Path, tracks: int = 10) -> Path:
    """Two seconds each: high tones, low tones, noise."""
    generator = np.random.default_rng(0)
    time = np.arange(34_000) / 16_000
    for label in LABELS:
        (folder / label).mkdir(parents=True)
        for number in range(tracks):
            pitch = {"high": 2000, "low": 150, "noise": 0}[label] * generator.uniform(0.8, 1.25)
            tone = np.sin(2 * np.pi * pitch * time * (1 + 0.1 * np.sin(3 * time))) * generator.uniform(0.1, 0.8)
            sound = tone + generator.normal(0, 0.3 if label == "noise" else 0.01, len(time))
            soundfile.write(folder / label / f"{number:02}.wav", 0.5 * sound, 16_000, subtype="PCM_16")
    return folder


def tiny_run(folder: Path, network: Network | None = None, frontends: Mapping[str, Frontend] = FEATURES) -> Run:
    """A run folder as training leaves it, as far as the export reads it; its weights are random."""
    network = network or tiny_network(frontends["features"])
    root = write_sounds(folder / "music")
    dataset = open_folder(root)
    split = stratified_split(dataset, seed=0)
    sounds = [load_pcm(track.path, sample_rate(frontends)) for track in split.train]
    path = folder / "runs" / "run-1"
    path.mkdir(parents=True)
    save_float_network(path / FLOAT_NETWORK, random_float_network(network))
    return Run(
        path=path,
        model=network.name,
        network=network,
        labels=dataset.labels,
        inputs={
            name: FeatureInput.fit(frontend, [frontend.float32(pcm) for pcm in sounds])
            for name, frontend in frontends.items()
        },
        vote="mean",
        protocol=QUICK,
        seed=0,
        split_by="track",
        dataset=DatasetInfo(name="folder", root=root, synthetic=False),
        metrics={"test": {"accuracy": 0.5, "macro_f1": 0.4}},
        recorded_split=to_json(split, root),
    )


def tiny_bundle(folder: Path, network: Network | None = None) -> Path:
    """The int8 bundle of `tiny_run`."""
    return export_bundle(tiny_run(folder, network), out_folder=folder / "bundle")


def finish(run: Run) -> None:
    """Complete the folder of a `tiny_run`, as training leaves it."""
    write_config(run.path, run)
    write_json(run.path / METRICS, run.metrics)
    complete(run.path)


def at_temperature(manifest: Manifest, temperature: float) -> Manifest:
    """`manifest` as if that temperature had been fitted to a hundred tracks."""
    fitted = Calibration(
        temperature=temperature, tracks=100, split="validation", arithmetic="float32", ece_before=0.1, ece_after=0.1
    )
    return dataclasses.replace(manifest, calibration=fitted)
