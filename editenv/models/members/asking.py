"""Asking a chat model for an answer in a strict format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import Any, TypeVar

from cachetools import LRUCache

from editenv.closing import Closers
from editenv.failure import Failure, FailureError
from editenv.models.chat import ChatModel, make_chat_model
from editenv.models.chat.base import Message
from editenv.models.remote.redaction import quote
from editenv.types import Image

REMEMBERED = 256
"""Answers that an ``Asker`` keeps."""

Meaning = TypeVar("Meaning")


class Unreadable(Exception):
    """An answer is not in the format; the message says why."""


class Asker:
    """Puts one question at a time to a chat model and reads the answer.

    The same question gets the answer that it got before, without asking: a group of rollouts starts
    from one picture, and difference rewards play a round again. Copies share the model and what is
    remembered.

    Args:
        model: as in ``make_chat_model``; a model built here is closed by ``close``.
        component: who fails, as in ``"agent:critic"``.
        max_tokens: the longest answer, at least 1.
        retries: how often the model is shown what is wrong with its answer and asked again.

    Raises:
        ValueError: a bad argument.
    """

    def __init__(
        self, model: str | ChatModel, component: str, *, max_tokens: int = 512, retries: int = 1
    ) -> None:
        for name, value, least in (("max_tokens", max_tokens, 1), ("retries", retries, 0)):
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name}={value!r} must be an integer of at least {least}")
        self.model = make_chat_model(model)
        self._closers = Closers()
        self._closers.part(model, self.model)
        self._component, self._max_tokens, self._retries = component, max_tokens, retries
        self._answers: LRUCache[bytes, Any] = LRUCache(REMEMBERED)

    def ask(self, chat: list[Message], read: Callable[[str], Meaning]) -> Meaning:
        """Ask at temperature 0.

        Args:
            chat: the conversation.
            read: what an answer means; raises ``Unreadable``.

        Raises:
            FailureError: the model fails, or no answer can be read (``"bad_response"``).
        """
        key = _digest(chat)
        if key not in self._answers:
            self._answers[key] = self._ask(chat, read)
        return self._answers[key]

    def _ask(self, chat: list[Message], read: Callable[[str], Meaning]) -> Meaning:
        problem = ""
        for _ in range(1 + self._retries):
            (text,) = self.model.complete([chat], max_tokens=self._max_tokens)
            if isinstance(text, Failure):
                raise FailureError(replace(text, component=self._component))
            try:
                return read(text)
            except Unreadable as reason:
                problem = str(reason)
                chat = [*chat, says("assistant", text), says("user", _again(problem))]
        raise FailureError(
            Failure("bad_response", self._component, 1 + self._retries, quote(problem))
        )

    def close(self) -> None:
        """Free the model, where it was built here."""
        self._closers.close()

    def __deepcopy__(self, memo: dict[int, Any]) -> Asker:
        """Copies share the model and the answers, which depend on the questions alone."""
        return self


def says(role: str, *parts: str | Image) -> Message:
    """Write a message of texts and pictures, (H, W, 3) uint8, in their order."""
    content = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image", "image": part}
        for part in parts
    ]
    return {"role": role, "content": content}


def _again(problem: str) -> str:
    return f"This cannot be read: {problem}. Answer again, in the format and with nothing else."


def _digest(chat: list[Message]) -> bytes:
    digest = blake2b(digest_size=16)
    for message in chat:
        digest.update(message["role"].encode())
        for part in message["content"]:
            if part["type"] == "image":
                digest.update(repr(part["image"].shape).encode())
                digest.update(part["image"].tobytes())
            else:
                digest.update(part["text"].encode("utf-8", "surrogatepass"))
            digest.update(b"\0")
    return digest.digest()
