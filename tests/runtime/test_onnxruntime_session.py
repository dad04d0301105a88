"""Exact int8 products: asked for where the processor needs it, and the same bytes either way."""

from pathlib import Path

import numpy as np
import pytest

from edgegenre.export.onnx.clip import onnx_bytes
from edgegenre.integer.reference import run
from edgegenre.runtime.engines import onnxruntime_session
from edgegenre.runtime.engines.onnxruntime_session import open_session, products_are_exact
from tests.networks import random_features, random_integer_network


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("flags\t\t: fpu avx2 avx512f avx512_vnni\n", True),
        ("flags\t\t: fpu avx2 avx_vnni\n", True),
        ("flags\t\t: fpu avx2 avx512f\nbugs\t\t: avx512_vnni\n", False),
        ("Features\t: fp asimd asimddp\n", False),
    ],
)
def test_a_processor_with_vnni_needs_no_help(tmp_path: Path, text: str, exact: bool) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert products_are_exact(tmp_path / "cpuinfo") is exact


def test_an_unknown_processor_gets_help(tmp_path: Path) -> None:
    assert not products_are_exact(tmp_path / "nothing")


@pytest.mark.parametrize("helped", [False, True])
def test_logits_are_the_reference_s_as_this_machine_runs_them(helped: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if helped:
        monkeypatch.setattr(onnxruntime_session, "products_are_exact", lambda: False)
    network = random_integer_network("ds-cnn1")
    features = random_features(network, 2)
    session = open_session(onnx_bytes(network, "{}"))
    real = session.run(None, {"features": features[:1].astype(np.float32) / 32})[0]
    np.testing.assert_array_equal(network.output.quantize(real), run(network, features)[:1])
