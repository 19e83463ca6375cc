"""What an edit costs, by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from editenv.tools.cost import Cost


def measured(edit: Callable[[], Any], pipeline: Any, repeats: int) -> Cost:
    """Measure an edit: the fastest of several, after one that does not count.

    Args:
        edit: makes one edit, and raises where it cannot. Its result is a picture in main memory, so
            the device has then finished.
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
    times = [time.perf_counter()]
    for _ in range(repeats):
        edit()
        times.append(time.perf_counter())
    if on_cuda:
        memory = torch.cuda.max_memory_allocated()
    else:
        parts = [p for p in pipeline.components.values() if isinstance(p, torch.nn.Module)]
        memory = sum(weight.nbytes for part in parts for weight in part.state_dict().values())
    fastest = min(after - before for before, after in pairwise(times))
    return Cost(seconds=fastest, memory=memory / 2**20)
