"""Single layers as the kernels of a build see them: a case, its bytes, and what the numpy row functions say of it."""

import dataclasses
import functools
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgegenre.export.c.plan import packed_bytes, weight_stride
from edgegenre.export.c.project import write_firmware
from edgegenre.integer.operations import PerChannel, Product, Window
from edgegenre.integer.quantization import Quantization
from edgegenre.integer.requantize import LARGEST_ACCUMULATOR, Arithmetic
from edgegenre.integer.rows import NUMPY
from edgegenre.network.shape import Padding, Shape, same_padding
from edgegenre.network.windows import windows
from edgegenre.targets.build import build, run_program
from edgegenre.targets.cores import Processor
from tests.firmware.builds import scratch
from tests.networks import random_integer_network

KINDS = ("EG_CONVOLUTION", "EG_POINTWISE", "EG_DEPTHWISE", "EG_DEPTHWISE_3X3")
FIXED_KERNELS = {"EG_POINTWISE": (1, 1), "EG_DEPTHWISE_3X3": (3, 3)}
FILLS = ("random", "lowest", "highest", "extremes", "zero point", "small")


@dataclass(frozen=True, kw_only=True, eq=False)
class Case:
    """One row of one layer. rows: int8 [kernel_time, frequency, channels], the oldest first; oldest: its slot."""

    kind: str
    layer: Product | PerChannel
    shape: Shape
    rows: np.ndarray
    oldest: int

    @property
    def output(self) -> Shape:
        """Of one row."""
        return self.layer.output_shape(self.shape)

    def __repr__(self) -> str:
        return f"Case({self.kind}, {self.layer.window}, {self.shape}, oldest={self.oldest})"


@functools.cache
def case(
    kind: str,
    *,
    frequency: int,
    channels_in: int,
    channels_out: int,
    kernel: tuple[int, int],
    stride: int,
    relu: bool,
    values: str,
    weights: str,
    oldest: int,
    seed: int,
) -> Case:
    """A case of `kind` whose values and weights are filled as FILLS says, with scales over the whole proven range."""
    generator = np.random.default_rng(seed)
    pooled = kind == "EG_DEPTHWISE" and stride == kernel[1] == 2 and frequency >= 2
    window = _window(kind, frequency, kernel, stride, pooled=pooled)
    rows = window.kernel[0]
    shape = Shape(rows, frequency, channels_in)
    zeros = generator.integers(-128, 128, 2)
    source, output = (
        Quantization(scale=float(np.float32(generator.choice([0.0625, 0.0037]))), zero_point=int(zero))
        for zero in zeros
    )
    operation = PerChannel if kind.startswith("EG_DEPTHWISE") else Product
    size = (*window.kernel, channels_in) if operation is PerChannel else (channels_out, *window.kernel, channels_in)
    channels = channels_in if operation is PerChannel else channels_out
    filled = _filled(weights, size, generator, low=-127, zero=0)
    layer = operation(
        name="layer",
        inputs=("features",),
        input=source,
        output=output,
        window=window,
        weights=np.full(size, 127, np.int8) if pooled else filled,
        bias=np.zeros(channels, np.int32),
        weight_scales=(_scales(channels, weights, generator) * output.scale / source.scale).astype(np.float32),
        low=output.zero_point if relu and not pooled else output.low,
    )
    room_left = LARGEST_ACCUMULATOR - 1 - layer.largest_accumulator()
    usual = generator.integers(0, 40 if weights == "small" else 1 << 14, channels)
    bias = np.where(generator.random(channels) < 0.2, room_left, usual) * generator.choice([-1, 1], channels)
    layer = dataclasses.replace(layer, bias=bias.astype(np.int32))
    content = _filled(values, (rows, frequency, channels_in), generator, low=-128, zero=source.zero_point)
    return Case(kind=kind, layer=layer, shape=shape, rows=content, oldest=oldest)


def seeded_cases(count: int, seed: int = 0) -> list[Case]:
    """Random cases, every kind and filling among them."""
    generator = np.random.default_rng(seed)
    return [
        case(
            KINDS[index % len(KINDS)],
            frequency=int(generator.choice([1, 2, 3, 5, 6, 7, 12, 13])),
            channels_in=int(generator.choice([1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 40])),
            channels_out=int(generator.choice([1, 2, 3, 4, 5, 15, 16, 17, 33, 49, 64, 70])),
            kernel=(int(generator.integers(1, 5)), int(generator.integers(1, 5))),
            stride=int(generator.integers(1, 4)),
            relu=bool(generator.random() < 0.5),
            values=FILLS[index // len(KINDS) % len(FILLS)],
            weights=FILLS[int(generator.integers(0, len(FILLS)))],
            oldest=index // 3 % 4,
            seed=index,
        )
        for index in range(count)
    ]


def expected(item: Case, arithmetic: Arithmetic) -> np.ndarray:
    """int8 [frequency_out, channels_out] of the numpy reference."""
    made: np.ndarray = NUMPY[type(item.layer)](item.layer, arithmetic, item.rows[None])
    return made[0, 0]


def check(items: Sequence[Case], program: Path, target: Processor, arithmetic: Arithmetic) -> None:
    """Assert that the kernels of `program` give the reference's bytes for all of `items`, and write nothing else."""
    command = [part.format(program=program) for part in target.emulator]
    data = b"".join(_case_bytes(item, arithmetic) for item in items)
    with tempfile.TemporaryDirectory(prefix="edgegenre-kernels-") as folder:
        output = run_program(command, data, target, Path(folder))
    for item in items:
        output = _check_one(item, output, arithmetic)
    assert output == b""


@functools.cache
def build_kernels(target: Processor, arithmetic: Arithmetic, *flags: str) -> Path:
    """selftest/kernels.c with the kernels alone, compiled for `target`."""
    tag = "-".join([target.name, arithmetic, *(flag.strip("-").replace("=", "") for flag in flags)])
    program = scratch() / f"kernels-{tag}.program"
    build(_project(), target, arithmetic, program, flags, mains=("selftest/kernels.c",))
    return program


@functools.cache
def _project() -> Path:
    """A firmware folder without the stream, the head and the front end."""
    network = random_integer_network("plain")
    folder = scratch() / "kernels"
    write_firmware(network, None, tuple("abcd"), folder)
    for path in (folder / "src").glob("*.c"):
        if not path.name.startswith(("eg_matmul", "eg_depthwise", "eg_gather", "eg_pack", "eg_model")):
            path.unlink()
    return folder


def _window(kind: str, frequency: int, kernel: tuple[int, int], stride: int, *, pooled: bool) -> Window:
    """That of a layer of `kind` on whole rows: padded left and right as by SAME, a pool's not at all."""
    if pooled:
        return Window(kernel=kernel, stride=kernel)
    if kind in FIXED_KERNELS:
        kernel, stride = FIXED_KERNELS[kind], 1
    around = same_padding(Shape(kernel[0], frequency, 1), kernel, (1, stride))
    return Window(kernel=kernel, stride=(1, stride), padding=Padding(left=around.left, right=around.right))


def _filled(how: str, size: tuple[int, ...], generator: np.random.Generator, *, low: int, zero: int) -> np.ndarray:
    match how:
        case "lowest":
            return np.full(size, low, np.int8)
        case "highest":
            return np.full(size, 127, np.int8)
        case "extremes":
            return generator.choice(np.array([low, 127], np.int8), size)
        case "zero point":
            return np.full(size, zero, np.int8)
        case "small":
            return np.clip(generator.integers(-2, 3, size) + zero, low, 127).astype(np.int8)
    return generator.integers(low, 128, size).astype(np.int8)


def _scales(channels: int, weights: str, generator: np.random.Generator) -> np.ndarray:
    """From accumulators to outputs: those of trained layers, anything that is allowed (q31 shifts from 1 to 30), or,
    with small weights, powers of two, so that many results lie halfway between two steps."""
    if weights == "small":
        return np.exp2(-generator.integers(2, 5, channels).astype(np.float64))
    low, high = (-14, -7) if generator.random() < 0.7 else (-30.9, -1.01)
    return np.exp2(generator.uniform(low, high, channels))


def _padded(item: Case) -> np.ndarray:
    padding = item.layer.window.padding
    zero = item.layer.input.zero_point
    return np.pad(item.rows, ((0, 0), (padding.left, padding.right), (0, 0)), constant_values=zero)


def _case_bytes(item: Case, arithmetic: Arithmetic) -> bytes:
    layer, window = item.layer, item.layer.window
    is_convolution = isinstance(layer, Product)
    columns = weight_stride(layer) if is_convolution else 0
    flat = layer.weights.reshape(len(layer.weights), -1)
    weights = np.pad(flat, ((0, 0), (0, columns - flat.shape[1]))) if is_convolution else layer.weights
    bias = layer.bias - layer.input.zero_point * layer.weight_sums()
    multipliers, shifts = layer.q31_multipliers
    header = struct.pack(
        "<15i",
        *(KINDS.index(item.kind), item.shape.frequency, item.shape.channels),
        *(
            item.output.frequency,
            item.output.channels,
            *window.kernel,
            window.stride[1],
            window.padding.left,
        ),
        *(layer.input.zero_point, layer.output.zero_point, layer.low),
        *(columns, packed_bytes(layer, item.kind), item.oldest),
    )
    factors = multipliers.astype("<i4") if arithmetic == "q31" else layer.float32_scales.astype("<f4")
    arrays = (weights.astype(np.int8), bias.astype("<i4"), factors, shifts.astype(np.uint8), item.rows)
    return header + b"".join(array.tobytes() for array in arrays)


def _check_one(item: Case, output: bytes, arithmetic: Arithmetic) -> bytes:
    """Compare the first case of `output`; returns what follows."""
    found = np.frombuffer(output, np.int8, item.output.values).reshape(item.output.frequency, item.output.channels)
    np.testing.assert_array_equal(found, expected(item, arithmetic), err_msg=str(item))
    rest = output[found.size :]
    if item.kind != "EG_CONVOLUTION":
        return rest
    layer, window = item.layer, item.layer.window
    view = windows(_padded(item)[None], window.kernel, window.stride)[0, 0]
    wanted = view.transpose(0, 2, 3, 1).reshape(item.output.frequency, -1)
    size = item.output.frequency * weight_stride(layer)
    columns = np.frombuffer(rest, np.int8, size).reshape(item.output.frequency, -1)
    np.testing.assert_array_equal(columns[:, : wanted.shape[1]], wanted, err_msg=str(item))
    return rest[size:]
