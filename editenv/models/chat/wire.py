"""Conversations as OpenAI's chat protocol writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from editenv.models.chat.base import Message
from editenv.models.remote.pictures import data_url


def parts_of(message: Message) -> list[dict[str, Any]]:
    """Return the checked parts of a message; a plain text is one part.

    Raises:
        ValueError: they are not as ``editenv.models.chat.Message`` says.
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


def wire(message: Message) -> dict[str, Any]:
    """Write a message with its pictures as PNG in data URLs.

    Messages without pictures have their text as a plain string, which every server takes.
    """
    parts = parts_of(message)
    if all(part["type"] == "text" for part in parts):
        content: Any = "\n".join(part["text"] for part in parts)
    else:
        content = [_wire_part(part) for part in parts]
    return {"role": message["role"], "content": content}


def _wire_part(part: dict[str, Any]) -> dict[str, Any]:
    if part["type"] == "text":
        return {"type": "text", "text": part["text"]}
    return {"type": "image_url", "image_url": {"url": data_url(part["image"])}}


def _is_picture(image: object) -> bool:
    return (
        isinstance(image, np.ndarray)
        and image.ndim == 3
        and image.shape[2] == 3
        and image.dtype == np.uint8
    )
