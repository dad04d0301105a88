"""No input from outside is a crash: 200,000 changed files through every reader, each refused or read, none slow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.surfaces import SURFACES

ROOT = Path(__file__).resolve().parents[2]
QUICK_INPUTS = 150
LARGEST_PEAK_MB = 2048


def fuzz(name: str, inputs: int, seed: int, folder: Path) -> dict[str, int]:
    """What the worker counted; fails with its last words and the input's place when it did not end well."""
    command = [sys.executable, "-m", "tests.fuzz.worker", name, str(inputs), str(seed), folder]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "EDGEGENRE_CACHE": str(folder), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, f"{name}, seed {seed}: {folder / 'input'}\n{done.stderr[-4000:]}"
    figures: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    print(name, figures)
    assert figures["peak_mb"] < LARGEST_PEAK_MB
    assert figures["inputs"] == inputs
    # A harness whose inputs are all read, or all refused at the door, tests little.
    assert 0 < figures["refused"] < inputs
    return figures


@pytest.mark.parametrize("name", SURFACES)
def test_some_changed_inputs_are_refused_or_read(name: str, tmp_path: Path) -> None:
    fuzz(name, QUICK_INPUTS, 0, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SURFACES)
def test_a_share_of_two_hundred_thousand_is_refused_or_read(name: str, tmp_path: Path) -> None:
    fuzz(name, SURFACES[name][1], 1, tmp_path)


def test_the_shares_add_up() -> None:
    assert sum(share for _, share in SURFACES.values()) == 200_000
