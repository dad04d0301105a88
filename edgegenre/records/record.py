"""One result, one form on every target: the dataclasses. `schema.py` publishes them, `reading.py` reads them.

Every class has `extra`: entries that a later edgegenre, or somebody else's program, wrote beside the known ones. They
are kept and written again.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, Self

from edgegenre.errors import BenchError
from edgegenre.records.reading import from_json, to_json

SCHEMA_VERSION = 2

Provenance = Literal["measured", "emulated", "computed"]
Workload = Literal["clip", "update", "stream", "features", "training"]
MachineKind = Literal["cpu", "gpu", "board", "emulator"]
Grouping = Literal["track", "artist"]
Extra = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The machine a figure belongs to.

    name: of the processor, GPU or board, in its vendor's words. cores: those the process may use; of a GPU its
    multiprocessors. extensions: instruction sets that int8 speed depends on ("avx2 avx512_vnni").
    """

    kind: MachineKind
    name: str
    system: str
    cores: int
    extensions: str = ""
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What the machine told about itself while it worked; None where it does not tell.

    governor: of the clock ("performance"). temperature_c: the hottest sensor at the end, in degrees Celsius.
    throttled: whether the clock was lowered for heat or weak supply in between. busy: other programs' share of the
    processor time meanwhile, 0 to 1.
    """

    governor: str | None = None
    temperature_c: float | None = None
    throttled: bool | None = None
    busy: float | None = None
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Quantiles of the wall-clock time of one run, in milliseconds, over `runs` runs.

    p90_ms, p99_ms: None of records made before they were taken down. processor_ms: the median of the processor time a
    run used, all threads together: the wall-clock time of an idle machine if one thread worked. None where it was not
    measured.
    """

    p5_ms: float
    p50_ms: float
    p95_ms: float
    runs: int
    p90_ms: float | None = None
    p99_ms: float | None = None
    processor_ms: float | None = None
    extra: Extra = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Raise BenchError unless the quantiles are in order."""
        known = [self.p5_ms, self.p50_ms, self.p90_ms, self.p95_ms, self.p99_ms]
        times = [time for time in known if time is not None]
        if times[0] <= 0 or times != sorted(times):
            raise BenchError("the latency quantiles are not in order.")

    @property
    def undisturbed_ms(self) -> float:
        """What comparisons use: processor time where it is known, else the median of the wall clock."""
        return self.processor_ms or self.p50_ms


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """This engine's time over that of `against`, one value an interleaved round: median, 5 %, 95 %.

    A round's value compares the median run of each: processor time on one thread, the wall clock on several and on a
    GPU.
    """

    against: str
    median: float
    low: float
    high: float
    rounds: int
    extra: Extra = field(default_factory=dict, hash=False)

    @property
    def equal(self) -> bool:
        """Whether the spread contains 1: then neither is called faster."""
        return self.low <= 1 <= self.high


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The most memory a process of its own needed above what it held once its libraries were imported.

    peak_bytes: that difference. baseline_bytes: what it held before. how: the counter that was read; on a GPU and of
    an arena it says what else was counted.
    """

    peak_bytes: int
    baseline_bytes: int
    how: str
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Energy:
    """What one run drew from the supply, as a power meter saw it: the median of `measurements`, in millijoules.

    meter: the instrument, and what it fed at which voltage ("LPM01A, whole board at 3.0 V").
    """

    millijoules: float
    measurements: int
    meter: str
    extra: Extra = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Raise BenchError unless there is energy, measured at least once."""
        if self.millijoules <= 0 or self.measurements < 1:
            raise BenchError("an energy is more than 0 mJ, from at least one measurement.")


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """Share of clips whose best label is right, 0 to 1, and on what.

    low, high: its 95 % interval. macro_f1: 0 to 1. clips: tracks that were scored, in all repeats together.
    grouping: what the split never divided: "artist", or "track" alone. repeats: trainings or folds behind the figure.
    None where the source does not say.
    """

    value: float
    data: str
    split: str
    synthetic: bool
    clips: int | None = None
    low: float | None = None
    high: float | None = None
    macro_f1: float | None = None
    grouping: Grouping | None = None
    repeats: int | None = None
    extra: Extra = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Raise BenchError for shares outside 0 to 1."""
        shares = (self.value, self.low, self.high, self.macro_f1)
        if any(share is not None and not 0 <= share <= 1 for share in shares):
            raise BenchError("an accuracy lies between 0 and 1.")


@dataclass(frozen=True, kw_only=True)
class Share:
    """A figure with its 95 % interval; of a difference it may be negative."""

    value: float
    low: float
    high: float
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Int8 beside float on the same clips.

    minus_float: the accuracy lost or won, paired. agreement: the share of clips with the same answer. mcnemar_p: exact.
    met: whether the bar that was set before, `bar`, was kept.
    """

    minus_float: Share
    agreement: Share
    mcnemar_p: float
    met: bool
    bar: str
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Exactness:
    """Values that were compared with `reference`, and how many of them differ. largest: difference, where known."""

    reference: str
    values: int
    mismatches: int
    largest: int | None = None
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Firmware:
    """What a microcontroller's program needs beyond instructions, flash and RAM.

    longest_slice: instructions of the longest call of eg_step. frontend_instructions: of one feature row. stack_bytes:
    as painted; None where it was not. context_bytes: of the classifier's one struct, a part of the RAM.
    """

    mode: Literal["clip", "continuous"]
    longest_slice: int
    frontend_instructions: int
    context_bytes: int
    stack_bytes: int | None = None
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Load:
    """What emulated instructions imply on a real board: computed.

    share: of the board's clock that the classifier takes, as it listens. clock_hz: the board's. clock_needed_hz: with
    which no sample is lost at an audio buffer of two hops. cycles_per_instruction: assumed. fits: RAM and flash
    suffice. keeps_up: no sample is lost, with some audio buffer of at most two seconds.
    """

    board: str
    share: float
    clock_hz: int
    clock_needed_hz: int
    cycles_per_instruction: float
    ram_bytes: int
    flash_bytes: int
    fits: bool
    keeps_up: bool
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class LayerCost:
    """One layer of a profile; kind: "convolution", "pointwise", "depthwise", "front end", …. What was not found out is
    None."""

    name: str
    kind: str
    multiplies: int
    instructions: int | None = None
    milliseconds: float | None = None
    bytes: int | None = None
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Training:
    """How fast a model trains.

    clips_per_second: at the record's batch. iterations, seconds: of the protocol, `seconds` computed from the measured
    rate. measured_iterations: how many were timed.
    """

    protocol: str
    clips_per_second: float
    iterations: int
    seconds: float
    measured_iterations: int
    extra: Extra = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One figure line of a report.

    target: what was asked for ("cpu", "ssh://pi@kitchen"). engine: "onnxruntime", "litert", "torch", "native", …; mode:
    how it ran where it has several ways ("compiled"). versions: by package. commit: of edgegenre's source, empty where
    it is installed. bundle: the folder's name, empty for a network that was built for the comparison alone (of random
    weights, as the note says). arithmetic: "float", "bfloat16", or that of an integer model ("float32", "q31",
    "int16x8"). recipe: of the quantization. workload: "clip" is a whole window, "update" what a stream computes for one
    new decision, "stream" all of a sound in continuous mode, "features" a window's sound to features, "training" an
    iteration. threads: that worked. batch: clips a run. frames: feature frames a run consumes. multiplies: of one run,
    by the formulas of the paper. instructions: of one run, as an emulator counts them. flash_bytes and ram_bytes: of a
    microcontroller's program. trust: the manifest's calibration and microphone test, as they stand there. note: why an
    engine was skipped, or what else a reader must know. date: ISO 8601, UTC.

    Raises BenchError when a value is not possible, or an emulated or computed record claims milliseconds or
    millijoules.
    """

    target: str
    machine: Machine
    engine: str
    versions: dict[str, str]
    model: str
    bundle: str
    arithmetic: str
    workload: Workload
    batch: int
    frames: int
    provenance: Provenance
    date: str
    mode: str = ""
    threads: int = 1
    commit: str = ""
    recipe: str = ""
    latency: Latency | None = None
    ratio: Ratio | None = None
    conditions: Conditions | None = None
    multiplies: int | None = None
    instructions: int | None = None
    energy: Energy | None = None
    memory: Memory | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    firmware: Firmware | None = None
    load: Load | None = None
    layers: tuple[LayerCost, ...] = ()
    accuracy: Accuracy | None = None
    comparison: Comparison | None = None
    exactness: Exactness | None = None
    training: Training | None = None
    trust: dict[str, Any] | None = None
    note: str = ""
    schema_version: int = SCHEMA_VERSION
    extra: Extra = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        timed = self.latency is not None or any(layer.milliseconds is not None for layer in self.layers)
        if self.provenance != "measured" and timed:
            raise BenchError(
                f"record of {self.model} on {self.machine.name}: an emulator counts instructions, not time; "
                "remove the latency."
            )
        if self.provenance != "measured" and self.energy is not None:
            raise BenchError(
                f"record of {self.model} on {self.machine.name}: an energy is measured by a power meter, not "
                f"{self.provenance}; remove the energy."
            )

    @property
    def clips_per_second(self) -> float | None:
        """Clips that go through in a second, at the median; None where no clip was timed."""
        if self.latency is None or self.workload != "clip":
            return None
        return 1000 * self.batch / self.latency.p50_ms

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready data; `from_dict` reads it back."""
        return to_json(self)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Read untrusted JSON data. Raises BenchError when it is of another schema or not well formed."""
        version = data.get("schema_version") if isinstance(data, dict) else None
        if version != SCHEMA_VERSION:
            raise BenchError(
                f"a result has schema version {version!r}, this edgegenre reads {SCHEMA_VERSION}. Measure again."
            )
        read: Self = from_json(cls, data, "result")
        return read
