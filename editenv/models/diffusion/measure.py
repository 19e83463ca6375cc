"""What an edit costs, by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from editenv.tools.cost import Cost

_MIB = 2**20


def measured(edit: Callable[[], Any], pipeline: Any, repeats: int) -> Cost:
    """Measure an edit: the fastest of several, after one that does not count.

    Args:
        edit: makes one edit, and raises where it cannot.
        pipeline: its weights count as memory. On CUDA the memory is the peak of all tensors
            instead.
        repeats: how often, at least 1.
    """
    import torch

    on_cuda = pipeline.device.type == "cuda"
    edit()
    if on_cuda:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    seconds = min(_seconds(edit) for _ in range(repeats))
    memory = torch.cuda.max_memory_allocated() if on_cuda else _weights(pipeline)
    return Cost(seconds=seconds, memory=memory / _MIB)


def _seconds(edit: Callable[[], Any]) -> float:
    start = time.perf_counter()
    edit()  # its result is a picture in main memory, so the device has finished
    return time.perf_counter() - start


def _weights(pipeline: Any) -> int:
    import torch

    parts = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
    return sum(weight.nbytes for part in parts for weight in part.state_dict().values())
