"""Running a model or training one writes where it is told to, and nowhere else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

INFERENCE = """
import numpy as np, onnx
from onnx import TensorProto, helper
from edgegenre.runtime.engines.onnxruntime_session import open_session
tensors = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in ("x", "y")]
graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "g", tensors[:1], tensors[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
print(open_session(model.SerializeToString()).run(None, {"x": np.array([-1, 2], np.float32)})[0])
"""

TRAINING = """
import sys
from pathlib import Path
from tests.training.tiny import TINY, tiny_dataset, trained
trained("ds-crnn1", tiny_dataset(Path("audio"), tracks=4, seconds=1), runs_folder=Path("runs"))
"""


OPTIMIZER = """
import edgegenre.training, torch
torch.optim.Adam([torch.zeros(1, requires_grad=True)])
"""


def left_behind(program: str, folder: Path, **environment_of_its_own: str) -> list[str]:
    """Runs it with a home and a temporary folder of its own; what lies in them afterwards."""
    places = {name: folder / name for name in ("home", "tmp", "work", "cache")}
    for place in places.values():
        place.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "TORCHINDUCTOR_"))}
    environment |= {
        "HOME": str(places["home"]),
        "TMPDIR": str(places["tmp"]),
        "EDGEGENRE_CACHE": str(places["cache"]),
        "MPLCONFIGDIR": str(places["cache"] / "matplotlib"),
        "PYTHONPATH": str(ROOT),
        **environment_of_its_own,
    }
    subprocess.run([sys.executable, "-c", program], cwd=places["work"], env=environment, check=True, timeout=240)
    return [str(path.relative_to(folder)) for name in ("home", "tmp") for path in places[name].rglob("*")]


def test_onnxruntime_leaves_no_device_id_and_no_database(tmp_path: Path) -> None:
    assert left_behind(INFERENCE, tmp_path) == []


def test_training_leaves_no_temporary_folder(tmp_path: Path) -> None:
    assert left_behind(TRAINING, tmp_path) == []


@pytest.mark.parametrize("cache", ["/dev/null/cache", "~nobody-has-this-name/cache"])
def test_torch_makes_an_optimizer_where_no_cache_can_be_written_and_leaves_nothing(cache: str, tmp_path: Path) -> None:
    """Its compiler makes a folder for its files as soon as there is an optimizer."""
    assert left_behind(OPTIMIZER, tmp_path, EDGEGENRE_CACHE=cache) == []
