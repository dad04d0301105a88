"""The frozen networks have the sizes that are published for them, and answer as their makers' do, whatever file of
weights they are read from.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from edgegenre.backbones.catalog import BACKBONES
from edgegenre.backbones.kept import digest, keep
from edgegenre.backbones.musicnn import MUSICNN
from edgegenre.backbones.vgg16 import VGG16, vgg16_network
from edgegenre.backbones.yamnet import YAMNET, yamnet_network
from edgegenre.network.costs import costs
from edgegenre.network.standard_twin import with_standard_convolutions
from tests.backbones import files


def test_vgg16_is_the_published_one() -> None:
    """14,714,688 parameters in Keras with include_top=False; 13 x 9 places of 512 are left of 432 x 288 pixels."""
    assert (VGG16.parameters, VGG16.multiplies) == (14_714_688, 38_053_380_096)
    assert vgg16_network().shapes()["pool5"] == (13, 9, 512)


def test_yamnet_is_the_published_one() -> None:
    """3.7 M weights and 69.2 M multiplies with its layer of 521 classes (tensorflow/models, yamnet)."""
    biases = sum(shape[0] for name, shape in YAMNET.shapes.items() if name.endswith("bias"))
    assert (YAMNET.parameters, YAMNET.multiplies) == (3_195_456, 68_631_552)
    assert YAMNET.parameters - biases == 3_184_512
    assert round((YAMNET.parameters - biases + 1024 * 521 + 521) / 1e6, 1) == 3.7
    assert round((YAMNET.multiplies + 1024 * 521) / 1e6, 2) == 69.17
    assert yamnet_network().shapes()["pointwise14"] == (3, 2, 1024)


def test_yamnet_in_standard_convolutions_would_multiply_nearly_nine_times_as_often() -> None:
    """Thirteen layers of 3 x 3 x in x out in place of 3 x 3 x in + in x out, at the same places."""
    wide = costs(with_standard_convolutions(yamnet_network()), frames_per_second=100)
    assert round(wide.multiplies / YAMNET.multiplies, 1) == 8.7
    assert round(wide.parameters / 1e6, 1) == 28.3


def test_musicnn_multiplies_mostly_in_its_timbral_filters() -> None:
    """Kernels of 7 x 38 and 7 x 67 bands slide over 59 and 30 places of 96 bands, in each of 124 frames."""
    timbral = 124 * 204 * 7 * (38 * 59 + 67 * 30)
    temporal = 124 * 96 * 51 * (128 + 64 + 32)
    middle = 124 * 64 * 7 * (561 + 64 + 64)
    assert MUSICNN.multiplies == timbral + temporal + middle + 1506 * 200


@pytest.fixture(scope="module")
def torch_vgg16() -> torch.nn.Module:
    return files.torchvision_vgg16()


@pytest.fixture(scope="module")
def vgg16_files(torch_vgg16: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights as torchvision, Keras 1 and vgg16_weights.npz have them."""
    folder = tmp_path_factory.mktemp("vgg16")
    state = torch_vgg16.state_dict()
    torch.save(state | {"classifier.0.weight": torch.zeros(3)}, folder / "vgg16.pth")
    torch.save(state, folder / "vgg16-2017.pth", _use_new_zipfile_serialization=False)  # as torchvision's is
    save_file(state, folder / "vgg16.safetensors")
    convolutions = [
        (state[f"features.{place}.weight"].permute(2, 3, 1, 0).numpy(), state[f"features.{place}.bias"].numpy())
        for place, layer in enumerate(torch_vgg16["features"])
        if isinstance(layer, torch.nn.Conv2d)
    ]
    names = [f"conv{b}_{n}" for b, widths in enumerate(files.VGG16_BLOCKS, 1) for n in range(1, len(widths) + 1)]
    kernels = {f"{name}_W": kernel for name, (kernel, _) in zip(names, convolutions, strict=True)}
    biases = {f"{name}_b": bias for name, (_, bias) in zip(names, convolutions, strict=True)}
    np.savez(folder / "vgg16.npz", **kernels, **biases)
    (first, bias), *others = convolutions
    files.keras_vgg16(folder / "vgg16.h5", [(first[:, :, ::-1], bias), *others])
    return folder


@pytest.mark.slow
def test_vgg16_answers_as_torchvision_s_whose_weights_it_reads(torch_vgg16: torch.nn.Module, vgg16_files: Path) -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (1, 432, 288, 3)).astype(np.float32)
    pixels = torch.from_numpy(picture.transpose(0, 3, 2, 1)) / 255  # high, wide
    mean, deviation = (torch.tensor(part)[:, None, None] for part in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))
    with torch.no_grad():
        expected = torch_vgg16["features"]((pixels - mean) / deviation).mean(dim=(2, 3)).numpy()
    answers = VGG16.start(VGG16.read(vgg16_files / "vgg16.pth"))(picture)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(answers, expected, atol=1e-4 * np.abs(expected).max())


def test_all_layouts_of_vgg16_give_the_same_weights(vgg16_files: Path) -> None:
    """Caffe's pixels are not scaled and torchvision's are: what is done to a picture first belongs to the weights."""
    torchvision, *_, caffe = (VGG16.read(vgg16_files / f"vgg16.{end}") for end in ("pth", "safetensors", "npz", "h5"))
    for other in ("vgg16.safetensors", "vgg16-2017.pth"):
        assert digest(torchvision) == digest(VGG16.read(vgg16_files / other))
    assert digest(caffe) == digest(VGG16.read(vgg16_files / "vgg16.npz"))
    for name in caffe:
        if not name.startswith("input/"):
            np.testing.assert_array_equal(caffe[name], torchvision[name])
    pixel = np.array([255.0, 0, 128], np.float32)
    shown = pixel * torchvision["input/scale"] + torchvision["input/offset"]
    np.testing.assert_allclose(shown, (pixel / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], atol=1e-6)
    np.testing.assert_allclose(pixel + caffe["input/offset"], pixel - [123.68, 116.779, 103.939], atol=1e-4)


@pytest.fixture(scope="module")
def yamnet_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("yamnet")
    arrays = files.yamnet_arrays()
    files.keras_yamnet(folder / "yamnet.h5", arrays)
    files.onnx_yamnet(folder / "yamnet.onnx", arrays)
    return folder


def test_yamnet_answers_as_onnxruntime_does_with_the_same_weights(yamnet_files: Path) -> None:
    patches = np.random.default_rng(0).normal(-3, 2, (3, 96, 64, 1)).astype(np.float32)
    session = onnxruntime.InferenceSession(yamnet_files / "yamnet.onnx")
    (expected,) = session.run(None, {"patches": patches.transpose(0, 3, 1, 2)})
    assert expected.std() > 0.01
    for name in ("yamnet.onnx", "yamnet.h5"):
        answers = YAMNET.start(YAMNET.read(yamnet_files / name))(patches)
        np.testing.assert_allclose(answers, expected, atol=1e-4 * np.abs(expected).max())


@pytest.mark.parametrize("name", BACKBONES)
def test_what_is_kept_is_read_back_to_the_bit(name: str, tmp_path: Path) -> None:
    backbone, dice = BACKBONES[name], np.random.default_rng(0)
    arrays = {key: dice.normal(size=shape).astype(np.float32) for key, shape in backbone.shapes.items()}
    keep(tmp_path / "kept.npz", arrays)
    assert digest(backbone.read(tmp_path / "kept.npz")) == digest(arrays)
    key = next(iter(arrays))
    assert digest(arrays | {key: arrays[key] + 1}) != digest(arrays)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("vgg16", ["vgg16_notop.h5", "model.h5", "vgg16.weights.h5"]),
        ("yamnet", ["yamnet.weights.h5", "yamnet.tflite"]),
    ],
)
def test_files_that_keras_and_tensorflow_wrote_answer_as_theirs(name: str, files: list[str], tmp_path: Path) -> None:
    dice = np.random.default_rng(0)
    if name == "vgg16":
        shown = dice.uniform(0, 255, (1, 432, 288, 3)).astype(np.float32)
        np.save(tmp_path / "input.npy", shown.swapaxes(1, 2))
    else:
        shown = dice.normal(-3, 2, (3, 96, 64, 1)).astype(np.float32)
        np.save(tmp_path / "input.npy", shown)
    oracle = Path(__file__).with_name("keras_oracle.py")
    subprocess.run([sys.executable, oracle, name, tmp_path], check=True, timeout=280, capture_output=True)
    expected = np.load(tmp_path / "answers.npy")
    assert expected.std() > 1e-3
    backbone = BACKBONES[name]
    for file in files:
        answers = backbone.start(backbone.read(tmp_path / file))(shown)
        np.testing.assert_allclose(answers, expected, atol=2e-4 * np.abs(expected).max())
