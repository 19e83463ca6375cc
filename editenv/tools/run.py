"""Calling a tool on a batch, whether it takes words or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from editenv.failure import Failure, FailureError
from editenv.tools.base import Edited, Prompt, PromptedTool, Tool, Wording
from editenv.types import Image, Mask


def run_tool(
    tool: Tool,
    images: list[Image],
    masks: list[Mask],
    options: list[int],
    wordings: Sequence[Wording],
    seeds: Sequence[int],
) -> Sequence[Edited | Failure]:
    """Edit a batch of N pictures.

    Args:
        tool: any tool; only a ``PromptedTool`` is told words and seeds.
        images: N pictures, (H, W, 3) uint8.
        masks: N masks, (H, W) uint8.
        options: N option indices.
        wordings: N descriptions of the calls.
        seeds: N seeds, 0 to 2**31 - 1.

    Returns:
        N edits; a ``Failure`` where one could not be made.
    """
    if not is_prompted(tool):
        return tool.apply(images, masks, options)
    prompts = [
        Prompt(tool.compose(wording, option), seed)
        for wording, option, seed in zip(wordings, options, seeds, strict=True)
    ]
    return tool.apply_prompted(images, masks, options, prompts)


def is_prompted(tool: Tool) -> TypeGuard[PromptedTool]:
    """Whether a tool takes words; in a fraction of the time that ``isinstance`` needs."""
    return hasattr(tool, "apply_prompted")


def edit_one(tool: Tool, image: Image, mask: Mask, option: int) -> Edited:
    """Edit one picture without words.

    Raises:
        FailureError: the tool could not do it.
    """
    (edited,) = tool.apply([image], [mask], [option])
    if isinstance(edited, Failure):
        raise FailureError(edited)
    return edited
