"""The command line answers at once and loads nothing heavy before it must."""

import subprocess
import sys

import pytest

from edgegenre.cli.main import COMMANDS
from tests.commands import edgegenre, refusal


def test_help_imports_click_and_its_own_pages_alone() -> None:
    """Whatever else were imported, every command would wait for it."""
    program = "import sys; from edgegenre.cli.main import run; run(['--help']); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    program = "import sys; print(*sys.modules)"
    bare = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(result.stdout.splitlines()[-1].split()) - set(bare.stdout.split())
    foreign = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    assert foreign == {"click", "edgegenre"}
    assert not any(name.startswith("edgegenre.") and name.count(".") > 2 for name in loaded)


def test_every_command_is_in_the_help_and_has_help_of_its_own() -> None:
    listed = edgegenre("--help").stdout
    for name in COMMANDS:
        assert f"  {name} " in listed
        outcome = edgegenre(name, "--help")
        assert outcome.status == 0
        assert f"edgegenre {name}" in outcome.stdout


def test_the_version_is_printed() -> None:
    assert edgegenre("--version").stdout.startswith("edgegenre, version 0.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clasify", "x.wav"], "Did you mean 'classify'"),
        (["zzz"], "no command 'zzz'"),
        (["models", "--jsn"], "--jsn"),
        (["classify"], "FILE"),
        (["listen", "--chunk", "0", "x.wav"], "chunk"),
        (["listen"], "one thing to listen to"),
        (["listen", "x.wav", "--mic"], "one thing to listen to"),
        (["listen", "x.wav", "--device", "1"], "--mic"),
        (["listen", "x.wav", "--rate", "8000"], "standard input"),
        (["listen", "x.wav", "--mode", "endless"], "continuous"),
        (["train", "ds-cnn1", "--dataset", "gtzan"], "needs --data"),
        (["train", "ds-cnn1", "--repeats", "0"], "repeats"),
        (["export", "--float", "--recipe", "min-max"], "--recipe"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_one_sentence(arguments: list[str], message: str) -> None:
    assert message in refusal(*arguments)
