"""The layout inside a step file: read back as written, and refused when it would mislead whoever drives the step."""

from typing import Any

import pytest

from edgegenre.errors import ExportError
from edgegenre.export.onnx.stream import onnx_layout
from edgegenre.export.steps import step_plan
from edgegenre.export.stream_layout import StreamLayout
from edgegenre.export.tflite.stream import tflite_layout
from tests.networks import LIANG, random_integer_network

HUGE = 10**9
NAMES = ("odd", "plain", "recurrent", "lstm", "wide-odd", *LIANG)


@pytest.mark.parametrize("name", NAMES)
def test_what_an_export_writes_is_within_bounds(name: str) -> None:
    plan = step_plan(random_integer_network(name))
    for layout in (onnx_layout(plan), tflite_layout(plan)):
        assert StreamLayout.from_dict(layout.to_dict()) == layout


def changed(values: Any, keys: tuple[str | int, ...], to: object) -> Any:
    """`values` with `to` in the place that `keys` name."""
    if not keys:
        return to
    first, *rest = keys
    copy = dict(values) if isinstance(values, dict) else list(values)
    copy[first] = changed(copy[first], tuple(rest), to)  # type: ignore[index]
    return copy


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        *((keys, value)
          for keys in (("frames_per_step",), ("head_rows",), ("rows",), ("steps",),
                       ("inputs", 0, "frames"), ("inputs", 0, "frequency"), ("inputs", 0, "channels"))
          for value in (0, -1, HUGE, "4", 4.0, True, None, float("inf"))),
        *((("delay",), value) for value in (-1, HUGE, "1", 1.5)),
        (("steps",), 8),
        (("steps",), 100_010),
        (("head_rows",), 62),
        (("inputs", 0, "frames"), 30_000),
        (("inputs", 0, "name"), 5),
        (("inputs",), []),
        (("inputs",), "features"),
        (("output_name",), ""),
        (("output", "scale"), 10**400),
        (("output", "scale"), 0.0),
        (("output", "scale"), float("nan")),
        (("output", "zero_point"), float("inf")),
        (("output",), "int8"),
        (("states",), {}),
        (("states",), [{}] * 5000),
        (("states", 0, "shape"), [1 << 20, 1 << 20, 8]),
        (("states", 0, "shape"), [1 << 24, 2]),
        (("states", 0, "shape"), [-1, 4]),
        (("states", 0, "shape"), [1] * 40),
        (("states", 0, "shape"), 4),
        (("states", 0, "shape"), ["4"]),
        (("states", 0, "fill"), 1000),
        (("states", 0, "fill"), 0.5),
        (("states", 0, "dtype"), "object"),
        (("states", 0, "dtype"), "int64"),
        (("states", 0, "dtype"), ["int8"]),
        (("states", 0, "name"), "features"),
        (("masks", 0, "rows"), HUGE),
        (("masks", 0, "rows"), 3),
        (("masks", 0, "shape"), [1, HUGE, 1, 1]),
        (("masks", 0, "delay"), HUGE),
        (("masks", 0, "total"), 0),
        (("masks",), "features"),
        (("means",), 0),
        (("means", 0), {"input": {}}),
        (("means", 0, "name"), ""),
        (("means", 0, "rows"), 0),
        (("means", 0, "delay"), -1),
        (("means", 0, "total"), HUGE),
        (("means", 0, "output", "scale"), 0),
    ],
)  # fmt: skip
def test_a_layout_from_a_stranger_is_refused_unless_every_value_makes_sense(
    keys: tuple[str | int, ...], value: object
) -> None:
    good = tflite_layout(step_plan(random_integer_network("odd"))).to_dict()
    with pytest.raises(ExportError, match="the streaming layout cannot be read"):
        StreamLayout.from_dict(changed(good, keys, value))


@pytest.mark.parametrize("values", [None, [], "x", {}])
def test_what_is_no_layout_is_refused(values: Any) -> None:
    with pytest.raises(ExportError, match="the streaming layout cannot be read"):
        StreamLayout.from_dict(values)
