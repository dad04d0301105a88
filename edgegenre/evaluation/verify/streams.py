"""What `verify` does with streams: numpy's against the whole window, every other engine's against numpy's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from edgegenre.bundle import INTEGERS, STREAM_ONNX, STREAM_TFLITE, Bundle
from edgegenre.evaluation.verify.compare import Count, EngineResult, Tally
from edgegenre.evaluation.verify.engines import Candidate
from edgegenre.evaluation.verify.needs import (
    C_COMPILER,
    LITERT,
    ONNXRUNTIME,
    TENSORFLOW,
    TFLITE_RUNTIME,
    PythonModule,
)
from edgegenre.export.c.chain import chain_refusal
from edgegenre.export.onnx.stream import onnx_layout
from edgegenre.export.steps import step_plan, step_refusal
from edgegenre.export.tflite.stream import tflite_layout
from edgegenre.integer.network import IntegerNetwork
from edgegenre.integer.quantization import arithmetic_name
from edgegenre.integer.requantize import Arithmetic
from edgegenre.integer.streaming import IntegerStream, StreamLogits
from edgegenre.runtime.engine import RowStream
from edgegenre.runtime.engine_files import safe_file
from edgegenre.runtime.engines.litert_stream import LiteRTStream
from edgegenre.runtime.engines.native import open_native
from edgegenre.runtime.engines.onnxruntime_stream import OnnxStream

STREAM_CLIPS = 4
"""Clips that are also streamed: the numpy stream is slow, and every row of it is compared."""


@dataclass(frozen=True, kw_only=True)
class VerifiedStream(Candidate):
    """An engine that streams row by row, in `clip` mode."""

    open: Callable[[Bundle], RowStream]


class Streams:
    """Some of the clips, streamed; compared with the whole windows of `compare` and with each other.

    features: int8 [clips, time, frequency, channels] by input; recorded ones come first, random ones last.
    """

    def __init__(self, compare: Tally, features: Mapping[str, np.ndarray]) -> None:
        self._compare = compare
        count = len(next(iter(features.values())))
        self._chosen = np.linspace(0, count - 1, min(STREAM_CLIPS, count)).round().astype(int)
        self._features = [{name: array[clip] for name, array in features.items()} for clip in self._chosen]
        self._numpy: dict[str, list[list[StreamLogits]]] = {}

    def numpy(self, arithmetic: Arithmetic) -> EngineResult:
        """The numpy stream's last logits against the whole window's."""
        answers = self._expected(arithmetic)
        return self._result("numpy-stream", arithmetic, [clip[-1].logits for clip in answers], Count())

    def engine(self, bundle: Bundle, engine: VerifiedStream) -> EngineResult:
        """An engine's last logits against the whole window's, those of every row before against numpy's."""
        stream = engine.open(bundle)
        count, logits = Count(), []
        for clip, expected in zip(self._features, self._expected(engine.arithmetic), strict=True):
            stream.reset()
            by_rows = {item.rows: item.logits for item in stream.push(clip)}
            found = [by_rows.get(item.rows, np.empty(0, np.int8)) for item in expected]
            for one, other in zip(found, expected, strict=True):
                count.add(one, other.logits)
            logits.append(found[-1])
        return self._result(engine.name, engine.arithmetic, logits, count)

    def _expected(self, arithmetic: Arithmetic) -> list[list[StreamLogits]]:
        integers = self._compare.integers
        family = arithmetic_name(integers.output, arithmetic)
        if family not in self._numpy:
            stream = IntegerStream(integers, arithmetic=arithmetic)
            self._numpy[family] = []
            for clip in self._features:
                stream.reset()
                self._numpy[family].append(stream.push(clip))
        return self._numpy[family]

    def _result(self, engine: str, arithmetic: Arithmetic, logits: Sequence[np.ndarray], rows: Count) -> EngineResult:
        """The result for the last logits, with what was counted row by row before."""
        compare, name = self._compare, self._compare.logits_name
        references = {key: {name: value[name][self._chosen]} for key, value in compare.references.items()}
        final = Tally(compare.integers, references).result(engine, arithmetic, [(name, np.stack(logits))])
        return EngineResult(
            engine=engine,
            arithmetic=final.arithmetic,
            outputs=final.outputs + rows.outputs,
            mismatches=final.mismatches + rows.mismatches,
            max_difference=max(final.max_difference, rows.max_difference),
            top1_agreement=final.top1_agreement,
            tensors=1,
            first_difference=name if final.mismatches + rows.mismatches else "",
            family_flips=final.family_flips,
        )


def _onnx(bundle: Bundle) -> RowStream:
    file = safe_file(bundle, STREAM_ONNX)
    return OnnxStream(file.content, layout=onnx_layout(step_plan(_integers(bundle))), name=file.path)


def _tflite(bundle: Bundle, *, arithmetic: Arithmetic, module: str) -> RowStream:
    layout = tflite_layout(step_plan(_integers(bundle)))
    file = safe_file(bundle, STREAM_TFLITE)
    return LiteRTStream(file.content, layout=layout, arithmetic=arithmetic, module=module, name=file.path)


def _integers(bundle: Bundle) -> IntegerNetwork:
    assert bundle.integers is not None
    return bundle.integers


def _native(bundle: Bundle, *, arithmetic: Arithmetic) -> RowStream:
    return open_native(bundle, arithmetic).stream("clip")


def _litert(name: str, arithmetic: Arithmetic, need: PythonModule) -> VerifiedStream:
    opened = partial(_tflite, arithmetic=arithmetic, module=need.name)
    return VerifiedStream(name=name, arithmetic=arithmetic, need=need, file=STREAM_TFLITE, open=opened)


_STEPS = (
    VerifiedStream(name="onnxruntime-stream", arithmetic="float32", need=ONNXRUNTIME, file=STREAM_ONNX, open=_onnx),
    _litert("litert-stream", "float32", LITERT),
    _litert("litert-reference-stream", "q31", LITERT),
    _litert("tensorflow-stream", "float32", TENSORFLOW),
    _litert("tensorflow-reference-stream", "q31", TENSORFLOW),
    _litert("tflite-runtime-reference-stream", "q31", TFLITE_RUNTIME),
)


def streams(integers: IntegerNetwork) -> tuple[VerifiedStream, ...]:
    """Every engine that streams: the C runtime in each arithmetic of `integers`, then those with a step of a bundle.

    Of a network without a step, numpy and C alone stream by rows: a product over flattened maps adds up row by row.
    """
    native = (
        VerifiedStream(
            name="native-stream",
            arithmetic=arithmetic,
            need=C_COMPILER,
            file=INTEGERS,
            open=partial(_native, arithmetic=arithmetic),
        )
        for arithmetic in integers.arithmetics.values()
    )
    steps = _STEPS if step_refusal(integers) is None else ()
    return (*native, *steps) if chain_refusal(integers) is None else steps
