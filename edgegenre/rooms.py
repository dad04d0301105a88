"""Where the data rooms (firmware_export, calibration, bench) are, in a checkout and when installed."""

from pathlib import Path

from edgegenre.errors import EdgegenreError


def room(name: str) -> Path:
    """The folder of the data room `name`.

    An installed wheel carries the rooms in `edgegenre/_rooms/`; a checkout has them beside the package.
    Raises EdgegenreError when the room is in neither place.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "_rooms" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise EdgegenreError(f"the data folder '{name}' is missing from this installation. Reinstall edgegenre.")


def license_file() -> Path:
    """The text of the license, which lies beside the data rooms in a checkout and in a wheel."""
    return room("firmware_export").parent / "LICENSE"
