"""What a model file must take and give."""

from collections.abc import Sequence
from dataclasses import dataclass

from edgegenre.untrusted import UnreadableError


@dataclass(frozen=True, kw_only=True)
class TensorSpec:
    """A tensor of a model file by name. dtype: as numpy calls it. shape: None stands for the number of clips."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, kw_only=True)
class Interface:
    """All inputs and outputs of a model file, in whatever order; none where the file is called by other names."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    def check(self, inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
        """Raise UnreadableError unless a file has these tensors, no more and no fewer."""
        for what, wanted, found in (("inputs", self.inputs, inputs), ("outputs", self.outputs, outputs)):
            if sorted(map(repr, wanted)) != sorted(map(repr, found)):
                raise UnreadableError(f"its {what} are {_listed(found)}, not {_listed(wanted)}")


def _listed(tensors: Sequence[TensorSpec]) -> str:
    shown = [f"'{item.name[:40]}' {item.dtype} {list(item.shape)}" for item in tensors[:4]]
    return ", ".join(shown) + (f" and {len(tensors) - 4} more" if len(tensors) > 4 else "") or "none"
