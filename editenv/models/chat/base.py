"""What a chat model is: messages with pictures in, words out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from editenv.failure import Failure

Message = dict[str, Any]
"""``{"role": "system" | "user" | "assistant", "content": parts}``, where parts are a list of
``{"type": "text", "text": str}`` and ``{"type": "image", "image": array}``; the array is a picture,
(H, W, 3) uint8."""

Chat = Sequence[Message]


@runtime_checkable
class ChatModel(Protocol):
    """Answers conversations, in this process or behind an endpoint."""

    @property
    def name(self) -> str:
        """What it is called in failures and logs; holds no key."""
        ...

    def complete(
        self,
        chats: Sequence[Chat],
        *,
        max_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[str | Failure]:
        """Answer N conversations, at once where it can.

        Args:
            chats: N conversations.
            max_tokens: the longest answer.
            temperature: 0 takes the most probable token.
            seed: of the sampling, where ``temperature`` is not 0.

        Returns:
            N answers; a ``Failure`` where there is none. Its ``component`` is the model's name,
            which callers replace by their own.
        """
        ...


def parts_of(message: Message) -> list[dict[str, Any]]:
    """Return the checked parts of a message; a plain text is one part.

    Raises:
        ValueError: they are not as ``Message`` says.
    """
    content = message.get("content")
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list | tuple):
        raise ValueError(f"message content of {type(content).__name__} must be a list of parts")
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            continue
        if kind != "image" or not _is_picture(part.get("image")):
            raise ValueError(
                f"a message part of type {kind!r} is not accepted: give "
                '{"type": "text", "text": str} or {"type": "image", "image": (H, W, 3) uint8}'
            )
    return list(content)


def _is_picture(image: object) -> bool:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        return False
    return image.ndim == 3 and image.shape[2] == 3
