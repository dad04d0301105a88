"""Sums, tables, concatenations, maxima, means and rearrangements: no engine differs from numpy in a single value."""

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tests.export.engines import session
from tests.export.graph_operators import Case, cases

CASES = list(cases())
NAMES = [f"{index} {case.operation.name}" for index, case in enumerate(CASES)]


def run_litert(case: Case, resolver: OpResolverType) -> np.ndarray:
    interpreter = Interpreter(model_content=case.tflite(), num_threads=1, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    for given, values in zip(interpreter.get_input_details(), case.inputs, strict=True):
        interpreter.set_tensor(given["index"], values)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_litert_s_default_kernels_give_numpy_s_integers(case: Case) -> None:
    np.testing.assert_array_equal(run_litert(case, OpResolverType.BUILTIN), case.expected("float32"))


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_litert_s_reference_kernels_give_numpy_s_integers(case: Case) -> None:
    np.testing.assert_array_equal(run_litert(case, OpResolverType.BUILTIN_REF), case.expected("q31"))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8])
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_onnxruntime_gives_numpy_s_integers(case: Case, dtype: type) -> None:
    offset = 0 if dtype is np.int8 else 128
    given = {
        name: (values.astype(np.int16) + offset).astype(dtype).transpose(0, 3, 1, 2)
        for name, values in zip(case.operation.inputs, case.inputs, strict=True)
    }
    (found,) = session(case.onnx(dtype)).run(None, given)
    np.testing.assert_array_equal(found.astype(np.int16).transpose(0, 2, 3, 1) - offset, case.expected("float32"))
