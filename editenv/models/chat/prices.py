"""What the tokens of a chat model cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from editenv.models.chat.base import Chat
from editenv.models.chat.wire import parts_of

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
            if (
                isinstance(value, bool)
                or not isinstance(value, int | float)
                or not 0 <= value < inf
            ):
                raise ValueError(f"prices.{name}={value!r} must be a number of at least 0")

    def most(self, chat: Chat, max_tokens: int) -> float:
        """Return the most that an answer can cost: no tokenizer makes more tokens than bytes."""
        tokens = 0
        for message in chat:
            tokens += _TEMPLATE
            for part in parts_of(message):
                is_text = part["type"] == "text"
                tokens += (
                    len(part["text"].encode("utf-8", "replace")) if is_text else self.image_tokens
                )
        return (tokens * self.input + max_tokens * self.output) / _MILLION

    def of(self, usage: object) -> float | None:
        """Return what an answer cost by the server's ``usage``; None where it does not say."""
        if not isinstance(usage, Mapping):
            return None
        given, made = (_count(usage, name) for name in ("prompt_tokens", "completion_tokens"))
        if given is None or made is None:
            return None
        return (given * self.input + made * self.output) / _MILLION


def _count(usage: Mapping[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if isinstance(value, int) and 0 <= value <= _MOST else None
