"""The processes that train one run together, as torchrun starts them.

Each reads the same music and draws the same random numbers; the first alone writes files and speaks.
"""

import contextlib
import datetime
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgegenre.errors import TrainingError
from edgegenre.training.torch_import import import_torch

_PATIENCE = datetime.timedelta(days=7)
"""How long a process waits for another; it notices at once when that has ended."""


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """rank: the number of this process among `size`; local: its number on its computer, which is that of its GPU."""

    rank: int = 0
    size: int = 1
    local: int = 0

    @property
    def leads(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    @property
    def several(self) -> bool:
        """Whether there is more than this process."""
        return self.size > 1

    def shares(self, clips: int) -> list[int]:
        """How many clips of a batch each process takes; the first ones take those that are left over."""
        return [clips // self.size + (rank < clips % self.size) for rank in range(self.size)]

    @contextlib.contextmanager
    def leader_first(self) -> Iterator[None]:
        """The others begin the block when the leader has ended it."""
        if not self.leads:
            self.agreed([])
        yield
        if self.leads:
            self.agreed([])

    def agreed(self, values: Sequence[float]) -> list[float]:
        """The leader's numbers, which decide for all."""
        if not self.several:
            return list(values)
        import torch
        from torch import distributed

        told = torch.tensor(values, dtype=torch.float64)
        distributed.broadcast(told, 0)
        return told.tolist()

    def told(self, text: str) -> str:
        """The leader's text."""
        content = list(text.encode("utf-8", "surrogateescape"))
        (length,) = self.agreed([len(content)])
        padded = (content + [0] * int(length))[: int(length)]
        return bytes(map(int, self.agreed(padded))).decode("utf-8", "surrogateescape")


ALONE = Ranks()


@contextlib.contextmanager
def joined_ranks() -> Iterator[Ranks]:
    """The processes that torchrun has started beside this one, or this one alone.

    Raises TrainingError in the others when one of them ends too early.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    import_torch("Training")
    import torch
    from torch import distributed

    with _losses_explained():
        distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo", timeout=_PATIENCE)
        yield Ranks(rank=distributed.get_rank(), size=size, local=int(os.environ.get("LOCAL_RANK", "0")))
        distributed.destroy_process_group()


@contextlib.contextmanager
def _losses_explained() -> Iterator[None]:
    from torch.distributed import DistError

    try:
        yield
    except RuntimeError as error:
        lost = isinstance(error, DistError) or "gloo" in str(error) or "Connection" in str(error)
        if not lost:
            raise
        raise TrainingError(
            "another process of this training has ended: see what it said. `--resume` goes on from the last checkpoint."
        ) from error
