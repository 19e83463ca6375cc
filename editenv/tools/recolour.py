"""Give a thing another colour."""

from __future__ import annotations

from editenv.imaging import colour
from editenv.tools.cost import Cost
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.tools.pixel_tool import PixelTool

TOOL = PixelTool(
    "recolour",
    "recolour",
    "region",
    colour.recolour,
    {name: name for name in colour.COLOURS},
    cost_per_megapixel=Cost(seconds=0.01218, memory=16.2),
)

OPERATION = Operation(
    "recolour",
    tolerance=(0.04, 0.20),
    in_place=True,
    phrases=Phrases(
        forms=forms(
            """paint {s} {g}
        make {s} {g}
        turn {s} {g}
        colour {s} {g}
        dye {s} {g}
        tint {s} {g}
        change the colour of {s} to {g}
        give {s} a {g} colour
        set the colour of {s} to {g}
        recolour {s} in {g}
        spray {s} {g}
        repaint {s} {g}
        have {s} dyed {g}
        cover {s} in {g} paint
        switch {s} over to {g}
        let the colour of {s} be {g}""",
            """make the colour of {s} {g}
        paint {s} in {g}""",
            """change {s} to {g}
        give {s} a coat of {g} paint
        switch the colour of {s} to {g}
        recolour {s} {g}
        have {s} painted {g}""",
        ),
        goals={
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
        },
        hints=forms(
            """give {s} the colour of {g}
    paint {s} the colour of {g}
    make {s} the same colour as {g}
    make {s} match the colour of {g}""",
            "colour {s} the same as {g}",
            """make {s} the colour of {g}
    turn {s} the colour of {g}""",
        ),
        hint_goals={
            "red": ("a ripe tomato", "a fire engine", "a stop sign"),
            "orange": ("a ripe pumpkin", "a tangerine peel", "a traffic cone"),
            "yellow": ("a ripe lemon", "a sunflower", "an egg yolk"),
            "green": ("fresh grass", "a spring leaf", "a cucumber skin"),
            "teal": ("a tropical lagoon", "turquoise stone", "a shallow tropical sea"),
            "blue": ("a cloudless sky", "blue ink", "a cornflower"),
            "purple": ("ripe plums", "lavender", "an aubergine skin"),
            "pink": ("bubble gum", "candy floss", "a flamingo feather"),
            "brown": ("milk chocolate", "a tree trunk", "roasted coffee"),
            "black": ("coal", "a moonless night", "fresh tar"),
            "white": ("fresh snow", "milk", "chalk"),
            "grey": ("a rain cloud", "wet concrete", "ash"),
        },
        like=forms(
            """make {s} the same colour as {g}
        paint {s} the same colour as {g}
        give {s} the colour of {g}
        match the colour of {s} to {g}""",
            "colour {s} the same as {g}",
            """have {s} in the same colour as {g}
        turn {s} the colour of {g}""",
        ),
    ),
    keywords=Keywords(
        210,
        ("recolour", "recolor", "paint", "colour", "color", "tint", "dye", "turn", "make"),
        {
            "red": ("red", "crimson", "scarlet"),
            "orange": ("orange",),
            "yellow": ("yellow", "golden"),
            "green": ("green", "emerald"),
            "teal": ("teal", "turquoise"),
            "blue": ("blue", "navy"),
            "purple": ("purple", "violet"),
            "pink": ("pink",),
            "brown": ("brown", "chocolate"),
            "black": ("black",),
            "white": ("white",),
            "grey": ("grey", "gray"),
        },
    ),
    demand=Demand(largest_group=3, follows=True),
)
