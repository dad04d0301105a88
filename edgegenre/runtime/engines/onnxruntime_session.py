"""Opening an .onnx file so that its int8 products are exact on this processor."""

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from edgegenre.errors import missing
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION

LARGEST_MEMORY = 1 << 30
"""Bytes of tensors."""

EXACT_WITHOUT_HELP = ("avx512_vnni", "avx_vnni")


def open_session(model: bytes, *, threads: int = 1, profile_prefix: Path | None = None) -> Any:
    """An onnxruntime.InferenceSession on the CPU for a file's bytes; all sessions share LARGEST_MEMORY.

    profile_prefix: how the file begins that its own profiler writes at `end_profiling`; None for no profile.
    Raises MissingDependencyError without onnxruntime, and what onnxruntime raises when it refuses the file.
    """
    # Before the import: it would write a device id and a database of its own into the user's cache folder.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnxruntime
    except ImportError as error:
        raise missing("onnxruntime", "onnxruntime", "Running an .onnx file") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    if profile_prefix is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile_prefix)
    if not products_are_exact():
        # x86 without VNNI adds pairs of 8-bit products in 16 bits, which saturates; exact costs 2.5 times as long.
        options.add_session_config_entry("session.x64quantprecision", "1")
    _limit_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@functools.cache
def _limit_memory() -> None:
    """What a file's operators allocate is known only when they run: one that asks for more fails, and nothing else."""
    import onnxruntime

    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(place, onnxruntime.OrtArenaCfg({"max_mem": LARGEST_MEMORY}))


@functools.cache
def products_are_exact(processor: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this processor multiplies bytes into 32 bits at once; False where that cannot be told."""
    try:
        lines = processor.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    flags = {flag for line in lines if line.startswith("flags") for flag in line.split()}
    return any(flag in flags for flag in EXACT_WITHOUT_HELP)


def onnx_features(clip: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """int8 features [clips, time, frequency, channels] by input as our .onnx files take them: real numbers, without the
    last axis where there is one channel."""
    real = {name: array.astype(np.float32) / np.float32(STEPS_PER_DEVIATION) for name, array in clip.items()}
    return {name: array[..., 0] if array.shape[-1] == 1 else array for name, array in real.items()}
