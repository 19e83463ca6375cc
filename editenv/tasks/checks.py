"""What a task must be before an environment takes it, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from reprlib import repr as shortened
from typing import Any, cast

import numpy as np

from editenv.protocols import is_array
from editenv.types import EditTask, Region, SubEdit

LONGEST = 10_000
"""Letters of an instruction or another text; encoders take all of it in before they cut it."""


class TaskRefused(ValueError):
    """A task cannot be used; the message names the field, its value and what is accepted."""


def check_task(task: EditTask, size: tuple[int, int]) -> None:
    """Refuse a task that would fail, or play otherwise than meant, later on.

    Args:
        task: any task.
        size: (H, W) of the pictures that are played with.

    Raises:
        TaskRefused: a field is of the wrong type, dtype, shape or length.
    """
    if not isinstance(task, EditTask):
        raise TaskRefused(f"task={shortened(task)} must be an EditTask")
    check_words("task.instruction", task.instruction)
    _check_pixels("task.source", task.source, (*size, 3))
    for name, kind in (("sub_edits", SubEdit), ("stages", np.ndarray), ("regions", Region)):
        _check_sequence(f"task.{name}", getattr(task, name), kind)
    if len(task.stages) not in (0, len(task.sub_edits)):
        raise TaskRefused(
            f"task.stages has {len(task.stages)} pictures; accepted are none, or one for each of "
            f"the {len(task.sub_edits)} sub-edits"
        )
    for number, stage in enumerate(task.stages):
        _check_pixels(f"task.stages[{number}]", stage, (*size, 3))
    for number, edit in enumerate(task.sub_edits):
        _check_edit(f"task.sub_edits[{number}]", edit, size)
    for number, region in enumerate(task.regions):
        check_words(f"task.regions[{number}].label", region.label)
        _check_pixels(f"task.regions[{number}].mask", region.mask, size)


def check_words(name: str, text: object) -> None:
    """Refuse what is no text that can be embedded, sent and written.

    Raises:
        TaskRefused: no ``str``, longer than ``LONGEST``, or with half of a surrogate pair.
    """
    if not isinstance(text, str):
        raise TaskRefused(f"{name}={shortened(text)} must be a str, not {type(text).__name__}")
    if len(text) > LONGEST:
        raise TaskRefused(
            f"{name}={shortened(text)} has {len(text)} letters; accepted are {LONGEST}"
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise TaskRefused(
            f"{name}={shortened(text)} has half of a surrogate pair at {error.start}; accepted is "
            "Unicode"
        ) from None


def _check_edit(name: str, edit: SubEdit, size: tuple[int, int]) -> None:
    for field in ("action", "subject", "goal"):
        check_words(f"{name}.{field}", getattr(edit, field))
    for field in ("mask", "subject_mask"):
        mask = getattr(edit, field)
        if mask is not None:
            _check_pixels(f"{name}.{field}", mask, size)
    tolerance = edit.tolerance
    if tolerance is not None and not (
        isinstance(tolerance, int | float | np.number) and 0 <= tolerance <= 1
    ):
        raise TaskRefused(f"{name}.tolerance={tolerance!r} must be None or a number from 0 to 1")


def _check_pixels(name: str, pixels: object, shape: tuple[int, ...]) -> None:
    if not is_array(pixels):
        found = f"{name}={shortened(pixels)}"
    elif pixels.dtype != np.uint8 or pixels.shape != shape:
        found = f"{name} has shape {pixels.shape} and dtype {pixels.dtype}"
    else:
        return
    raise TaskRefused(f"{found}; accepted is an array of shape {shape}, as image_size asks, uint8")


def _check_sequence(name: str, value: Any, kind: type[Any]) -> None:
    items = cast(Sequence[Any], value)
    if not isinstance(value, (tuple, list)) or not all(isinstance(item, kind) for item in items):
        raise TaskRefused(
            f"{name}={shortened(cast(object, value))} must be a tuple of {kind.__name__}"
        )
