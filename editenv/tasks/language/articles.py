"""A or an."""

from __future__ import annotations

NO_ARTICLE = frozenset(
    {"grapes", "cherries", "fries", "scissors", "glasses", "sunglasses", "jeans"}
)

_VOWEL_EXCEPTIONS = ("unicorn", "ukulele", "uni", "euro", "one-")
_SILENT = ("hour", "honest", "heir")


def with_article(noun: str) -> str:
    """Put "a" or "an" before a noun, by its sound.

    >>> with_article("apple"), with_article("unicorn"), with_article("hourglass")
    ('an apple', 'a unicorn', 'an hourglass')
    """
    if noun in NO_ARTICLE:
        return f"some {noun}"
    vowel = noun[0] in "aeiou" and not noun.startswith(_VOWEL_EXCEPTIONS)
    return f"an {noun}" if vowel or noun.startswith(_SILENT) else f"a {noun}"
