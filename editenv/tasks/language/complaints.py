"""What users say about photos that did not come out well."""

from __future__ import annotations

from editenv.tasks.language.forms import Forms, forms

TOO_MUCH = ("far too", "much too", "way too", "a great deal too", "altogether too")
TOO_MUCH_A_BIT = ("a little too", "a bit too", "slightly too", "a touch too", "a shade too")
VERY = ("terribly", "awfully", "very", "extremely", "dreadfully", "seriously")
SOMEWHAT = ("a little", "a bit", "slightly", "somewhat", "a touch", "rather")
OUTRIGHT = ("simply", "just", "plainly", "clearly", "really")
QUITE = ("quite", "fairly", "pretty", "noticeably", "distinctly", "visibly")
"""How much of a fault there is. What must not be "too" so, like noise, takes no "too"."""

COLD, WARM = ("cold", "blue", "too cold"), ("warm", "yellow", "too warm")
FLAT, HARSH = ("flat", "hazy"), ("harsh", "contrasty")
PALE = ("washed out", "pale in its colours", "lacking in colour", "faded")
GAUDY = ("garish", "too colourful", "oversaturated", "too gaudy")
NOISY = ("grainy", "noisy", "speckled")
BLURRY = ("blurry", "out of focus", "blurred")
BLOCKY = ("blocky", "spoiled by compression")
DIM = ("dim", "underexposed", "gloomy")

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


QUALITIES: dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    ("exposure", "+1 EV"): ((*TOO_MUCH, *VERY), ("dark",), ("too dark",)),
    ("exposure", "+0.5 EV"): ((*TOO_MUCH_A_BIT, *SOMEWHAT), ("dark",), ("too dark",)),
    ("exposure", "-0.5 EV"): ((*TOO_MUCH_A_BIT, *SOMEWHAT), ("bright",), ("too bright",)),
    ("exposure", "-1 EV"): ((*TOO_MUCH, *VERY), ("bright",), ("too bright",)),
    ("white_balance", "much warmer"): ((*TOO_MUCH, *VERY), ("cold", "blue"), COLD),
    ("white_balance", "warmer"): ((*TOO_MUCH_A_BIT, *SOMEWHAT), ("cold", "blue"), COLD),
    ("white_balance", "cooler"): ((*TOO_MUCH_A_BIT, *SOMEWHAT), ("warm", "yellow"), WARM),
    ("white_balance", "much cooler"): ((*TOO_MUCH, *VERY), ("warm", "yellow"), WARM),
    ("contrast", "much punchier"): ((*TOO_MUCH, *VERY), ("flat", "hazy"), FLAT),
    ("contrast", "punchier"): ((*TOO_MUCH_A_BIT, *SOMEWHAT), ("flat", "hazy"), FLAT),
    ("contrast", "flatter"): ((*TOO_MUCH_A_BIT, *SOMEWHAT), ("harsh", "contrasty"), HARSH),
    ("contrast", "much flatter"): ((*TOO_MUCH, *VERY), ("harsh", "contrasty"), HARSH),
    ("saturation", "vivid"): (OUTRIGHT, PALE, PALE),
    ("saturation", "muted"): (OUTRIGHT, GAUDY, GAUDY),
    ("denoise", "light"): (SOMEWHAT, NOISY, NOISY),
    ("denoise", "medium"): (QUITE, NOISY, NOISY),
    ("denoise", "strong"): (VERY, NOISY, NOISY),
    ("deblur", "light"): (SOMEWHAT, BLURRY, BLURRY),
    ("deblur", "medium"): (QUITE, BLURRY, BLURRY),
    ("deblur", "strong"): ((*VERY, "badly"), BLURRY, BLURRY),
    ("deblock", "light"): (SOMEWHAT, BLOCKY, BLOCKY),
    ("deblock", "medium"): (QUITE, BLOCKY, BLOCKY),
    ("deblock", "strong"): ((*VERY, "badly"), BLOCKY, BLOCKY),
    ("low_light", "slight lift"): (SOMEWHAT, DIM, DIM),
    ("low_light", "lift"): (QUITE, DIM, DIM),
    ("low_light", "strong lift"): (VERY, DIM, DIM),
}
"""By the tool's action and option that would mend it: the degrees that say how much of the fault
there is, what they go with, and what is said of the fault when its amount must be seen."""

FAULTS: dict[tuple[str, str], Forms] = {
    fault: qualities(degrees, *names) for fault, (degrees, names, _) in QUALITIES.items()
}
"""By action and option: how the fault is called, with its degree."""

MATTERS: dict[str, tuple[str, ...]] = {
    "exposure": ("exposure", "brightness"),
    "white_balance": ("white balance", "colour cast"),
    "contrast": ("contrast",),
    "saturation": ("saturation", "strength of the colours"),
}
"""By action: what is wrong, where even the direction must be seen."""

DEFECTS: dict[str, tuple[str, ...]] = {
    "denoise": ("noise", "speckles"),
    "deblur": ("blur",),
    "deblock": ("compression artefacts", "blocks"),
    "low_light": ("darkness",),
}
"""By action: what is to go, where its amount must be seen."""


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

MATTER_FORMS = forms(
    """Something is wrong with the {f}.
    I am not happy with the {f}.
    Please correct the {f}.
    Can you fix the {f}?
    Please have a look at the {f}.
    Somebody got the {f} wrong.
    Sort out the {f}, please.""",
    """Could you adjust the {f}?
    Please check the {f}.""",
    """Can you correct the {f}?
    I am not happy with the {f} here.
    Something is wrong with the {f} here.
    Please sort out the {f}.""",
)
"""What is said of ``MATTERS``."""

DEFECT_FORMS = forms(
    """Please get rid of the {f}.
    Can you take out the {f}?
    The {f} should go.
    Please do something about the {f}.
    I don't want the {f}.
    Clean up the {f}, please.""",
    """Could you remove the {f}?
    Away with the {f}, please.""",
    """Can you get rid of the {f}?
    Please take out the {f}.
    Can you do something about the {f}?""",
)
"""What is said of ``DEFECTS``."""

VAGUE_RESTORE = forms(
    """The quality is bad.
    Something went wrong with this picture.
    This photo did not survive well.
    The quality of this one is poor.
    This picture has seen better days.
    What a bad copy of a good photo.
    This photo is in a sorry state.
    My camera let me down here.
    It is the only picture I have of that day, and look at it.
    This came out badly.
    I can hardly look at this photo.""",
    """This photo is a mess.
    Somebody ruined this picture.""",
    """This one is ruined.
    This picture did not survive well.
    Something went wrong with this photo.
    The quality of this picture is bad.
    This photo has seen better days.""",
)
"""What is said of a photo where what is wrong with it must be seen."""

RESCUES = forms(
    """Can you rescue it?
    Please restore it.
    Make it look as it should.
    Please clean it up.
    Can you bring it back to life?
    Could you save it?
    Please repair what can be repaired.
    Do what you can.""",
    """Can you do anything for it?
    Please make it good again.""",
    """Can you restore it?
    Please rescue it.
    Please save what can be saved.
    Could you repair it?""",
)

VAGUE_RETOUCH = forms(
    """Something about this photo is off.
    This does not look natural.
    That is not how it looked when I was there.
    My photo came out wrong.
    The picture does not look right.
    I like the view, but not the picture I took of it.
    My camera's settings were wrong.
    It looked better in reality.""",
    """This photo could look better.
    There is something odd about this picture.""",
    """That is not how it looked.
    Something about this picture is not right.
    This photo does not look natural.
    The settings of my camera were wrong.""",
)
"""The same for a photo that is only badly exposed or developed."""

CORRECTIONS = forms(
    """Please correct it.
    Make it look natural.
    Can you develop it anew?
    Please make it look as it should.
    Put it right, would you?
    Can you set that straight?
    Give it a proper look.""",
    """Please adjust it.
    Could you correct that?""",
    """Can you make it look natural?
    Please correct that.
    Can you put it right?
    Please set it straight.""",
)

CROPS_TO_OBJECT = forms(
    """Crop off the side where there is no {s}.
    Cut away the side without the {s}.
    Crop it to the side where the {s} is.
    Keep the side with the {s}.
    Trim the side that the {s} is not on.
    There is too much room beside the {s}, cut it off.""",
    """Take off the side away from the {s}.
    Drop the side without the {s}.""",
    """Cut off the side where there is no {s}.
    Crop to the side with the {s}.
    Trim away the side without the {s}.""",
)
"""For a crop to that side, left or right, where the only object is."""
