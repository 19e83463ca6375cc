"""A tool that puts a given picture on the canvas, so that the engine scores it like any edit."""

from __future__ import annotations

from editenv.tools import Edited, Target
from editenv.types import Image, Mask


class PaintTool:
    """Puts ``picture`` on the canvas.

    With it, pictures that no other call leads to are scored by the environment itself: one call of
    this tool, then ``submit``. All pictures come about by the same two calls, so whatever the
    reward says of calls is the same for all.

    Attributes:
        picture: (H, W, 3) uint8, of the canvas's shape; set it before each call.
    """

    name = action = "audit_paint"
    target: Target = "image"
    options = ("given",)

    def __init__(self) -> None:
        self.picture: Image | None = None

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Return the picture for each canvas; see ``Tool.apply``."""
        if self.picture is None:
            raise RuntimeError("set picture first")
        return [Edited(self.picture.copy(), mask) for mask in masks]

    def relabel(self, label: str, option: int) -> str:
        """The region keeps its name."""
        return label

    def adds(self, option: int) -> str | None:
        """Nothing is added."""
        return None
