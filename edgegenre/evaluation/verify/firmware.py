"""Is the C code in a bundle what is exported from the bundle's integers? Its bytes are compared, it is never run."""

import tempfile
from pathlib import Path

from edgegenre.bundle import FIRMWARE, Bundle
from edgegenre.export.c.frontend import firmware_frontend
from edgegenre.export.c.project import write_firmware
from edgegenre.files import sha256

_CODE = (".c", ".h")
_TABLES = f"{FIRMWARE}/src/eg_model.c"


def firmware_code(bundle: Bundle) -> dict[str, str]:
    """The hashes of the bundle's C files by name; none when it was exported without them."""
    names = (name for name in bundle.files if name.startswith(f"{FIRMWARE}/") and name.endswith(_CODE))
    return {name: bundle.files[name] for name in names}


def firmware_problems(bundle: Bundle) -> list[str]:
    """A sentence when a C file of the bundle, tables or code, is not the one that this installation exports now.

    Raises ExportError when the C runtime cannot compute the network.
    """
    found, expected = firmware_code(bundle), _exported_code(bundle)
    names = sorted(set(found) | set(expected), key=lambda name: (name != _TABLES, name))
    wrong = [name for name in names if found.get(name) != expected.get(name)]
    if not wrong:
        return []
    if wrong[0] == _TABLES:
        return [f"{_TABLES} does not hold these integers as edgegenre writes them now: export the bundle again."]
    others = f" (nor are {len(wrong) - 1} more files)" if len(wrong) > 1 else ""
    return [f"{wrong[0]} is not the C code that edgegenre exports now{others}: export the bundle again."]


def _exported_code(bundle: Bundle) -> dict[str, str]:
    manifest, integers = bundle.manifest, bundle.integers
    assert integers is not None
    with tempfile.TemporaryDirectory(prefix="edgegenre-verify-") as name:
        folder = Path(name)
        rules = manifest.rules(integers.output)
        write_firmware(integers, firmware_frontend(manifest.inputs), manifest.labels, folder / FIRMWARE, rules)
        paths = [path for path in (folder / FIRMWARE).rglob("*") if path.suffix in _CODE]
        return {path.relative_to(folder).as_posix(): sha256(path) for path in paths}
