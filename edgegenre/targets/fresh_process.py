"""A job in a new process of this computer, so that nothing that was measured before is in its way."""

import os
import sys

from edgegenre.progress import Progress
from edgegenre.records.record import Record
from edgegenre.targets.job import Job
from edgegenre.targets.machine import cores
from edgegenre.targets.messages import records_of

_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""What libraries read when they are loaded, for pools of threads that no engine's own option reaches."""


def in_fresh_process(job: Job, progress: Progress) -> list[Record]:
    """Do `job` in a process of its own. Raises BenchError when that process fails."""
    command = [sys.executable, "-m", "edgegenre.targets.worker"]
    environment = os.environ | thread_environment(job.threads or cores())
    return records_of(command, job, progress, where=job.target, environment=environment)


def thread_environment(threads: int) -> dict[str, str]:
    """Variables that keep every library of a new process at `threads`."""
    return dict.fromkeys(_POOLS, str(threads))
