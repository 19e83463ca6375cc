"""Plurals of the material's names: a rule, and a table for where it fails."""

from __future__ import annotations

IRREGULAR = {
    "axe": "axes",
    "bison": "bison",
    "boots": "boots",
    "bow and arrow": "bows and arrows",
    "cactus": "cacti",
    "deer": "deer",
    "dice": "dice",
    "die": "dice",
    "fish": "fish",
    "goldfish": "goldfish",
    "goose": "geese",
    "guinea fowl": "guinea fowl",
    "jellyfish": "jellyfish",
    "knife": "knives",
    "loaf": "loaves",
    "mango": "mangoes",
    "mouse": "mice",
    "octopus": "octopuses",
    "potato": "potatoes",
    "pufferfish": "pufferfish",
    "scarf": "scarves",
    "sheep": "sheep",
    "shrimp": "shrimp",
    "squid": "squid",
    "steak": "steaks",
    "tomato": "tomatoes",
    "volcano": "volcanoes",
}
"""Names, or last words of names, that do not follow the rule."""

UNCHANGED = frozenset(
    "bacon beer blueberries bolts bread broccoli butter candy champagne cheese cherries chess "
    "chopsticks coffee coral corn cutlery dice dominoes fries garlic ginger glasses gloves goggles "
    "grapes headphones honey jeans lettuce maracas milk pancakes peanuts pins popcorn scissors "
    "shorts skis slippers socks spaghetti sunglasses sushi wheat yarn dolls ice binoculars".split()
)
"""Last words that are plurals already, or name a stuff."""


def plural_of(name: str) -> str:
    """Return the plural of a name, of which only the last word changes.

    Args:
        name: such as ``"fire truck"``.

    Returns:
        Such as ``"fire trucks"``.
    """
    if name in IRREGULAR:
        return IRREGULAR[name]
    *front, last = name.split(" ")
    return " ".join([*front, _plural_word(last)])


def _plural_word(word: str) -> str:
    if word in UNCHANGED:
        return word
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.endswith("man"):
        return f"{word[:-3]}men"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{word}es"
    return f"{word}s"
