"""What users say about photos that did not come out well."""

from __future__ import annotations

from editenv.tasks.language.forms import Forms, forms

TOO_MUCH = ("far too", "much too", "way too", "a great deal too", "altogether too")
TOO_MUCH_A_BIT = ("a little too", "a bit too", "slightly too", "a touch too", "a shade too")
VERY = ("terribly", "awfully", "very", "extremely", "dreadfully", "seriously")
SOMEWHAT = ("a little", "a bit", "slightly", "somewhat", "a touch", "rather")
OUTRIGHT = ("simply", "just", "plainly", "clearly", "really")
"""How much of a fault there is. What must not be "too" so, like noise, takes no "too"."""

SHARE_OF_TEST = 5
"""Of so many (degree, quality) pairs one goes to `test`, one to `validation`, the rest to
`train`."""


def qualities(degrees: tuple[str, ...], *names: str) -> Forms:
    """Put every degree before every quality, and share the pairs out in a Latin square.

    So `test` says what `train` never says, but every degree that it uses is known from another
    quality: what carries over is the meaning of the parts.

    Args:
        degrees: such as ``"far too"``.
        names: the ways to name the quality, such as ``"dark"``.
    """
    splits: tuple[list[str], ...] = ([], [], [])
    for row, name in enumerate(names):
        for column, degree in enumerate(degrees):
            # A name's own letters shift its row: or the same degrees would always be held out.
            place = (column + 2 * row + sum(map(ord, name))) % SHARE_OF_TEST
            splits[{0: 2, 1: 1}.get(place, 0)].append(f"{degree} {name}")
    return Forms(*map(tuple, splits))


FAULTS: dict[tuple[str, str], Forms] = {
    ("exposure", "+1 EV"): qualities((*TOO_MUCH, *VERY), "dark"),
    ("exposure", "+0.5 EV"): qualities((*TOO_MUCH_A_BIT, *SOMEWHAT), "dark"),
    ("exposure", "-0.5 EV"): qualities((*TOO_MUCH_A_BIT, *SOMEWHAT), "bright"),
    ("exposure", "-1 EV"): qualities((*TOO_MUCH, *VERY), "bright"),
    ("white_balance", "much warmer"): qualities((*TOO_MUCH, *VERY), "cold", "blue"),
    ("white_balance", "warmer"): qualities((*TOO_MUCH_A_BIT, *SOMEWHAT), "cold", "blue"),
    ("white_balance", "cooler"): qualities((*TOO_MUCH_A_BIT, *SOMEWHAT), "warm", "yellow"),
    ("white_balance", "much cooler"): qualities((*TOO_MUCH, *VERY), "warm", "yellow"),
    ("contrast", "much punchier"): qualities((*TOO_MUCH, *VERY), "flat", "hazy"),
    ("contrast", "punchier"): qualities((*TOO_MUCH_A_BIT, *SOMEWHAT), "flat", "hazy"),
    ("contrast", "flatter"): qualities((*TOO_MUCH_A_BIT, *SOMEWHAT), "harsh", "contrasty"),
    ("contrast", "much flatter"): qualities((*TOO_MUCH, *VERY), "harsh", "contrasty"),
    ("saturation", "vivid"): qualities(
        OUTRIGHT, "washed out", "pale in its colours", "lacking in colour", "faded"
    ),
    ("saturation", "muted"): qualities(
        OUTRIGHT, "garish", "too colourful", "oversaturated", "too gaudy"
    ),
    ("denoise", "light"): qualities(SOMEWHAT, "grainy", "noisy", "speckled"),
    ("denoise", "strong"): qualities(VERY, "grainy", "noisy", "speckled"),
    ("deblur", "light"): qualities(SOMEWHAT, "blurry", "out of focus", "blurred"),
    ("deblur", "strong"): qualities((*VERY, "badly"), "blurry", "out of focus", "blurred"),
    ("deblock", "light"): qualities(SOMEWHAT, "blocky", "spoiled by compression"),
    ("deblock", "strong"): qualities((*VERY, "badly"), "blocky", "spoiled by compression"),
    ("low_light", "lift"): qualities(SOMEWHAT, "dim", "underexposed", "gloomy"),
    ("low_light", "strong lift"): qualities(VERY, "dim", "underexposed", "gloomy"),
}
"""By the tool's action and option that would mend it: how the fault is called."""


def crops(kept: tuple[str, ...], lost: tuple[str, ...]) -> Forms:
    """Ask for a crop by what is to be kept or by what is to go."""
    return forms(
        f"""crop it to the {kept[0]}
        keep only the {kept[1]}
        keep nothing but the {kept[0]}
        cut off the {lost[0]}
        crop away the {lost[1]}
        take the {lost[0]} off
        lose the {lost[1]}""",
        f"""cut it down to the {kept[1]}
        chop the {lost[1]} off""",
        f"""crop off the {lost[1]}
        cut the {lost[0]} away
        keep just the {kept[0]}""",
    )


CROPS: dict[str, Forms] = {
    "left": crops(("left part", "left side"), ("right part", "right side")),
    "right": crops(("right part", "right side"), ("left part", "left side")),
    "top": crops(("upper part", "top"), ("lower part", "bottom")),
    "bottom": crops(("lower part", "bottom"), ("upper part", "top")),
    "centre": crops(("central part", "middle"), ("margins", "edges all around")),
}

COMPLAINTS = forms(
    """It looks {f}.
    The photo is {f}.
    This came out {f}.
    My picture is {f}.
    I find it {f}.
    To me it looks {f}.""",
    "The whole thing is {f}.",
    """The picture looks {f}.
    This photo came out {f}.
    It is {f}, don't you think?""",
)

REQUESTS = forms(
    """Please fix that.
    Can you fix it?
    Please mend it.
    Could you repair that?""",
    "Can you put that right?",
    """Can you mend that?
    Please put it right.""",
)
