"""What a job needs on another computer, as one archive: this package, the C runtime, the bundles, float weights."""

import dataclasses
import io
import tarfile
from pathlib import Path

from edgegenre.bundle import load_bundle
from edgegenre.errors import TrainingError
from edgegenre.rooms import license_file, room
from edgegenre.runs.run_folder import COMPLETED, CONFIG, FLOAT_NETWORK, METRICS, named_run
from edgegenre.targets.job import Job

_ROOMS = ("firmware_export", "calibration")
_RUN_FILES = (CONFIG, METRICS, COMPLETED, FLOAT_NETWORK)


def parcel(job: Job) -> tuple[bytes, Job]:
    """A .tar.gz to be unpacked where the job is to be done, and the job as it is to be given there.

    The package goes as source, without what was compiled from it.
    """
    stream = io.BytesIO()
    bundles, runs = [], ""
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=6) as archive:
        _add_folder(archive, Path(__file__).resolve().parents[1], "edgegenre")
        for name in _ROOMS:
            _add_folder(archive, room(name), name)
        archive.add(license_file(), "LICENSE", recursive=False)
        for number, folder in enumerate(job.bundles):
            bundle = load_bundle(Path(folder))
            # In a folder of its own, because records call a bundle by its folder's name.
            place = f"bundles/{number}/{bundle.folder.resolve().name}"
            _add_folder(archive, bundle.folder, place)
            bundles.append(place)
            runs = _add_run(archive, job, bundle.manifest.training.get("run")) or runs
    moved = dataclasses.replace(job, bundles=tuple(bundles), runs=runs)
    return stream.getvalue(), moved


def _add_folder(archive: tarfile.TarFile, folder: Path, name: str) -> None:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts:
            archive.add(path, f"{name}/{path.relative_to(folder).as_posix()}", recursive=False, filter=_plain)


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of this computer's owners and times."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry


def _add_run(archive: tarfile.TarFile, job: Job, run: object) -> str:
    """The float weights of the run that a bundle was exported from, where they are here."""
    if not job.runs:
        return ""
    try:
        folder = named_run(Path(job.runs), run)
    except TrainingError:
        return ""
    for name in _RUN_FILES:
        if (folder / name).is_file():
            archive.add(folder / name, f"runs/{folder.name}/{name}", recursive=False, filter=_plain)
    return "runs"
