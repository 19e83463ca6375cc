"""Let a Qwen-Image-Edit pipeline work at the size that it is given.

Its ``__call__`` scales the picture to 1024 x 1024 pixels of area whatever ``height`` and ``width``
say, through ``calculate_dimensions``, a function of its module. Setting that function in the module
would change every pipeline of the process, in other threads too. So the *code* of ``__call__`` is
run with another view of the module's names, in which this one function is ours. Nothing is changed:
class, module and pipeline stay as they are, and two threads may use two sizes at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

_NAME = "calculate_dimensions"
_WORKING_AREA = 1024 * 1024
"""The area that the pipelines ask for when they mean the size to work at."""


def with_own_sizes(pipeline: type, width: int, height: int) -> Callable[..., Any]:
    """Return ``pipeline.__call__`` (unbound) that works at ``width`` x ``height``.

    The text encoder's copy of the picture keeps the pipeline's own size, but is made no larger than
    the picture.

    Raises:
        RuntimeError: this version of diffusers no longer chooses the size as described above.
    """
    import torch

    call = inspect.unwrap(pipeline.__call__)
    if _NAME not in call.__globals__ or _NAME not in call.__code__.co_names:
        raise RuntimeError(
            f"{pipeline.__name__}.__call__ no longer uses {_NAME}: leave out the adapter's sizes"
        )
    original = call.__globals__[_NAME]

    def sizes(area: int, ratio: float) -> tuple[Any, ...]:
        if area == _WORKING_AREA:
            return (width, height, *original(area, ratio)[2:])
        return original(min(area, width * height), ratio)

    own = FunctionType(
        call.__code__,
        {**call.__globals__, _NAME: sizes},
        call.__name__,
        call.__defaults__,
        call.__closure__,
    )
    own.__kwdefaults__ = call.__kwdefaults__
    return torch.no_grad()(own)  # as the pipeline's own call is wrapped
