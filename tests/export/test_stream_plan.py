"""A streaming layout from a file's metadata is read back as it was, or refused: it says what memory to make."""

from typing import Any

import numpy as np
import pytest

from edgegenre.errors import ExportError
from edgegenre.export.stream_plan import StateTensor, StreamLayout
from edgegenre.integer.tensors import Quantization

LAYOUT = StreamLayout(
    input_name="features",
    output_name="logits",
    frames_per_step=2,
    window_frames=60,
    frequency=12,
    steps=31,
    delay=1,
    head_rows=30,
    output=Quantization(scale=0.25, zero_point=3),
    states=tuple(
        StateTensor(name=dtype, dtype=dtype, shape=(2, 3), fill=1) for dtype in ("uint8", "int8", "int16", "int32")
    ),
)


def test_a_layout_comes_back_with_states_of_every_type() -> None:
    found = StreamLayout.from_dict(LAYOUT.to_dict())
    assert found == LAYOUT
    assert [state.initial().dtype for state in found.states] == [np.uint8, np.int8, np.int16, np.int32]


@pytest.mark.parametrize("dtype", ["object", "float64", "int64", "O", "S1000000", "", None, "datetime64[s]"])
def test_a_state_of_any_other_type_is_refused(dtype: Any) -> None:
    values = LAYOUT.to_dict()
    values["states"][2]["dtype"] = dtype
    with pytest.raises(ExportError, match="streaming layout cannot be read"):
        StreamLayout.from_dict(values)


@pytest.mark.parametrize("change", [{"bits": 12}, {"zero_point": 200}, {"scale": 0}])
def test_logits_of_no_quantization_are_refused(change: dict[str, Any]) -> None:
    values = LAYOUT.to_dict()
    values["output"] |= change
    with pytest.raises(ExportError, match="streaming layout cannot be read"):
        StreamLayout.from_dict(values)
