"""What a caller of tools wants to know: does it take words, and what comes of one edit."""

from __future__ import annotations

from typing import TypeGuard

from editenv.failure import Failure, FailureError
from editenv.tools.base import Edited, PromptedTool, Tool
from editenv.types import Image, Mask


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
