"""A text space for everything that people and language models write."""

from __future__ import annotations

import string
from typing import Any

from gymnasium.spaces import Text


class UnicodeText(Text):
    """Any string up to a length; samples are made of printable ASCII.

    ``gymnasium.spaces.Text`` accepts only listed characters, and all of Unicode is too long a list.

    Args:
        max_length: the longest string, in characters.
        seed: of the samples.
    """

    def __init__(self, max_length: int, seed: Any = None) -> None:
        letters = f"{string.digits}{string.ascii_letters}{string.punctuation} \n"
        super().__init__(max_length, min_length=0, charset=letters, seed=seed)

    def contains(self, x: Any) -> bool:
        """Whether ``x`` is a string that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    def __repr__(self) -> str:
        """Name the space and its longest string."""
        return f"UnicodeText({self.max_length})"

    def __eq__(self, other: object) -> bool:
        """Whether the other space has the same strings."""
        return isinstance(other, UnicodeText) and self.max_length == other.max_length
