"""What the machine tells of itself while it is measured: clock governor, heat, throttling, other programs' work."""

import os
from collections.abc import Iterable
from pathlib import Path

from edgegenre.records.record import Conditions

_CPUS = Path("/sys/devices/system/cpu")
_THERMAL = Path("/sys/class/thermal")
_RASPBERRY_PI = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")
_THROTTLED_NOW_OR_BEFORE = 0x000F_000F  # bits 0-3: now; 16-19: since the start


class Watch:
    """Begins when it is made; `conditions` says what has happened since. It asks Linux: elsewhere all is None."""

    def __init__(self) -> None:
        self._throttles = _throttles()
        self._ticks = _ticks()
        self._own = sum(os.times()[:2])

    def conditions(self) -> Conditions:
        """The conditions since the beginning."""
        throttles = _throttles()
        return Conditions(
            governor=", ".join(sorted(set(_lines(_CPUS.glob("cpu[0-9]*/cpufreq/scaling_governor"))))) or None,
            temperature_c=max((value / 1000 for value in _numbers(_THERMAL.glob("thermal_zone*/temp"))), default=None),
            throttled=None if throttles is None or self._throttles is None else throttles != self._throttles,
            busy=self._busy(),
        )

    def _busy(self) -> float | None:
        before, after = self._ticks, _ticks()
        if before is None or after is None or after[1] <= before[1]:
            return None
        hertz = os.sysconf("SC_CLK_TCK")
        others = (after[0] - before[0]) - hertz * (sum(os.times()[:2]) - self._own)
        return round(min(1.0, max(0.0, others / (after[1] - before[1]))), 3)


def _ticks() -> tuple[int, int] | None:
    """Clock ticks in which some core worked, and all ticks, of all cores together."""
    for line in _lines([Path("/proc/stat")]):
        fields = [int(word) for word in line.split()[1:9]]
        idle = fields[3] + fields[4]
        return sum(fields) - idle, sum(fields)
    return None


def _throttles() -> int | None:
    """A number that changes when the clock is lowered for heat or weak supply."""
    flags = next(iter(_lines([_RASPBERRY_PI])), None)
    if flags is not None:
        return int(flags, 16) & _THROTTLED_NOW_OR_BEFORE
    counts = list(_numbers(_CPUS.glob("cpu[0-9]*/thermal_throttle/*_throttle_count")))
    return sum(counts) if counts else None


def _numbers(paths: Iterable[Path]) -> list[int]:
    return [int(line) for line in _lines(paths) if line.lstrip("-").isdigit()]


def _lines(paths: Iterable[Path]) -> list[str]:
    """The first line of every file that can be read."""
    found = []
    for path in paths:
        try:
            found.append(path.read_text(encoding="ascii", errors="replace").splitlines()[0].strip())
        except (OSError, IndexError):
            continue
    return found
