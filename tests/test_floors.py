"""The rooms stand in floors: an import goes down, never up, and what a device needs loads nothing heavy."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "edgegenre"

FOUNDATION = {"errors", "files", "identifiers", "interrupts", "limits", "printable", "progress", "rooms", "untrusted"}
"""What every room may use; it imports no room."""

ROOMS: dict[str, set[str]] = {
    "cli": {
        "audio", "backbones", "bench", "bundle", "cluster", "datasets", "deploy", "evaluation", "frontend", "quantize",
        "records", "report", "reproduce", "runs", "runtime", "sweep", "targets", "training", "trust", "zoo",
    },
    "cluster": {"audio", "datasets", "frontend", "integer", "runtime"},
    "reproduce": {"datasets", "metrics", "network", "report", "runs", "training", "zoo"},
    "sweep": {"datasets", "evaluation", "frontend", "network", "runs", "training", "zoo"},
    "report": {"backbones", "bundle", "evaluation", "network", "records", "zoo"},
    "bench": {"bundle", "records", "runs", "targets"},
    "deploy": {
        "audio", "bundle", "datasets", "decisions", "evaluation", "export", "frontend", "integer", "metrics", "network",
        "quantize", "runs", "runtime", "training", "trust", "voting",
    },
    "evaluation": {
        "audio", "bundle", "datasets", "decisions", "export", "frontend", "integer", "metrics", "network", "runs",
        "runtime", "trust",
    },
    "targets": {
        "audio", "bundle", "export", "frontend", "integer", "network", "quantize", "records", "runs", "runtime",
        "training", "zoo",
    },
    "runtime": {
        "bundle", "decisions", "export", "frontend", "integer", "metrics", "network", "runs", "training", "voting",
    },
    "export": {"bundle", "decisions", "frontend", "integer", "network"},
    "training": {
        "audio", "backbones", "datasets", "frontend", "integer", "metrics", "network", "runs", "voting", "zoo",
    },
    "quantize": {"frontend", "integer", "network", "runs"},
    "zoo": {"backbones", "frontend", "network", "runs", "voting"},
    "runs": {"datasets", "frontend", "metrics", "network", "voting"},
    "bundle": {"decisions", "frontend", "integer", "network", "trust", "voting"},
    "decisions": {"integer"},
    "integer": {"network"},
    "frontend": {"audio", "backbones"},
    "backbones": {"network"},
    "datasets": {"audio"},
    "network": set(),
    "audio": set(),
    "voting": {"metrics"},
    "metrics": set(),
    "records": set(),
    "trust": set(),
}  # fmt: skip
"""For each room, top to bottom, the rooms that it imports."""

DEVICE = (
    "audio",
    "network",
    "integer",
    "frontend",
    "decisions",
    "bundle",
    "voting",
    "metrics",
    "trust",
    "runtime",
    "evaluation",
)
LIGHT = {"numpy", "soundfile", "soxr", "edgegenre"} | set(sys.stdlib_module_names)
INSTALLED = {"edgegenre", "numpy", "soundfile", "soxr", "cffi", "pycparser", "typing_extensions"}
"""What `pip install edgegenre` brings, with what these packages need themselves."""

TORCH_ROOMS = ("training",)
TORCH_FILES = {
    "backbones/files/torch_state.py",
    "backbones/forward.py",
    "backbones/musicnn.py",
    "backbones/musicnn_network.py",
    "backbones/weights.py",
    "runtime/engines/torch.py",
    "targets/torch_timing.py",
}

SOURCES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    """ "runtime" for edgegenre/runtime/engine.py, "bundle" for edgegenre/bundle.py."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(path: Path, *, inside_functions: bool) -> Iterator[str]:
    """Every module a file imports; `if TYPE_CHECKING` is for readers and runs nothing."""
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            yield module
            if module == "edgegenre":
                yield from (f"edgegenre.{name.name}" for name in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def test_every_room_is_in_the_table() -> None:
    rooms = {room_of(path) for path in SOURCES} - {"__init__", "__main__"}
    assert rooms == set(ROOMS) | FOUNDATION


def test_the_table_has_no_circles() -> None:
    rooms = list(ROOMS)
    for room, below in ROOMS.items():
        assert below <= set(rooms[rooms.index(room) + 1 :]), f"'{room}' stands below a room that it imports"


@pytest.mark.parametrize("room", [*ROOMS, *sorted(FOUNDATION)])
def test_a_room_imports_what_the_table_says(room: str) -> None:
    """Not more, so that imports go down; and not less, so that the table stays true."""
    found = {
        parts[1]
        for path in SOURCES
        if room_of(path) == room
        for module in imports(path, inside_functions=True)
        if (parts := module.split("."))[0] == "edgegenre" and len(parts) > 1 and parts[1] != "__version__"
    }
    assert found - FOUNDATION - {room} == ROOMS.get(room, set())


@pytest.mark.parametrize("room", DEVICE)
def test_what_a_device_needs_loads_nothing_heavy(room: str) -> None:
    for path in SOURCES:
        if room_of(path) == room:
            found = {module.split(".")[0] for module in imports(path, inside_functions=False)}
            assert found <= LIGHT, f"{path.relative_to(PACKAGE)} loads {sorted(found - LIGHT)} when it is imported"


def test_torch_lives_in_training_backbones_one_engine_and_the_timing_of_gpus() -> None:
    for path in SOURCES:
        name = path.relative_to(PACKAGE).as_posix()
        if room_of(path) in TORCH_ROOMS or name in TORCH_FILES:
            continue
        found = {module.split(".")[0] for module in imports(path, inside_functions=True)}
        assert "torch" not in found, f"{name} imports torch"


def test_no_export_knows_torch_or_evaluation_or_the_command_line() -> None:
    """An export knows the integers and nothing of who uses it."""
    for path in SOURCES:
        if room_of(path) == "export":
            roots = {".".join(module.split(".")[:2]) for module in imports(path, inside_functions=True)}
            assert not roots & {"torch", "edgegenre.runtime", "edgegenre.evaluation", "edgegenre.bench"}


def test_a_device_s_rooms_import_where_nothing_heavy_is_installed() -> None:
    """A Raspberry Pi after `pip install edgegenre`: here the import of everything else fails."""
    modules = [
        ".".join(("edgegenre", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in SOURCES
        if room_of(path) in DEVICE and path.name != "__init__.py"
    ]
    program = f"""
import importlib, sys
ALLOWED = {sorted(INSTALLED)!r}
class Blocker:
    def find_spec(self, name, path=None, target=None):
        root = name.split(".")[0]
        if root not in ALLOWED and root not in sys.stdlib_module_names and not root.startswith("_"):
            raise ModuleNotFoundError(f"blocked: {{name}}", name=name)
sys.meta_path.insert(0, Blocker())
for name in {modules!r}:
    importlib.import_module(name)
print(len(sys.modules))
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert result.stderr == ""
