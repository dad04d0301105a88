"""`edgegenre models`: what the zoo holds and what each model costs, before any training."""

import dataclasses
from typing import TYPE_CHECKING, Any

import click

from edgegenre.cli.console import print_json, print_table
from edgegenre.cli.options import json_option

if TYPE_CHECKING:
    from edgegenre.frontend.protocol import Frontend
    from edgegenre.network.costs import Costs
    from edgegenre.zoo.described import Described
    from edgegenre.zoo.entry import ZooEntry


@click.command("models", short_help="List the models and what they cost.")
@click.argument("name", required=False)
@json_option
def models_command(name: str | None, as_json: bool) -> None:
    """List the models and their costs; with NAME, one model layer by layer.

    RAM is that of int8 activations and state, computed, without the front end's (about 11 KB).
    """
    from edgegenre.zoo.described import DESCRIBED
    from edgegenre.zoo.registry import MODELS, model

    if name in DESCRIBED:
        if as_json:
            print_json([_described_figures(DESCRIBED[name])])
        else:
            _show_described(DESCRIBED[name])
        return
    entries = [model(name)] if name else list(MODELS.values())
    if as_json:
        print_json([_figures(entry) for entry in entries])
    elif name:
        _show_one(entries[0])
    else:
        _show_all(entries)


def _figures(entry: "ZooEntry") -> dict[str, Any]:
    from edgegenre.targets.runs_on import runs_on

    costs = entry.costs()
    figures = dataclasses.asdict(costs)
    layers = figures.pop("layers")
    return {
        "name": entry.name,
        "family": entry.family,
        "paper": entry.paper,
        "classes": entry.paper_classes,
        "paper_parameters": entry.paper_parameters,
        "paper_accuracy": entry.paper_accuracy,
        "paper_scored": entry.paper_scored,
        "inputs": {name: frontend.to_dict() for name, frontend in entry.frontends.items()},
        "recipes": list(entry.protocols),
        "vote": entry.vote,
        "separable": entry.separable,
        "backbone": _backbone_figures(entry),
        **dataclasses.asdict(runs_on(entry)),
        **figures,
        "window_seconds": _window_seconds(entry),
        "receptive_field_seconds": _field_seconds(entry),
        "layers": [layer | {"output": list(layer["output"])} for layer in layers],
    }


def _show_all(entries: list["ZooEntry"]) -> None:
    from edgegenre.targets.runs_on import runs_on

    rows = []
    for entry in entries:
        costs = entry.costs()
        rows.append(
            [
                entry.name,
                entry.paper,
                f"{costs.parameters + _backbone_parameters(entry):,}",
                "" if entry.paper_parameters is None else f"{entry.paper_parameters:,}",
                entry.printed_accuracy,
                f"{_window_seconds(entry):.1f} s",
                f"{(costs.multiplies + _backbone_multiplies(entry)) / 1e6:.1f} M",
                f"{(costs.multiplies_per_second + _backbone_rate(entry)) / 1e6:.2f} M",
                f"{costs.latency_seconds:.2f} s",
                f"{costs.ram_window_bytes / 1000:.0f} KB",
                f"{costs.ram_stream_bytes / 1000:.0f} KB",
                _places(entry, runs_on(entry).firmware_refusal),
            ]
        )
    headings = [
        "model",
        "paper",
        "parameters",
        "printed",
        "accuracy",
        "window",
        "mult/window",
        "mult/s",
        "latency",
        "RAM window",
        "RAM stream",
        "runs on",
    ]
    from edgegenre.zoo.described import DESCRIBED

    print_table(headings, rows, left=2)
    click.echo(
        "\nFor the paper's classes. printed: the paper's own count of parameters; accuracy: the paper's, on its own"
        "\ndata. mult/window and mult/s: multiplications for a window, and for a second of audio in a stream. RAM:"
        "\nint8, computed. A frozen backbone counts with its model, but for the RAM. runs on: `edgegenre models NAME`"
        "\nsays why not on more."
        f"\nDescribed for their costs alone, which NAME shows, too: {', '.join(DESCRIBED)}."
    )


def _show_one(entry: "ZooEntry") -> None:
    from edgegenre.backbones.catalog import BACKBONES
    from edgegenre.targets.runs_on import runs_on

    costs, found = entry.costs(), runs_on(entry)
    convolutions = f"{costs.convolution_multiplies / 1e6:.1f} M of them in convolutions"
    printed = "no count" if entry.paper_parameters is None else f"{entry.paper_parameters:,}"
    boards = found.firmware_refusal or _boards(found.boards)
    for title, value in (
        ("model", f"{entry.name} ({entry.family})"),
        ("paper", entry.paper),
        ("parameters", f"{costs.parameters:,} ({entry.paper_classes} classes; the paper prints: {printed})"),
        ("accuracy", entry.accuracy_words),
        ("inputs", "; ".join(_input(name, frontend) for name, frontend in entry.frontends.items())),
        *_backbone_lines(entry),
        ("recipes", f"{', '.join(entry.protocols)}, and those for any model"),
        ("vote", entry.vote),
        ("multiplies a window", f"{costs.multiplies / 1e6:.1f} M, {convolutions}"),
        ("multiplies a second", f"{costs.multiplies_per_second / 1e6:.2f} M, streamed"),
        ("receptive field", f"{costs.receptive_field_frames} frames, {_field_seconds(entry):.2f} s"),
        ("latency", f"{costs.latency_seconds:.2f} s"),
        ("RAM", f"{costs.ram_window_bytes:,} bytes for a window, {costs.ram_stream_bytes:,} streamed (computed)"),
        ("engines", ", ".join(found.engines)),
        ("stream", found.streaming_refusal or "row by row on every engine"),
        ("boards", boards),
    ):
        click.echo(f"{title + ':':22}{value}")
    _show_layers(costs)
    backbone = None if entry.backbone is None else BACKBONES[entry.backbone.backbone]
    if backbone is not None and backbone.costs is not None:
        click.echo(f"\nThe backbone {backbone.name}, frozen, for one patch:")
        _show_layers(backbone.costs)


def _described_figures(described: "Described") -> dict[str, Any]:
    return {
        "name": described.name,
        "paper": described.paper,
        "paper_accuracy": described.paper_accuracy,
        "parameters": described.parameters,
        "multiplies": described.multiplies,
        "needs": described.needs,
        "parts": [
            {"name": part.network.name, "times": part.times, **dataclasses.asdict(part.costs())}
            for part in described.parts
        ],
    }


def _show_described(described: "Described") -> None:
    printed = "none" if described.paper_accuracy is None else f"{described.paper_accuracy:.2f} % as the paper prints it"
    for title, value in (
        ("system", described.name),
        ("paper", described.paper),
        ("parameters", f"{described.parameters:,}"),
        ("accuracy", printed),
        ("multiplies", f"{described.multiplies / 1e6:,.1f} M for a clip of 30 s"),
        ("trained", f"no: it needs {described.needs}, which edgegenre does not have"),
    ):
        click.echo(f"{title + ':':22}{value}")
    for part in described.parts:
        costs = part.costs()
        often = "once" if part.times == 1 else f"{part.times} times"
        click.echo(
            f"\n{part.network.name}, {often} a clip: {costs.parameters:,} parameters, {costs.multiplies:,} multiplies, "
            f"{costs.ram_window_bytes:,} bytes of RAM in int8 (computed)"
        )
        _show_layers(costs)


def _show_layers(costs: "Costs") -> None:
    click.echo()
    print_table(
        ["layer", "kind", "output", "parameters", "multiplies", "state bytes"],
        [
            [
                layer.name,
                layer.kind,
                " x ".join(map(str, layer.output)),
                f"{layer.parameters:,}",
                f"{layer.multiplies:,}",
                f"{layer.state_bytes:,}",
            ]
            for layer in costs.layers
        ],
        left=3,
    )


def _places(entry: "ZooEntry", firmware_refusal: str | None) -> str:
    if entry.backbone is not None:
        return "PC"
    return "PC, Pi, boards" if firmware_refusal is None else "PC, Pi"


def _backbone_parameters(entry: "ZooEntry") -> int:
    return 0 if entry.backbone is None else entry.backbone.backbone_parameters


def _backbone_multiplies(entry: "ZooEntry") -> int:
    """For one window."""
    return 0 if entry.backbone is None else entry.backbone.backbone_multiplies


def _backbone_rate(entry: "ZooEntry") -> float:
    """For a second of a stream."""
    return _backbone_multiplies(entry) / (entry.clock.window_frames * entry.clock.hop_seconds)


def _backbone_figures(entry: "ZooEntry") -> dict[str, Any] | None:
    from edgegenre.backbones.catalog import BACKBONES

    if entry.backbone is None:
        return None
    return {
        "name": entry.backbone.backbone,
        "parameters": _backbone_parameters(entry),
        "multiplies": _backbone_multiplies(entry),
        "weights": BACKBONES[entry.backbone.backbone].wanted,
    }


def _backbone_lines(entry: "ZooEntry") -> list[tuple[str, str]]:
    figures = _backbone_figures(entry)
    if figures is None:
        return []
    costs = f"{figures['parameters']:,} parameters and {figures['multiplies'] / 1e6:,.1f} M multiplies a window"
    return [
        ("backbone", f"{figures['name']}, frozen: {costs} on top of the network's, in floats"),
        ("weights", figures["weights"]),
    ]


def _boards(names: tuple[str, ...]) -> str:
    if not names:
        return "none: its weights or its rows are too large for all"
    return f"it fits the memories of {', '.join(names)}; `edgegenre firmware` measures"


def _input(name: str, frontend: "Frontend") -> str:
    rows = "1 row" if frontend.window_frames == 1 else f"{frontend.window_frames} rows"
    return (
        f"{name}: {rows} of {frontend.contents}, one every {frontend.hop_seconds * 1000:.1f} ms "
        f"at {frontend.sample_rate:,} Hz"
    )


def _window_seconds(entry: "ZooEntry") -> float:
    return max(frontend.window_seconds for frontend in entry.frontends.values())


def _field_seconds(entry: "ZooEntry") -> float:
    return entry.clock.samples_for(entry.costs().receptive_field_frames) / entry.clock.sample_rate
