"""What a tool is: a name, a kind of target, named options and pixels in, pixels out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from editenv.types import Image, Mask

Target = Literal["image", "region", "any"]
"""``"image"`` works on slot 0 only, ``"region"`` on slots above 0 only, ``"any"`` on all."""


@dataclass(frozen=True, eq=False)
class Edited:
    """What a tool returns for one picture.

    Attributes:
        image: (H, W, 3) uint8, a new array (the input is never written to).
        mask: (H, W) uint8, where the region is after the edit: the input mask itself when the
            region stayed where it is, all zeros when it is gone.
        warp: None, or how every *other* mask moves with the canvas: a function from an (H, W)
            uint8 mask to an (H, W) uint8 mask. Only tools that move the whole picture
            (crop, flip of the whole image) set it.
    """

    image: Image
    mask: Mask
    warp: Callable[[Mask], Mask] | None = None


@runtime_checkable
class Tool(Protocol):
    """One editing capability. It sees pixels, mask and option, never the task.

    Attributes:
        name: unique name, such as ``"remove_texture"``.
        action: what it does in the user's terms, shared by rivals, such as ``"remove"``.
        target: which region slots it accepts.
        options: the names of its discrete options, at least one.

    A tool may also have these, which only the edit cache (``editenv.tools.cache``) reads:

    | Attribute | Type | Without it | Meaning |
    |---|---|---|---|
    | `expensive` | bool | False | its edits are worth keeping: it runs a model, or asks a server |
    | `version` | str | `"0"` | another whenever the same call would give other bytes |
    | `seed` | int or None | None | the seed of its randomness; another seed is another edit |
    """

    @property
    def name(self) -> str:
        """Unique name."""
        ...

    @property
    def action(self) -> str:
        """What it does in the user's terms."""
        ...

    @property
    def target(self) -> Target:
        """Which region slots it accepts."""
        ...

    @property
    def options(self) -> tuple[str, ...]:
        """Names of its options."""
        ...

    def apply(self, images: list[Image], masks: list[Mask], options: list[int]) -> list[Edited]:
        """Edit a batch: N images (H, W, 3) uint8, N masks (H, W) uint8, N option indices.

        Deterministic: the same input gives the same bytes.
        """
        ...

    def relabel(self, label: str, option: int) -> str:
        """Return what the region is called after the edit (``"cup"`` replaced is ``"duck"``)."""
        ...

    def adds(self, option: int) -> str | None:
        """Return the label of an object that the edit adds, whose mask is ``Edited.mask``.

        None for a tool that changes the region it is given.
        """
        ...
