"""Tools that change pixels where they are: one function and a value for each option."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from editenv.tools.base import Edited, Target
from editenv.tools.cost import FREE, Cost
from editenv.types import Image, Mask


@dataclass(frozen=True, eq=False)
class PixelTool:
    """A tool made of a function of picture, mask and a value.

    Attributes:
        name: unique name.
        action: what it does in the user's terms.
        target: which region slots it accepts.
        edit: ``edit(image, mask, value)`` returns a new (H, W, 3) uint8 array.
        values: value by option name, in order.
        removes: whether the region is gone afterwards.
        cost_per_megapixel: of an edit.
    """

    name: str
    action: str
    target: Target
    edit: Callable[[Image, Mask, Any], Image]
    values: dict[str, Any]
    removes: bool = False
    cost_per_megapixel: Cost = FREE
    options: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Read the options off the values."""
        object.__setattr__(self, "options", tuple(self.values))

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Edit a batch; see ``Tool.apply``."""
        edited: list[Edited] = []
        for image, mask, option in zip(images, masks, options, strict=True):
            after = self.edit(image, mask, self.values[self.options[option]])
            edited.append(Edited(after, np.zeros_like(mask) if self.removes else mask))
        return edited

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None


def whole_photo(edit: Callable[[Image, Any], Image]) -> Callable[[Image, Mask, Any], Image]:
    """Let a function of a whole photo serve as a tool's ``edit``."""
    # Not a lambda: tools travel to worker processes.
    return partial(_edit_whole, edit)


def _edit_whole(edit: Callable[[Image, Any], Image], image: Image, mask: Mask, value: Any) -> Image:
    return edit(image, value)
