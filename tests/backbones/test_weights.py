"""Files of weights from strangers: what is wrong with one is said in a sentence, and none runs or reaches out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.numpy import save_file

from edgegenre.backbones.catalog import BACKBONES
from edgegenre.backbones.files.hdf5 import read_hdf5
from edgegenre.backbones.weights import answering, find_weights, only_weights, take_in
from edgegenre.backbones.yamnet import YAMNET
from edgegenre.errors import BackboneError
from edgegenre.untrusted import UnreadableError
from tests.backbones import files


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights folder of this test."""
    monkeypatch.setenv("EDGEGENRE_WEIGHTS", str(tmp_path / "weights"))
    answering.cache_clear()
    return tmp_path / "weights"


@pytest.fixture(scope="module")
def arrays() -> dict[str, np.ndarray]:
    return files.yamnet_arrays()


@pytest.fixture
def yamnet(tmp_path: Path, arrays: dict[str, np.ndarray]) -> Path:
    files.keras_yamnet(tmp_path / "yamnet.h5", arrays)
    return tmp_path / "yamnet.h5"


def refused(path: Path, name: str = "yamnet") -> str:
    """The sentence with which a file is refused; it names the file."""
    with pytest.raises(BackboneError) as caught:
        BACKBONES[name].read(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ")
    assert said.endswith(".")
    return said


def test_weights_are_found_again_by_what_they_hold_not_by_their_file(folder: Path, yamnet: Path) -> None:
    sha256 = take_in("yamnet", yamnet)
    (kept,) = folder.iterdir()
    assert kept.name == f"yamnet-{sha256[:16]}.npz"
    assert only_weights("yamnet") == sha256
    kept.unlink()
    shutil.copy(yamnet, folder / "YAMNet.h5")  # another machine: the file that its maker publishes
    np.testing.assert_array_equal(
        find_weights("yamnet", sha256)["pointwise14/weights"], YAMNET.read(yamnet)["pointwise14/weights"]
    )


def test_other_weights_than_a_model_s_own_are_not_taken_for_them(
    folder: Path, yamnet: Path, arrays: dict[str, np.ndarray]
) -> None:
    sha256 = take_in("yamnet", yamnet)
    (kept,) = folder.iterdir()
    kept.unlink()
    with pytest.raises(BackboneError, match=rf"needs the weights of 'yamnet' .*SHA-256 {sha256[:12]}.*{folder}\."):
        find_weights("yamnet", sha256)
    files.keras_yamnet(yamnet, arrays | {"layer1/conv/bn/beta": arrays["layer1/conv/bn/beta"] + 1})
    other = take_in("yamnet", yamnet)
    shutil.copy(folder / f"yamnet-{other[:16]}.npz", folder / f"yamnet-{sha256[:16]}.npz")  # under a false name
    with pytest.raises(BackboneError, match="not here"):
        find_weights("yamnet", sha256)


def test_without_weights_it_is_said_which_to_get_and_where_to_put_them(folder: Path) -> None:
    for name, file in (("vgg16", "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"), ("yamnet", "yamnet.h5")):
        with pytest.raises(BackboneError) as caught:
            only_weights(name)
        assert file in str(caught.value)
        assert str(folder) in str(caught.value)


def test_of_different_weights_none_is_chosen(folder: Path, yamnet: Path, arrays: dict[str, np.ndarray]) -> None:
    take_in("yamnet", yamnet)
    files.keras_yamnet(yamnet, arrays | {"layer1/conv/bn/beta": arrays["layer1/conv/bn/beta"] + 1})
    take_in("yamnet", yamnet)
    with pytest.raises(
        BackboneError, match=r"holds different weights of 'yamnet' .* Name one of the files with --weights"
    ):
        only_weights("yamnet")


def test_a_missing_or_wrong_tensor_is_named(yamnet: Path, arrays: dict[str, np.ndarray]) -> None:
    changed = {
        "the tensor 'layer5/pointwise_conv/0' has the shape 1 x 1 x 128 x 255, not 1 x 1 x 128 x 256": {
            "layer5/pointwise_conv/kernel": np.zeros((1, 1, 128, 255), np.float32)
        },
        "the tensor 'layer9/depthwise_conv/bn/1' holds values that are not finite": {
            "layer9/depthwise_conv/bn/moving_mean": np.full(512, np.nan, np.float32)
        },
        "the tensor 'layer14/pointwise_conv/bn/2' holds negative variances": {
            "layer14/pointwise_conv/bn/moving_variance": np.full(1024, -1, np.float32)
        },
    }
    for sentence, change in changed.items():
        files.keras_yamnet(yamnet, arrays | change)
        assert refused(yamnet) == f"{yamnet}: not the weights of yamnet: {sentence}."
    files.keras_yamnet(yamnet, {name: array for name, array in arrays.items() if "layer7/pointwise" not in name})
    assert "the tensor 'layer7/pointwise_conv/0' is missing" in refused(yamnet)


def test_the_weights_of_something_else_are_refused(tmp_path: Path, yamnet: Path) -> None:
    assert "names of no layout that is known" in refused(yamnet, "vgg16")
    save_file({"features.0.weight": np.zeros((64, 3, 5, 5), np.float32)}, tmp_path / "x.safetensors")
    assert "'features.0.weight' has the shape 64 x 3 x 5 x 5, not 64 x 3 x 3 x 3" in refused(
        tmp_path / "x.safetensors", "vgg16"
    )
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["measurements"] = np.zeros(3)
    assert "no weights of Keras" in refused(tmp_path / "other.h5")
    (tmp_path / "weights.txt").write_text("x")
    assert "weights are read from files that end in .npz, .h5" in refused(tmp_path / "weights.txt")


@pytest.mark.parametrize("suffix", [".npz", ".h5", ".safetensors", ".pth", ".onnx", ".tflite"])
def test_damaged_files_are_refused(suffix: str, tmp_path: Path, yamnet: Path, arrays: dict[str, np.ndarray]) -> None:
    path = tmp_path / f"yamnet{suffix}"
    writers: dict[str, Callable[[], object]] = {
        ".npz": lambda: np.savez(path, **arrays),
        ".h5": lambda: None,
        ".safetensors": lambda: save_file(arrays, path),
        ".pth": lambda: torch.save({name: torch.from_numpy(array) for name, array in arrays.items()}, path),
        ".onnx": lambda: files.onnx_yamnet(path, arrays),
        ".tflite": lambda: path.write_bytes(b"\x1c\x00\x00\x00TFL3" + bytes(1000)),
    }
    writers[suffix]()
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 3], b"", np.random.default_rng(0).bytes(5000)):
        path.write_bytes(content)
        assert "cannot be read as weights" in refused(path)
    path.unlink()
    assert "cannot be read as weights (No such file or directory). Get the file again." in refused(path)
    os.mkfifo(path)
    assert "not a regular file" in refused(path)


class Harmful:
    """What a pickle runs when it is loaded."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (os.environ["EDGEGENRE_HARM"],)


def test_what_a_pth_would_run_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEGENRE_HARM", str(tmp_path / "harm"))
    torch.save({"features.0.weight": Harmful()}, tmp_path / "vgg16.pth")
    assert "no state dict of torch" in refused(tmp_path / "vgg16.pth", "vgg16")
    torch.save({"features.0.weight": [1, 2]}, tmp_path / "vgg16.pth")
    assert "it holds other things than tensors" in refused(tmp_path / "vgg16.pth", "vgg16")
    torch.save(torch.zeros(3), tmp_path / "vgg16.pth")
    assert "it holds other things than tensors" in refused(tmp_path / "vgg16.pth", "vgg16")
    np.savez(tmp_path / "vgg16.npz", conv1_1_W=np.array([Harmful()], object))
    assert "cannot be read as weights" in refused(tmp_path / "vgg16.npz", "vgg16")
    assert not (tmp_path / "harm").exists()


def test_no_file_reaches_into_another(tmp_path: Path, yamnet: Path, arrays: dict[str, np.ndarray]) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["kernel:0"] = arrays["layer1/conv/kernel"]
    kernel = "layer1/conv/layer1/conv/kernel:0"
    for plant in (h5py.ExternalLink(secret, "/kernel:0"), h5py.SoftLink("/layer2")):
        with h5py.File(yamnet, "a") as file:
            del file[kernel]
            file[kernel] = plant
        assert "'layer1/conv/layer1/conv/kernel:0' is listed and not in the file" in refused(yamnet)
    with h5py.File(yamnet, "a") as file:
        del file[kernel]
        file.create_dataset(kernel, (3, 3, 1, 32), "f4", external=[(str(secret), 0, 3 * 3 * 32 * 4)])
    assert "lies in another file" in refused(yamnet)
    with h5py.File(yamnet, "a") as file:
        del file[kernel]
        layout = h5py.VirtualLayout((3, 3, 1, 32), "f4")
        layout[:] = h5py.VirtualSource(str(secret), "kernel:0", (3, 3, 1, 32))
        file.create_virtual_dataset(kernel, layout)
    assert "lies in another file" in refused(yamnet)
    files.onnx_yamnet(tmp_path / "yamnet.onnx", arrays, external=True)
    assert "lie in another file" in refused(tmp_path / "yamnet.onnx")


def test_a_file_that_the_hdf5_library_does_not_come_to_an_end_with_is_given_up(yamnet: Path) -> None:
    """It runs in a process of its own: some damaged files send it in circles."""
    assert "layer14/pointwise_conv/0" in read_hdf5(yamnet, largest=1 << 30)
    with pytest.raises(UnreadableError, match=r"the HDF5 library had not read it after 0\.01 s"):
        read_hdf5(yamnet, largest=1 << 30, longest=0.01)


def test_a_file_that_claims_more_than_it_holds_costs_nothing(tmp_path: Path, yamnet: Path) -> None:
    with h5py.File(yamnet, "a") as file:
        del file["layer1/conv/layer1/conv/kernel:0"]
        file.create_dataset("layer1/conv/layer1/conv/kernel:0", (1 << 40,), "f4", chunks=(1 << 10,))
    assert "its arrays claim 4398" in refused(yamnet)
    with open(tmp_path / "large.npz", "wb") as sparse:
        sparse.truncate((1 << 30) + 1)
    assert "1073741825 bytes, more than 1073741824" in refused(tmp_path / "large.npz")
    huge = torch.zeros(1).expand(1 << 40)
    torch.save({"features.0.weight": huge}, tmp_path / "vgg16.pth")
    assert "its tensors claim" in refused(tmp_path / "vgg16.pth", "vgg16")


@pytest.mark.slow
def test_quantized_weights_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "input.npy", np.zeros((1, 96, 64, 1), np.float32))
    oracle = Path(__file__).with_name("keras_oracle.py")
    subprocess.run([sys.executable, oracle, "yamnet", tmp_path], check=True, timeout=280, capture_output=True)
    assert "take the float model, not a quantized one" in refused(tmp_path / "yamnet-quantized.tflite")
