"""`edgegenre firmware`: the C runtime on emulated processors, and what it needs of a board."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.console import print_json, print_table
from edgegenre.cli.options import bundle_or_latest, json_option

if TYPE_CHECKING:
    import numpy as np

    from edgegenre.integer.network import IntegerNetwork
    from edgegenre.integer.requantize import Arithmetic
    from edgegenre.integer.streaming import Mode
    from edgegenre.runtime.model import Model

MISMATCH = 1


@click.group("firmware", short_help="Run the C runtime under an emulator; measure RAM and flash.")
def firmware_command() -> None:
    """Run a bundle's C code on an emulated processor, or see what it needs of a board."""


@firmware_command.command("run", short_help="One clip on an emulated processor.")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("sound", type=click.Path(path_type=Path))
@click.option("--board", default="mps2-an386", show_default=True, help="An emulated processor; a wrong name lists all.")
@click.option("--arithmetic", type=click.Choice(["float32", "q31"]), help="Default: what suits the processor.")
@click.option(
    "--frontend",
    "variant",
    type=click.Choice(["integer", "float32"]),
    default="integer",
    show_default=True,
    help="How the C computes features; float32 is for processors with a floating-point unit.",
)
@click.option(
    "--mode",
    type=click.Choice(["clip", "continuous"]),
    default="clip",
    show_default=True,
    help="The first window of SOUND, or all of it with a decision for each new row.",
)
@json_option
@click.pass_context
def run_command(
    ctx: click.Context, bundle: Path, sound: Path, board: str, arithmetic: Any, variant: Any, mode: Any, as_json: bool
) -> None:
    """Build BUNDLE for a processor, run SOUND under its emulator, count instructions, compare with the reference.

    Features are compared with the integer front end's; logits with the reference's, of the features the C made.
    """
    from edgegenre.errors import AudioError
    from edgegenre.integer.quantization import arithmetic_name
    from edgegenre.targets.cores import target
    from edgegenre.targets.emulator import emulate
    from edgegenre.targets.shares import shares

    processor = target(board)
    arithmetic = arithmetic or processor.arithmetic
    model, integers = _int8_model(bundle)
    pcm, features = _samples_and_features(model, sound, mode)
    frontend = model.firmware_frontend
    found = emulate(integers, frontend, pcm, processor, arithmetic=arithmetic, mode=mode, variant=variant)
    expected = _decisions(integers, found.features, arithmetic, mode)
    if not expected:
        raise AudioError(f"{sound}: not enough audio for a decision ({len(pcm) / model.sample_rate:.1f} s).")
    steps = abs(found.features.astype(int) - features)
    head = found.head
    layers = [
        dataclasses.asdict(share) | {"instructions_per_multiply": share.instructions_per_multiply}
        for share in shares(integers, found)
    ]
    result = {
        "board": board,
        "core": found.target.core,
        "arithmetic": arithmetic_name(integers.output, found.arithmetic),
        "frontend": variant,
        "mode": mode,
        "genre": model.labels[int(found.logits.argmax())],
        "instructions": found.network_instructions,
        "instructions_frontend": found.frontend_instructions,
        "max_slice_instructions": found.max_slice,
        "decisions": head.answers,
        "instructions_row_sum": head.row_sums // head.rows,
        "instructions_mean": head.mean // head.answers,
        "instructions_dense": head.dense // head.answers,
        "head_sum_bytes": head.sum_bytes,
        "ram_bytes": found.ram_bytes,
        "flash_bytes": found.flash_bytes,
        "stack_bytes": found.stack_bytes,
        "features": found.features.size,
        "feature_mismatches": int((steps > 0).sum()),
        "largest_feature_mismatch": int(steps.max()),
        "logits": found.logits.tolist(),
        "mismatches": _mismatches([item.logits for item in found.decisions if item.status], expected),
        "layers": layers,
    }
    _show(result, as_json)
    allowed = 1 if variant == "float32" else 0
    ctx.exit(MISMATCH if result["mismatches"] or steps.max() > allowed else 0)


@firmware_command.command("size", short_help="RAM and flash, and whether they fit.")
@click.argument("bundle", required=False, type=click.Path(path_type=Path))
@click.option("--board", help="A board of firmware_export/boards.toml; without it all are listed.")
@json_option
def size_command(bundle: Path | None, board: str | None, as_json: bool) -> None:
    """Build BUNDLE (default: the newest) for a board's core and show the RAM and flash it takes."""
    from edgegenre.targets import boards as c_boards
    from edgegenre.targets.fit import check_fit
    from edgegenre.targets.size import firmware_size

    chosen = [c_boards.board(board)] if board else list(c_boards.boards().values())
    model, integers = _int8_model(bundle_or_latest(bundle))
    sizes = {
        name: firmware_size(integers, model.firmware_frontend, name)
        for name in sorted({item.target for item in chosen})
    }
    results = [
        dataclasses.asdict(item)
        | {
            "ram_bytes": sizes[item.target].ram_bytes,
            "context_bytes": sizes[item.target].context_bytes,
            "flash_bytes": sizes[item.target].flash_bytes,
            "table_bytes": sizes[item.target].table_bytes,
            "fits": sizes[item.target].fits(item),
        }
        for item in chosen
    ]
    if as_json:
        print_json(results)
    else:
        rows = [
            [
                str(result["name"]),
                str(result["core"]),
                f"{result['ram_bytes']:,} of {result['ram']:,}",
                f"{result['context_bytes']:,}",
                f"{result['flash_bytes']:,} of {result['flash']:,}",
                f"{result['table_bytes']:,}",
                "yes" if result["fits"] else "no",
                "unverified" if result["source"] == "unverified" else "datasheet",
            ]
            for result in results
        ]
        print_table(["board", "core", "RAM", "(context)", "flash", "(tables)", "fits", "board's figures"], rows, left=2)
    if board:
        check_fit(model.name, sizes[chosen[0].target], chosen[0], classes=len(model.labels))


def _int8_model(bundle: Path) -> "tuple[Model, IntegerNetwork]":
    from edgegenre.errors import BundleError
    from edgegenre.runtime.model import open_model

    model = open_model(bundle)
    if model.bundle is None or model.bundle.integers is None:
        raise BundleError(f"{bundle}: firmware is made from an int8 bundle. Write one: edgegenre export --int8.")
    return model, model.bundle.integers


def _samples_and_features(model: "Model", sound: Path, mode: "Mode") -> "tuple[np.ndarray, np.ndarray]":
    """The samples to run and the integer front end's features of them.

    Raises AudioError when a clip wants more audio.
    """
    from edgegenre.audio.decode import load_pcm
    from edgegenre.errors import AudioError

    spec, window = model.clock, model.clock.window_frames
    pcm = load_pcm(sound, spec.sample_rate)
    if mode == "clip":
        if spec.frames_in(len(pcm)) < window:
            raise AudioError(
                f"{sound}: not enough audio ({len(pcm) / spec.sample_rate:.1f} s) for a window of "
                f"{spec.samples_for(window) / spec.sample_rate:.1f} s. Give a longer sound, or --mode continuous."
            )
        pcm = pcm[: spec.samples_for(window)]
    (features,) = model.features(pcm).values()
    return pcm, features


def _decisions(
    integers: "IntegerNetwork", features: "np.ndarray", arithmetic: "Arithmetic", mode: "Mode"
) -> "list[np.ndarray]":
    """The logits of every decision that the numpy reference makes of int8 features [frames, coefficients]."""
    from edgegenre.integer.reference import run
    from edgegenre.integer.streaming import IntegerStream

    if mode == "clip":
        return list(run(integers, features[None], arithmetic))
    stream = IntegerStream(integers, arithmetic=arithmetic, mode=mode)
    return [item.logits for item in stream.push(features)]


def _mismatches(found: "list[np.ndarray]", expected: "list[np.ndarray]") -> int:
    """Logits that differ; all those of a decision that only one side made."""
    together = sum(int((one != other).sum()) for one, other in zip(found, expected, strict=False))
    return together + abs(len(found) - len(expected)) * len(expected[0])


def _show(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(result)
        return
    for name, value in result.items():
        if name != "layers":
            click.echo(f"{name.replace('_', ' '):24} {f'{value:,}' if isinstance(value, int) else value}")
    rows = [
        [
            layer["kind"],
            f"{layer['instructions']:,}",
            f"{layer['multiplies']:,}" if layer["multiplies"] else "",
            f"{layer['instructions_per_multiply']:.3f}" if layer["multiplies"] else "",
        ]
        for layer in result["layers"]
    ]
    click.echo()
    print_table(["layers", "instructions", "multiplies", "instructions/multiply"], rows)
