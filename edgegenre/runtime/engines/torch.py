"""torch as an engine: a run's float network on the CPU. The only file of this room that knows torch."""

from typing import Any

import numpy as np

from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer.streaming import Mode
from edgegenre.network.float_network import FloatNetwork
from edgegenre.network.network import Features, each_clip, named_inputs
from edgegenre.runtime.engines.window_stream import WindowStream


class TorchEngine:
    """The torch module of a FloatNetwork, batch norm folded as it is deployed.

    threads: of torch, for the whole process. Raises MissingDependencyError without torch.
    """

    name = "torch"
    arithmetic = "float"
    output = None

    def __init__(self, float_network: FloatNetwork, *, threads: int = 1) -> None:
        from edgegenre.training.torch_import import import_torch

        import_torch("The engine 'torch'")
        import torch

        from edgegenre.training.unfold import unfold

        torch.set_num_threads(threads)
        self._torch = torch
        self._network = float_network.network
        self._module = unfold(float_network)

    def logits(self, features: Features) -> np.ndarray:
        """float32 logits [clips, classes] of int8 features, as `named_inputs` takes them, one clip at a time."""
        rows = []
        with self._torch.inference_mode():
            for clip in each_clip(named_inputs(self._network.name, self._network.inputs, features)):
                rows.append(self._module({name: self._real(array) for name, array in clip.items()}).numpy())
        return np.concatenate(rows)

    def _real(self, array: np.ndarray) -> Any:
        """The real values of int8 features, as a tensor."""
        return self._torch.from_numpy(array.astype(np.float32) / np.float32(STEPS_PER_DEVIATION))

    def stream(self, mode: Mode) -> WindowStream:
        """One answer a window."""
        return WindowStream(self.logits, self._network, mode)
