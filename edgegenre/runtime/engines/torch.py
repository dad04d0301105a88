"""torch as an engine: a run's float network on the CPU. The only file of this room that knows torch."""

import numpy as np

from edgegenre.errors import missing
from edgegenre.frontend.normalization import STEPS_PER_DEVIATION
from edgegenre.integer.streaming import Mode
from edgegenre.network.float_network import FloatNetwork
from edgegenre.runtime.engines.window_stream import WindowStream


class TorchEngine:
    """The torch module of a FloatNetwork, batch norm folded as it is deployed.

    threads: of torch, for the whole process. Raises MissingDependencyError without torch.
    """

    name = "torch"
    arithmetic = "float"
    output = None

    def __init__(self, float_network: FloatNetwork, *, threads: int = 1) -> None:
        try:
            import torch
        except ImportError as error:
            raise missing("torch", "train", "The engine 'torch'") from error
        from edgegenre.training.unfold import unfold

        torch.set_num_threads(threads)
        self._torch = torch
        self._network = float_network.network
        self._module = unfold(float_network)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """float32 logits [clips, classes] of int8 features [clips, time, frequency], one clip at a time."""
        real = self._torch.from_numpy(features.astype(np.float32) / np.float32(STEPS_PER_DEVIATION))
        with self._torch.inference_mode():
            return np.concatenate([self._module(clip[None]).numpy() for clip in real])

    def stream(self, mode: Mode) -> WindowStream:
        """One answer a window."""
        return WindowStream(self.logits, self._network, mode)
