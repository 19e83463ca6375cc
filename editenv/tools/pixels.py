"""Tools that change pixels where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from editenv.tools.base import Edited, Target
from editenv.types import Image, Mask


@dataclass(frozen=True, eq=False)
class PixelTool:
    """A tool made of one function and a value for each option.

    Attributes:
        change: ``change(image, mask, value) -> image``.
        values: value by option name.
    """

    name: str
    action: str
    target: Target
    change: Callable[[Image, Mask, Any], Image]
    values: dict[str, Any]
    clears: bool = False
    options: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", tuple(self.values))

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Edit a batch."""
        edited = []
        for image, mask, option in zip(images, masks, options, strict=True):
            result = self.change(image, mask, self.values[self.options[option]])
            edited.append(Edited(result, mask * 0 if self.clears else mask))
        return edited

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None
