"""Strings that a parser of answers must survive: seeded, from nearly right to absurd."""

import random

TAGS = [
    f"{opening}{name}>"
    for name in ("think", "action", "subject", "goal", "a", "ACTION", "action ")
    for opening in ("<", "</", "<<", "< ")
]
WORDS = [
    "recolour",
    "kite",
    "teal",
    "none",
    "",
    " ",
    ";",
    ";;",
    "\n",
    "\t\x00",
    "whole image",
    "<",
    ">",
]
ODD = [
    "\ud800",
    "\udfff",
    "\u202e",
    "\u200b",
    "\ufeff",
    "e\u0301" * 20,
    "\u0345" * 50,
    "\ufdfa",
    "İ",
    "ß",
    "🙂",
    "\U000e0001",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "；",
    "＜action＞",
]
RIGHT = (
    "<think>The kite.</think>\n<action>recolour; remove</action>\n"
    "<subject>left kite; apple</subject>\n<goal>teal; none</goal>"
)


def pieces(rng):
    source = TAGS + WORDS + ODD
    return "".join(rng.choice(source) for _ in range(rng.randrange(40)))


def letters(rng):
    return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randrange(80)))


def mutated(rng):
    text = RIGHT
    for _ in range(rng.randrange(1, 4)):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.randrange(8))
        text = text[:start] + rng.choice(TAGS + WORDS + ODD + [""]) + text[end:]
    return text


def nested(rng):
    name = rng.choice(("think", "action", "subject", "goal"))
    depth = rng.randrange(1, 200)
    return f"<{name}>" * depth + "kite" + f"</{name}>" * rng.randrange(depth + 1)


def plain(rng):
    return " ".join(rng.choice([*WORDS, "please", "edit", "the"]) for _ in range(rng.randrange(30)))


def huge(rng, characters=1_000_000):
    unit = rng.choice(TAGS + ODD + ["a;", " ", "<think></thin", "<action>a</action", "\ud800"])
    head = rng.choice(("", "<think>", "<action>", "<action>a</action><subject>"))
    return head + unit * (characters // len(unit))


KINDS = (pieces, letters, mutated, mutated, nested, plain)


def fuzzed(count, seed=0, huge_every=1000):
    """Yield ``count`` strings; the same ones for a seed in every process."""
    rng = random.Random(seed)
    for number in range(count):
        if number % huge_every == huge_every - 1:
            yield huge(rng)
        else:
            yield rng.choice(KINDS)(rng)
