"""Every reader of what comes from outside, with sound inputs to start from. A surface is made once a process."""

import json
import random as randoms
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import soundfile

from edgegenre.audio.decode import load_pcm
from edgegenre.audio.sources import piped_chunks
from edgegenre.backbones.files.reading import read_tensors
from edgegenre.bundle import INTEGERS, MANIFEST, SAMPLES, load_bundle, write_manifest
from edgegenre.datasets.extended_ballroom import read_metadata
from edgegenre.datasets.md5 import read_index
from edgegenre.datasets.split_record import from_json
from edgegenre.errors import EdgegenreError
from edgegenre.evaluation.verify.inputs import recorded_clips
from edgegenre.export.c.tables import model_texts
from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.export.onnx.stream import onnx_layout, stream_onnx_bytes
from edgegenre.export.steps import step_plan
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.export.tflite.clip import tflite_bytes
from edgegenre.export.tflite.stream import stream_tflite_bytes, tflite_layout
from edgegenre.integer.archive import load_integers, save_integers
from edgegenre.quantize.recipe import read_recipe
from edgegenre.records.files import read_records
from edgegenre.rooms import room
from edgegenre.runs.float_file import load_float_network
from edgegenre.runs.run_folder import CONFIG, FLOAT_NETWORK, METRICS, load_run
from edgegenre.runtime.engines.tflite_metadata import tflite_metadata
from edgegenre.runtime.file_structure import Interface, TensorSpec
from edgegenre.runtime.onnx_structure import check_onnx
from edgegenre.runtime.tflite_structure import check_tflite
from edgegenre.untrusted import UnreadableError, parse_json, read_npz
from tests.bundles import finish, tiny_bundle, tiny_run
from tests.fuzz.mutate import mutated_arrays, mutated_bytes, mutated_value, npz
from tests.networks import random_integer_network

Input = Callable[[Random], bytes]
Read = Callable[[bytes], Any]


@dataclass(frozen=True, kw_only=True)
class Surface:
    """One reader. make: an input from chance; read: gives it to the reader, by way of a file where it reads files."""

    make: Input
    read: Read


REFUSALS = (EdgegenreError, UnreadableError)
"""How a reader says no; UnreadableError is caught and explained by every caller outside `edgegenre.untrusted`."""


def through(path: Path, read: Callable[[Path], Any]) -> Read:
    """Write the input to `path` and read it from there."""

    def written(content: bytes) -> Any:
        path.write_bytes(content)
        return read(path)

    return written


def bytes_of(*seeds: bytes) -> Input:
    """Changed bytes."""
    return lambda random: mutated_bytes(random, seeds)


def json_of(*seeds: Any) -> Input:
    """JSON with changed values; sometimes changed bytes of it."""
    texts = [json.dumps(seed).encode() for seed in seeds]

    def make(random: Random) -> bytes:
        if random.random() < 0.3:
            return mutated_bytes(random, texts)
        return json.dumps(mutated_value(random, random.choice(seeds))).encode()

    return make


def arrays_of(arrays: dict[str, np.ndarray]) -> Input:
    """An .npz with changed arrays; sometimes changed bytes of it."""
    sound = [npz(randoms.Random(seed), arrays) for seed in range(4)]

    def make(random: Random) -> bytes:
        if random.random() < 0.4:
            return mutated_bytes(random, sound)
        return npz(random, mutated_arrays(random, arrays))

    return make


def _small_bundle(folder: Path) -> Path:
    """Integers, samples and a manifest: what most readers of a bundle read."""
    bundle = tiny_bundle(folder)
    kept = load_bundle(bundle).manifest
    for path in sorted(bundle.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        elif path.name not in (INTEGERS, SAMPLES):
            path.unlink()
    write_manifest(bundle, kept)
    return bundle


def manifest(folder: Path) -> Surface:
    """A manifest whose own hash is right."""
    bundle = _small_bundle(folder)
    sound = json.loads((bundle / MANIFEST).read_text())
    del sound["sha256"]
    hashed = json_of(sound)

    def make(random: Random) -> bytes:
        content = hashed(random)
        try:
            data = json.loads(content)
            digest = _own_hash(data)
        except ValueError:
            return content
        return json.dumps(data | {"sha256": digest}).encode() if isinstance(data, dict) else content

    def read(path: Path) -> Any:
        opened = load_bundle(path.parent)
        return opened.integers, opened.manifest.to_dict()

    return Surface(make=make, read=through(bundle / MANIFEST, read))


def _own_hash(data: Any) -> str:
    import hashlib

    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def integers(folder: Path) -> Surface:
    """integers.npz, its structure among the arrays; what is read is written as C."""
    path = folder / INTEGERS
    networks = [random_integer_network(name) for name in ("odd", "recurrent", "wide-odd")]
    seeds = []
    for network in networks:
        save_integers(network, path)
        with np.load(path) as archive:
            seeds.append(dict(archive))
    structures = [json.loads(arrays["structure"].tobytes()) for arrays in seeds]

    def make(random: Random) -> bytes:
        number = random.randrange(len(seeds))
        if random.random() < 0.5:
            return npz(random, mutated_arrays(random, seeds[number]))
        text = json.dumps(mutated_value(random, structures[number])).encode()
        return npz(random, seeds[number] | {"structure": np.frombuffer(text, np.uint8)})

    def read(path: Path) -> Any:
        found = load_integers(path)
        if sum(shape.values for shape in found.shapes().values()) < 100_000 and found.classes < 100:
            return model_texts(found, None, tuple("x" * found.classes))
        return found

    return Surface(make=make, read=through(path, read))


def samples(folder: Path) -> Surface:
    """samples.npz of a bundle."""
    bundle = load_bundle(_small_bundle(folder))
    with np.load(bundle.folder / SAMPLES) as archive:
        arrays = dict(archive)
    return Surface(make=arrays_of(arrays), read=through(bundle.folder / SAMPLES, lambda _: recorded_clips(bundle, 4)))


def archives(folder: Path) -> Surface:
    """Any .npz."""
    arrays = {"a": np.arange(12, dtype=np.int8).reshape(3, 4), "b/c": np.ones(3, np.float32), "d": np.array(True)}
    return Surface(make=arrays_of(arrays), read=through(folder / "x.npz", read_npz))


class _Anything(Interface):
    """So that changes of the interface do not hide those behind it."""

    def check(self, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
        """Nothing to object to."""


ANYTHING = _Anything(inputs=(), outputs=())


def _structure(check: Callable[[bytes, Interface], None], *seeds: bytes) -> Surface:
    return Surface(make=bytes_of(*seeds), read=lambda content: check(content, ANYTHING))


def onnx_files(folder: Path) -> Surface:
    """.onnx files of every kind, before an engine sees them."""
    networks = [random_integer_network(name) for name in ("odd", "recurrent")]
    seeds = [write(network, "{}") for network in networks for write in (onnx_bytes, stream_onnx_bytes)]
    return _structure(check_onnx, *seeds)


def tflite_files(folder: Path) -> Surface:
    """.tflite files of every kind, before an engine sees them."""
    networks = [random_integer_network(name) for name in ("odd", "plain", "wide-odd")]
    seeds = [write(network, "{}") for network in networks for write in (tflite_bytes, stream_tflite_bytes)]
    return _structure(check_tflite, *seeds)


def metadata(folder: Path) -> Surface:
    """The metadata inside a .tflite."""
    content = stream_tflite_bytes(random_integer_network("odd"), '{"a": 1}')

    def read(content: bytes) -> Any:
        try:
            return tflite_metadata(content, "edgegenre")
        except KeyError as error:
            raise UnreadableError(str(error)) from error

    return Surface(make=bytes_of(content), read=read)


def layouts(folder: Path) -> Surface:
    """How to drive a step, as it rides in its file."""
    plans = [step_plan(random_integer_network(name)) for name in ("odd", "recurrent")]
    seeds = [layout(plan).to_dict() for plan in plans for layout in (onnx_layout, tflite_layout)]

    def read(content: bytes) -> Any:
        layout = StreamLayout.from_dict(parse_json(content))
        return [state.initial() for state in layout.states], [mask.at(3) for mask in layout.masks]

    return Surface(make=json_of(*seeds), read=read)


def recipes(folder: Path) -> Surface:
    """Quantization recipes."""
    seeds = [path.read_bytes() for path in sorted(room("calibration").glob("*.toml"))]
    return Surface(make=bytes_of(*seeds), read=through(folder / "x.toml", read_recipe))


BALLROOM = """<?xml version="1.0" encoding="{encoding}"?>
<ballroom><Tango><song id="101" title="Räp" artist="A &amp; B" hash="0123abcd"><exact id="102"/></song>
<song id="102" artist="C"/></Tango><Waltz><song id="x-1" artist=""><time id="101"/></song></Waltz></ballroom>"""


def xml(folder: Path) -> Surface:
    """The Extended Ballroom's metadata, in encodings and with entities, too."""
    names = ("utf-16", "iso-8859-1", "utf-7", "big5", "euc-jp", "x", "rot13", "idna", "punycode", "utf-32")
    seeds = [BALLROOM.format(encoding="utf-8").encode()] * len(names)
    seeds += [BALLROOM.format(encoding=name).encode() for name in names]
    seeds += [BALLROOM.format(encoding="utf-16").encode("utf-16"), BALLROOM.format(encoding="latin1").encode("latin1")]
    seeds.append(b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><ballroom>&d;</ballroom>')
    seeds.append(b"<a>" * 20_000)
    return Surface(make=bytes_of(*seeds), read=through(folder / "x.xml", read_metadata))


def indexes(folder: Path) -> Surface:
    """MD5 indexes."""
    seed = {"version": "1", "tracks": {f"blues.{number:05}": {"audio": ["a/b.wav", "0a" * 16]} for number in range(5)}}
    return Surface(make=json_of(seed), read=through(folder / "x.json", read_index))


def records(folder: Path) -> Surface:
    """Results of benches."""
    published = sorted((room("bench") / "results").glob("*.json"))
    seeds = [json.loads(path.read_text())[:2] for path in published[:4]]
    return Surface(make=json_of(*seeds), read=through(folder / "x.json", read_records))


def splits(folder: Path) -> Surface:
    """Recorded splits."""
    (folder / "a").mkdir()
    (folder / "a" / "1.wav").write_bytes(b"")
    track = {"path": "a/1.wav", "label": "a", "identifier": "a/1", "group": None}
    seed = {part: [track, track | {"group": "x"}] for part in ("train", "validation", "test")}
    return Surface(make=json_of(seed), read=lambda content: from_json(parse_json(content), folder))


def _run(folder: Path) -> Path:
    run = tiny_run(folder)
    finish(run)
    shutil.rmtree(folder / "music")
    return run.path


def configurations(folder: Path) -> Surface:
    """config.json of a run."""
    path = _run(folder)
    seed = json.loads((path / CONFIG).read_text())
    seed["split"] = {part: tracks[:2] for part, tracks in seed["split"].items()}
    return Surface(make=json_of(seed), read=through(path / CONFIG, lambda _: load_run(path)))


def metrics(folder: Path) -> Surface:
    """metrics.json of a run."""
    path = _run(folder)
    part = {"accuracy": 0.5, "macro_f1": 0.25, "per_class": {"high": {"f1": 0.5}}, "confusion": [[1, 0], [0, 1]]}
    make = json_of({"validation": part, "test": part, "seed": 0})
    return Surface(make=make, read=through(path / METRICS, lambda _: load_run(path)))


def weights(folder: Path) -> Surface:
    """The trained floats of a run."""
    path = _run(folder) / FLOAT_NETWORK
    return Surface(make=bytes_of(path.read_bytes()), read=through(path, load_float_network))


def checkpoints(folder: Path) -> Surface:
    """Where an interrupted training stands."""
    from tests.fuzz.checkpoints import checkpoint_surface

    make_bytes, read = checkpoint_surface(folder)
    return Surface(make=bytes_of(make_bytes), read=read)


def backbone(suffix: str) -> Callable[[Path], Surface]:
    """Weights of a frozen backbone, in files that end in `suffix`."""

    def surface(folder: Path) -> Surface:
        from tests.fuzz.backbone_files import SEEDS

        seeds = SEEDS[suffix](folder)
        return Surface(make=bytes_of(*seeds), read=through(folder / f"x{suffix}", lambda path: read_tensors(path, "x")))

    return surface


SOUNDS = (
    ("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("WAV", "ALAW"), ("WAV", "IMA_ADPCM"), ("WAVEX", "PCM_16"),
    ("RF64", "PCM_16"), ("W64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "PCM_16"), ("FLAC", "PCM_16"),
    ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"),
)  # fmt: skip


def sound_files() -> list[bytes]:
    """Fifty milliseconds of noise in every format, in mono and stereo."""
    generator = np.random.default_rng(0)
    seeds = []
    for format_, subtype in SOUNDS:
        for rate, channels in ((16_000, 1), (48_000, 2)):
            stream = BytesIO()
            noise = generator.normal(0, 0.1, (rate // 20, channels))
            soundfile.write(stream, noise, rate, format=format_, subtype=subtype)
            seeds.append(stream.getvalue())
    return seeds


def sounds(folder: Path) -> Surface:
    """Sound files: half of the changes hit the header."""
    return Surface(make=bytes_of(*sound_files()), read=through(folder / "x.wav", load_pcm))


def pipes(folder: Path) -> Surface:
    """What arrives on standard input: raw samples, or a whole sound file."""
    noise = np.random.default_rng(0).integers(-3000, 3000, 400, np.int16).tobytes()

    def read(content: bytes) -> Any:
        return list(piped_chunks(BytesIO(content), 800))

    return Surface(make=bytes_of(noise, b"fLaC" + noise, b"ID3" + noise, b"", *sound_files()[::3]), read=read)


SURFACES: dict[str, tuple[Callable[[Path], Surface], int]] = {
    "archives": (archives, 20_000),
    "backbone_onnx": (backbone(".onnx"), 3_000),
    "backbone_pth": (backbone(".pth"), 2_000),
    "backbone_safetensors": (backbone(".safetensors"), 2_000),
    "backbone_tflite": (backbone(".tflite"), 3_000),
    "checkpoints": (checkpoints, 4_000),
    "configurations": (configurations, 8_000),
    "indexes": (indexes, 8_000),
    "integers": (integers, 12_000),
    "layouts": (layouts, 12_000),
    "manifest": (manifest, 12_000),
    "metadata": (metadata, 12_000),
    "metrics": (metrics, 6_000),
    "onnx_files": (onnx_files, 20_000),
    "pipes": (pipes, 8_000),
    "recipes": (recipes, 10_000),
    "records": (records, 10_000),
    "samples": (samples, 8_000),
    "sounds": (sounds, 10_000),
    "splits": (splits, 8_000),
    "tflite_files": (tflite_files, 12_000),
    "weights": (weights, 4_000),
    "xml": (xml, 6_000),
}
"""Each surface and its share of the 200,000 inputs of a long run."""
