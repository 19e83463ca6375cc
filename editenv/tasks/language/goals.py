"""The words for a goal. All splits share them: they say which option is meant."""

from __future__ import annotations

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "bright red", "crimson", "scarlet"),
    "orange": ("orange", "bright orange"),
    "yellow": ("yellow", "bright yellow", "lemon yellow"),
    "green": ("green", "grass green", "emerald green"),
    "teal": ("teal", "turquoise", "blue-green"),
    "blue": ("blue", "royal blue", "bright blue"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rose pink"),
    "brown": ("brown", "chocolate brown"),
    "black": ("black", "pitch black", "jet black"),
    "white": ("white", "snow white", "pure white"),
    "grey": ("grey", "plain grey"),
}

SLIGHTLY = ("a little", "a bit", "slightly", "somewhat")
STRONGLY = ("much", "a lot", "far", "considerably")


def _levels(adjective: str, adverbs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{adverb} {adjective}" for adverb in adverbs)


GOAL_WORDS: dict[tuple[str, str], tuple[str, ...]] = {
    **{("recolour", colour): words for colour, words in COLOUR_WORDS.items()},
    ("brightness", "much darker"): _levels("darker", STRONGLY),
    ("brightness", "darker"): _levels("darker", SLIGHTLY),
    ("brightness", "brighter"): _levels("brighter", SLIGHTLY),
    ("brightness", "much brighter"): _levels("brighter", STRONGLY),
    ("exposure", "-1 EV"): ("one stop darker", "a full stop darker", "one whole stop darker"),
    ("exposure", "-0.5 EV"): ("half a stop darker", "one half stop darker", "half a stop dimmer"),
    ("exposure", "+0.5 EV"): (
        "half a stop brighter",
        "one half stop brighter",
        "half a stop lighter",
    ),
    ("exposure", "+1 EV"): ("one stop brighter", "a full stop brighter", "one whole stop brighter"),
    ("contrast", "much flatter"): _levels("lower in contrast", STRONGLY),
    ("contrast", "flatter"): _levels("lower in contrast", SLIGHTLY),
    ("contrast", "punchier"): _levels("higher in contrast", SLIGHTLY),
    ("contrast", "much punchier"): _levels("higher in contrast", STRONGLY),
    ("white_balance", "much cooler"): _levels("cooler in tone", STRONGLY),
    ("white_balance", "cooler"): _levels("cooler in tone", SLIGHTLY),
    ("white_balance", "warmer"): _levels("warmer in tone", SLIGHTLY),
    ("white_balance", "much warmer"): _levels("warmer in tone", STRONGLY),
    ("saturation", "black and white"): ("black and white", "monochrome", "completely colourless"),
    ("saturation", "muted"): ("less colourful", "more muted", "less saturated"),
    ("saturation", "vivid"): ("more colourful", "more vivid", "more saturated"),
    ("blur", "soft"): ("slightly", "a little", "gently"),
    ("blur", "strong"): ("strongly", "heavily", "very strongly"),
    ("pixelate", "fine"): ("small", "fine", "tiny"),
    ("pixelate", "coarse"): ("big", "coarse", "large"),
    ("sharpen", "gentle"): ("a little", "slightly", "a bit"),
    ("sharpen", "strong"): ("a lot", "strongly", "very much"),
    ("remove", ""): ("",),
    ("move", "left"): ("to the left", "a good way left", "over to the left", "further left"),
    ("move", "right"): ("to the right", "a good way right", "over to the right", "further right"),
    ("move", "up"): ("up", "upwards", "higher up", "further up"),
    ("move", "down"): ("down", "downwards", "lower down", "further down"),
    ("move", "left edge"): (
        "all the way to the left",
        "to the left edge",
        "to the far left",
        "right up to the left border",
    ),
    ("move", "right edge"): (
        "all the way to the right",
        "to the right edge",
        "to the far right",
        "right up to the right border",
    ),
    ("move", "centre"): ("to the centre", "into the middle", "to the middle of the picture"),
    ("scale", "half size"): ("half as big", "half the size", "half as large"),
    ("scale", "smaller"): _levels("smaller", SLIGHTLY),
    ("scale", "larger"): (*_levels("larger", SLIGHTLY), "a little bigger", "a bit bigger"),
    ("scale", "double size"): ("twice as big", "double the size", "twice as large"),
    ("flip", "horizontal"): ("horizontally", "left to right", "from left to right"),
    ("flip", "vertical"): ("vertically", "upside down", "from top to bottom"),
    ("background", "city"): ("a city", "city streets", "a city view"),
    ("background", "desert"): ("a desert", "a stretch of desert", "a sandy desert"),
    ("background", "forest"): ("a forest", "a green forest", "a wood"),
    ("background", "lake"): ("a lake", "a quiet lake", "the shore of a lake"),
    ("background", "meadow"): ("a meadow", "a grassy meadow", "an open meadow"),
    ("background", "mountains"): ("mountains", "a mountain view", "high mountains"),
    ("background", "night sky"): ("a night sky", "a starry night sky", "the night sky"),
    ("background", "snow"): ("snow", "a snowy landscape", "a field of snow"),
}
"""By (action, goal). ``replace`` and ``add`` name the object itself."""

WAYS: dict[str, tuple[str, ...]] = {
    "left": ("left", "to the left", "the other way"),
    "right": ("right", "to the right", "the other way"),
}
"""By the side that a thing faces afterwards: what ``FACING`` calls it."""

BLUR_NOUN_WORDS = {
    "slightly": "slight",
    "a little": "light",
    "gently": "gentle",
    "strongly": "strong",
    "very strongly": "very strong",
    "heavily": "heavy",
}
"""What the adverb becomes in front of "blur": "put a strong blur on it"."""

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
