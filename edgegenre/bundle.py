"""The bundle: a folder that a person copies to a device. Loading checks every hash and runs no code."""

import dataclasses
import functools
import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from edgegenre import __version__
from edgegenre.decisions.rules import Rules, rules_for
from edgegenre.decisions.settings import Decisions
from edgegenre.errors import BundleError, EdgegenreError, NetworkError
from edgegenre.files import sha256, write_json
from edgegenre.frontend.inputs import FeatureInput, clock, frontends_of, inputs_from_dict, inputs_to_dict
from edgegenre.frontend.protocol import Frontend
from edgegenre.identifiers import distinct_labels, identifier
from edgegenre.integer.archive import load_integers
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.quantization import Quantization
from edgegenre.limits import check_frames
from edgegenre.network.description import network_from_dict, network_to_dict
from edgegenre.network.network import Network
from edgegenre.network.shape import Shape
from edgegenre.trust import Calibration, MicrophoneScore
from edgegenre.untrusted import UnreadableError, check_unicode, read_json
from edgegenre.voting import Vote, named_vote

T = TypeVar("T")

SCHEMA_VERSION = 2

MANIFEST = "manifest.json"
MODEL_CARD = "MODEL_CARD.md"
INTEGERS = "integers.npz"
TFLITE = "model.tflite"
ONNX = "model.onnx"
STREAM_ONNX = "stream.onnx"
STREAM_TFLITE = "stream.tflite"
FLOAT_ONNX = "model_float.onnx"
SAMPLES = "samples.npz"
FIRMWARE = "firmware"


def sample_name(name: str) -> str:
    """How SAMPLES names the features of the input `name`."""
    return f"input_{name}"


METADATA_KEY = "edgegenre"
"""Under this name the manifest rides inside the ONNX and TFLite files."""

LARGEST_FILE = 256 << 20
"""Bytes of one file of a bundle."""

LARGEST_BUNDLE = 1 << 30
"""Bytes of all files of a bundle: they are hashed each time it is opened."""

MOST_FILES = 10_000
"""Files and folders in a bundle."""

_EXPORTED = "exported"
"""Under this name the manifest says when the bundle was written (ISO 8601, UTC)."""

_OWN_HASH = "sha256"
"""Under this name the manifest holds the hash of everything else in it."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle says of itself, JSON-ready but for the nested objects.

    inputs: what each input of the network is fed, by its name. costs: the figures of `edgegenre.network.costs`. vote:
    how the windows of a longer track decide together. training: data set, split, protocol, seed, and whether the data
    is synthetic. quantization: recipe, bits of activations and calibration clips, empty for a float bundle. metrics: by
    arithmetic ("float32", "q31", "int16x8", "float"). calibration: the temperature that logits are divided by; None for
    1. decisions: how logits become answers; None: the default ones. microphone: what a test in bad sound gave, where
    there was one. minimum_versions: of the engines that can run the files.
    """

    model: str
    labels: tuple[str, ...]
    inputs: Mapping[str, FeatureInput]
    vote: Vote
    quantized: bool
    network: Network
    costs: dict[str, Any]
    training: dict[str, Any] = field(default_factory=dict)
    quantization: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None
    microphone: MicrophoneScore | None = None
    minimum_versions: dict[str, str] = field(default_factory=dict)
    decisions: Decisions | None = None
    schema_version: int = SCHEMA_VERSION

    def __post_init__(self) -> None:
        """Raise BundleError for names that `from_dict` would refuse: nothing is exported that cannot be read again."""
        try:
            identifier(self.model)
            distinct_labels(self.labels)
            check_unicode(self.training)
        except UnreadableError as error:
            raise BundleError(f"a bundle cannot hold these names ({error}). Rename the genre's folder.") from error

    @property
    def clock(self) -> Frontend:
        """The front end whose rows time is counted in."""
        return clock(frontends_of(self.inputs))

    @property
    def wide(self) -> bool:
        """Whether activations are int16: onnxruntime has no convolution for them, so there is no .onnx."""
        return self.quantization.get("activation_bits") == 16

    @property
    def temperature(self) -> float:
        """What real logits are divided by for probabilities."""
        return 1.0 if self.calibration is None else self.calibration.temperature

    def rules(self, output: Quantization | None) -> Rules:
        """The integers that make answers of logits; output: how the logits are read, None where they are real numbers.

        Raises BundleError when decisions and calibration have no integers for such logits.
        """
        try:
            return rules_for(
                self.decisions,
                labels=self.labels,
                output=output,
                temperature=self.temperature,
                hop_samples=self.clock.hop_length,
                hop_seconds=self.clock.hop_seconds,
                decision_hops=decision_frames(self.network),
            )
        except ValueError as error:
            raise BundleError(f"the manifest's decisions cannot be used: {error}. Run `edgegenre tune`.") from error

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data; `from_dict` reads it back."""
        values = {item.name: getattr(self, item.name) for item in dataclasses.fields(self)}
        return values | {
            "edgegenre": __version__,
            "labels": list(self.labels),
            "inputs": inputs_to_dict(self.inputs),
            "network": network_to_dict(self.network),
            "calibration": None if self.calibration is None else self.calibration.to_dict(),
            "microphone": None if self.microphone is None else self.microphone.to_dict(),
            "decisions": self.decisions.to_dict() if self.decisions is not None else None,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read untrusted JSON data.

        Raises BundleError when it is of another schema, not well formed, or its parts do not fit together.
        """
        version = data.get("schema_version")
        if version != SCHEMA_VERSION:
            raise BundleError(
                f"the manifest has schema version {version!r}, this edgegenre reads {SCHEMA_VERSION}. "
                "Export the model again, or install the edgegenre that wrote it."
            )
        try:
            check_unicode(data)
            manifest = cls(
                model=identifier(data["model"]),
                labels=distinct_labels(data["labels"]),
                inputs=inputs_from_dict(data["inputs"]),
                vote=named_vote(data["vote"]),
                quantized=bool(data["quantized"]),
                network=network_from_dict(data["network"]),
                costs=dict(data["costs"]),
                training=dict(data["training"]),
                quantization=dict(data["quantization"]),
                metrics=dict(data["metrics"]),
                calibration=_optional(Calibration.from_dict, data.get("calibration")),
                microphone=_optional(MicrophoneScore.from_dict, data.get("microphone")),
                minimum_versions=dict(data["minimum_versions"]),
                decisions=_optional(Decisions.from_dict, data.get("decisions")),
            )
            if manifest.decisions is not None:
                manifest.decisions.check_labels(manifest.labels)
        except (KeyError, TypeError, ValueError, ArithmeticError, EdgegenreError) as error:
            raise BundleError(f"the manifest cannot be read ({error}). Export the bundle again.") from error
        _check_parts(manifest)
        return manifest


@dataclass(frozen=True, kw_only=True, eq=False)
class Bundle:
    """A folder whose files all have the hashes its manifest gives. `files` maps relative names to SHA-256."""

    folder: Path
    manifest: Manifest
    files: Mapping[str, str]

    @functools.cached_property
    def integers(self) -> IntegerNetwork | None:
        """The integers, read once; None for a float bundle. Raises BundleError unless they are the manifest's network.

        What computes them takes every size from their network, what feeds it from the manifest's.
        """
        if not self.manifest.quantized:
            return None
        path = self.path(INTEGERS)
        integers = load_integers(path)
        if not _same_interface(integers, self.manifest.network):
            raise BundleError(f"{path}: the integers are of another network than the manifest's. Export it again.")
        return integers

    def path(self, name: str) -> Path:
        """The path of one of the bundle's files. Raises BundleError when it has none of that name."""
        if name not in self.files and self.manifest.wide and name in (ONNX, STREAM_ONNX):
            raise BundleError(
                f"{self.folder}: this bundle has no {name}, as onnxruntime has no convolution for int16 activations. "
                "Use the engine 'litert', 'native' or 'reference', or export with a recipe of 8 bits."
            )
        if name not in self.files:
            raise BundleError(
                f"{self.folder}: this bundle has no {name}. `edgegenre export --int8` without --to writes every file "
                "that the network has."
            )
        return self.folder / name


def decision_frames(network: Network) -> int:
    """Feature rows from one decision of an endless stream to the next; a whole window of a network without streams."""
    try:
        return network.stream_plan().leading_rows.frames
    except NetworkError:
        return max(item.shape.time for item in network.inputs)


def decision_seconds(network: Network, clock: Frontend) -> float:
    """Seconds from one decision of an endless stream to the next. clock: whose rows `decision_frames` counts."""
    return decision_frames(network) * clock.hop_seconds


def manifest_text(manifest: Manifest) -> str:
    """The manifest without file hashes, as it rides inside the ONNX and TFLite files."""
    return json.dumps(manifest.to_dict(), ensure_ascii=False, separators=(",", ":"))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Hash every file in `folder` and write its manifest, with the time: the last step of an export."""
    files = {name: sha256(folder / name) for name in _names(folder)}
    data = manifest.to_dict() | {_EXPORTED: datetime.now(UTC).isoformat(), "files": files}
    write_json(folder / MANIFEST, data | {_OWN_HASH: _hash(data)})


def load_bundle(folder: Path) -> Bundle:
    """Open a bundle after checking its schema and every file's hash, the manifest's own included.

    Raises BundleError when the folder is no bundle, a file is missing, changed or was never listed.
    """
    folder = Path(folder)
    path = folder / MANIFEST
    try:
        data = read_json(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BundleError(f"{folder}: not a bundle (no {MANIFEST}). `edgegenre export` makes one.") from error
    except (OSError, UnreadableError) as error:
        raise BundleError(f"{path}: cannot be read ({error}). Export the bundle again.") from error
    try:
        manifest = Manifest.from_dict(data)
        files = {_text(name): _text(digest) for name, digest in data["files"].items()}
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from error
    except (KeyError, AttributeError, TypeError, ValueError) as error:
        raise BundleError(f"{path}: the manifest cannot be read ({error!r}). Export the bundle again.") from error
    _check_files(folder, files)
    if data.get(_OWN_HASH) != _hash({name: value for name, value in data.items() if name != _OWN_HASH}):
        raise BundleError(
            f"{path}: it does not have the hash it was written with: changed by hand, or of an older edgegenre. "
            "Labels and normalization are in the model's other files, too: export the bundle again."
        )
    return Bundle(folder=folder, manifest=manifest, files=files)


def latest_bundle(root: Path = Path("bundles")) -> Path:
    """The newest bundle under `root`, by what the manifests say. Raises BundleError when there is none."""
    found = bundle_folders(root)
    if not found:
        raise BundleError(f"no bundle under {root}/ yet. `edgegenre export --int8` makes one from the latest run.")
    return max(found, key=lambda folder: (_exported(folder), folder.name))


def _exported(folder: Path) -> str:
    """When the bundle was written; nothing, which is before all others, where the manifest does not say."""
    try:
        return _text(read_json(folder / MANIFEST)[_EXPORTED])
    except (OSError, UnreadableError, LookupError, TypeError):
        return ""


def bundle_folders(root: Path) -> list[Path]:
    """Every folder directly under `root` that has a manifest, by name.

    Hidden ones are left out: an export that was killed leaves its unfinished folder under such a name.
    """
    return sorted(path.parent for path in root.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))


def _hash(data: Mapping[str, Any]) -> str:
    """Hexadecimal SHA-256 of JSON data, however it is laid out."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _same_interface(integers: IntegerNetwork, network: Network) -> bool:
    """Whether they take the same inputs and give tensors of the same names the same shapes, the logits among them."""
    ours, theirs = integers.shapes(), network.shapes()
    inputs = {item.name: item.shape for item in integers.inputs}
    return (
        integers.name == network.name
        and inputs == {item.name: item.shape for item in network.inputs}
        and integers.logits.name == network.output.name
        and all(ours.get(name) == shape for name, shape in theirs.items())
    )


def _check_parts(manifest: Manifest) -> None:
    """Raise BundleError unless inputs, network and labels have the same names and sizes."""
    network, names = manifest.network, [item.name for item in manifest.network.inputs]
    if sorted(names) != sorted(manifest.inputs):
        raise BundleError(f"the manifest feeds the inputs {sorted(manifest.inputs)}, its network takes {names}.")
    for item in network.inputs:
        frontend = manifest.inputs[item.name].frontend
        try:
            check_frames(frames_per_second=1 / frontend.hop_seconds, window_seconds=frontend.window_seconds)
        except NetworkError as error:
            raise BundleError(f"the manifest is out of bounds: {error}") from error
        features = Shape(*manifest.inputs[item.name].frontend.window_shape)
        if item.shape != features:
            raise BundleError(
                f"the manifest's front end makes {_sizes(features)} of '{item.name}', its network takes "
                f"{_sizes(item.shape)}."
            )
    output = network.shapes()[network.output.name]
    if output != Shape(1, 1, len(manifest.labels)):
        raise BundleError(f"the manifest names {len(manifest.labels)} labels for {_sizes(output)} outputs.")


def _sizes(shape: Shape) -> str:
    return " × ".join(map(str, shape))


def _check_files(folder: Path, files: Mapping[str, str]) -> None:
    present = set(_names(folder))
    missing, unlisted = sorted(set(files) - present), sorted(present - set(files))
    if missing:
        raise BundleError(f"{folder / missing[0]}: listed in the manifest but missing. Copy the whole folder again.")
    if unlisted:
        raise BundleError(f"{folder / unlisted[0]}: not listed in the manifest. Remove it, or export the bundle again.")
    for name, digest in files.items():
        if sha256(folder / name) != digest:
            raise BundleError(f"{folder / name}: its hash is not the manifest's: changed or truncated. Copy it again.")


def _names(folder: Path) -> list[str]:
    """Every file below `folder` but the manifest, with forward slashes, in order.

    Raises BundleError for a link or a special file, and when there are more files, or larger ones, than a bundle has.
    """
    names: list[str] = []
    waiting, entries, total = [folder], 0, 0
    while waiting:
        with os.scandir(waiting.pop()) as found:
            for entry in found:
                entries += 1
                path, size = Path(entry.path), _plain_size(entry)
                if size is None:
                    waiting.append(path)
                elif path != folder / MANIFEST:
                    total += size
                    names.append(path.relative_to(folder).as_posix())
                if entries > MOST_FILES or total > LARGEST_BUNDLE:
                    raise BundleError(
                        f"{folder}: more than {MOST_FILES} files or {LARGEST_BUNDLE} bytes: no bundle of edgegenre's."
                    )
    return sorted(names)


def _plain_size(entry: os.DirEntry[str]) -> int | None:
    """Bytes of a regular file, None for a folder. Raises BundleError for anything else, and for a file too large."""
    status = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        raise BundleError(f"{entry.path}: a bundle holds no links. Copy the file itself.")
    if stat.S_ISDIR(status.st_mode):
        return None
    if not stat.S_ISREG(status.st_mode):
        raise BundleError(f"{entry.path}: a bundle holds files and folders, and this is neither. Remove it.")
    if status.st_size > LARGEST_FILE:
        raise BundleError(f"{entry.path}: {status.st_size} bytes, more than {LARGEST_FILE}. Export the bundle again.")
    return status.st_size


def _optional(read: Callable[[Any], T], value: Any) -> T | None:
    return None if value is None else read(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value
