"""What a tool is: a name, a kind of target, named options; pixels in, pixels out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from editenv.failure import Failure
from editenv.types import Image, Mask

Target = Literal["image", "region", "any"]
"""``"image"`` works on slot 0 only, ``"region"`` on slots above 0 only, ``"any"`` on all."""


@dataclass(frozen=True, eq=False)
class Edited:
    """What a tool returns for one picture.

    Attributes:
        image: (H, W, 3) uint8, a new array (the input is never written to).
        mask: (H, W) uint8, where the region is after the edit: the input mask itself if the
            region did not move, all zeros if it is gone.
        warp: None, or how all *other* masks move with the canvas: a function from an (H, W)
            uint8 mask to an (H, W) uint8 mask. Only tools that move the whole picture
            (crop, flip of the whole image) set it.
    """

    image: Image
    mask: Mask
    warp: Callable[[Mask], Mask] | None = None


@runtime_checkable
class Tool(Protocol):
    """One editing capability. A tool sees pixels, mask and option, never the task.

    Attributes:
        name: unique name, such as ``"remove_texture"``.
        action: what it does in the user's terms, such as ``"remove"``; rival tools share it.
        target: which region slots it accepts.
        options: the names of its discrete options, at least one.

    A tool may also have these attributes; the edit cache (``editenv.tools.cache``) reads the first
    three:

    | Attribute | Type | Default | Meaning |
    |---|---|---|---|
    | `expensive` | bool | False | its edits are worth keeping: it runs a model, or asks a server |
    | `version` | str | `"0"` | changes whenever the same call would give other bytes |
    | `seed` | int or None | None | the seed of its randomness; another seed is another edit |
    | `cost(option)` | method | the next | the cost of an edit, as ``Cost`` |
    | `cost_per_megapixel` | ``Cost`` | free | the cost of an edit per megapixel |
    | `close()` | method | | called by the environment that built the tool from a name |
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

    def apply(
        self, images: list[Image], masks: list[Mask], options: list[int]
    ) -> Sequence[Edited | Failure]:
        """Edit a batch: N images (H, W, 3) uint8, N masks (H, W) uint8, N option indices.

        Deterministic: the same input gives the same bytes. An edit that cannot be made is a
        ``Failure`` in its place; it does not affect the rest of the batch.
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


@dataclass(frozen=True)
class Wording:
    """What is known in words about a call; none of it is ground truth.

    Attributes:
        instruction: all that the user said.
        label: what the grounder calls the region, such as ``"kite"`` or ``"whole image"``.
        words: the one edit to make now, if an interpreter or a model's answer has split the
            instruction; otherwise ``""``.
    """

    instruction: str
    label: str
    words: str = ""


@dataclass(frozen=True)
class Prompt:
    """What a prompted tool is given besides picture, mask and option.

    Attributes:
        text: composed by the tool's ``compose``.
        seed: 0 to 2**31 - 1, drawn from the environment's ``np_random`` once per episode.
    """

    text: str
    seed: int = 0


@runtime_checkable
class PromptedTool(Tool, Protocol):
    """A tool that also takes words and a seed: a generative editor.

    The engine calls ``apply_prompted`` instead of ``apply``. Prompt and seed are part of the key in
    the edit cache.
    """

    def compose(self, wording: Wording, option: int) -> str:
        """Return the prompt of a call."""
        ...

    def apply_prompted(
        self, images: list[Image], masks: list[Mask], options: list[int], prompts: list[Prompt]
    ) -> Sequence[Edited | Failure]:
        """Edit a batch as ``apply`` does. The same input, seed included, gives the same bytes."""
        ...
