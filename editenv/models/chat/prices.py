"""What the tokens of a chat model cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from editenv.models.chat.base import Chat, parts_of
from editenv.options import checked_number

_MILLION = 1e6
_TEMPLATE = 32
"""Tokens a message that a chat template may add."""

_MOST = 10**9
"""Tokens that no call has, so a server that says more is not to be believed."""


@dataclass(frozen=True)
class TokenPrices:
    """Prices of a model; nothing by default, as for a server of one's own.

    Attributes:
        input: money for a million tokens of the question.
        output: money for a million tokens of the answer.
        image_tokens: the most that a picture counts for, so that enough is reserved beforehand.

    Raises:
        ValueError: a number below 0.
    """

    input: float = 0.0
    output: float = 0.0
    image_tokens: int = 4096

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            checked_number(f"prices.{name}", value)

    def most(self, chat: Chat, max_tokens: int) -> float:
        """Return the most that an answer can cost: no tokenizer makes more tokens than bytes."""
        tokens = _TEMPLATE * len(chat)
        for part in (part for message in chat for part in parts_of(message)):
            text = part["type"] == "text"
            tokens += len(part["text"].encode("utf-8", "replace")) if text else self.image_tokens
        return (tokens * self.input + max_tokens * self.output) / _MILLION

    def of(self, usage: object) -> float | None:
        """Return what an answer cost by the server's ``usage``; None where it does not say."""
        names = ("prompt_tokens", "completion_tokens")
        counts: list[Any] = (
            [usage.get(name) for name in names] if isinstance(usage, Mapping) else [None]
        )
        if not all(isinstance(count, int) and 0 <= count <= _MOST for count in counts):
            return None
        given, made = counts
        return (given * self.input + made * self.output) / _MILLION
