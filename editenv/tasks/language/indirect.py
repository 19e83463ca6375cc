"""Ways to ask for something without saying it: by comparison or by purpose."""

from __future__ import annotations

from editenv.tasks.language.forms import Forms, forms

COLOUR_OF: dict[str, tuple[str, ...]] = {
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
}
"""By colour: things that everybody knows in it."""

COLOUR_FORMS = forms(
    """give {s} the colour of {g}
    paint {s} the colour of {g}
    make {s} the same colour as {g}
    make {s} match the colour of {g}""",
    "colour {s} the same as {g}",
    """make {s} the colour of {g}
    turn {s} the colour of {g}""",
)

LIKE_FORMS: dict[str, Forms] = {
    "recolour": forms(
        """make {s} the same colour as {g}
        paint {s} the same colour as {g}
        give {s} the colour of {g}
        match the colour of {s} to {g}""",
        "colour {s} the same as {g}",
        """have {s} in the same colour as {g}
        turn {s} the colour of {g}""",
    ),
    "brightness": forms(
        """match the brightness of {s} to {g}
        give {s} the same brightness as {g}""",
        "adjust the brightness of {s} to that of {g}",
        "bring {s} to the brightness of {g}",
    ),
    "scale": forms(
        """make {s} the same size as {g}
        match the size of {s} to {g}""",
        "resize {s} to match {g}",
        "give {s} the same size as {g}",
    ),
}
"""By action: ways to ask that a thing be made like another one."""

_DARK = forms("make {s} as dark as {g}", "get {s} as dark as {g}", "have {s} look as dark as {g}")
_BRIGHT = forms(
    "make {s} as bright as {g}", "get {s} as bright as {g}", "have {s} look as bright as {g}"
)
_SMALL = forms("make {s} as small as {g}", "get {s} as small as {g}", "shrink {s} to match {g}")
_LARGE = forms("make {s} as big as {g}", "get {s} as big as {g}", "make {s} as large as {g}")

LIKE_GOAL_FORMS: dict[tuple[str, str], Forms] = {
    ("brightness", "much darker"): _DARK,
    ("brightness", "darker"): _DARK,
    ("brightness", "brighter"): _BRIGHT,
    ("brightness", "much brighter"): _BRIGHT,
    ("scale", "half size"): _SMALL,
    ("scale", "smaller"): _SMALL,
    ("scale", "larger"): _LARGE,
    ("scale", "double size"): _LARGE,
}
"""Further ways that say in which direction, and leave the amount to be seen."""

PURPOSES: dict[tuple[str, str], Forms] = {
    ("brightness", "much darker"): forms(
        "plunge {s} into deep shadow\nmake {s} look as if standing in deep shadow",
        "cast a very deep shadow over {s}",
        "put {s} in deep shadow",
    ),
    ("brightness", "darker"): forms(
        "put {s} in light shade\nlet a thin cloud dim the light on {s}",
        "give {s} a touch of shade",
        "put a little shade on {s}",
    ),
    ("brightness", "brighter"): forms(
        "let a little more light fall on {s}\nshine a soft lamp on {s}",
        "give {s} slightly more light",
        "let slightly more light fall on {s}",
    ),
    ("brightness", "much brighter"): forms(
        "flood {s} with light\nmake it look as if a floodlight shone on {s}",
        "drown {s} in light",
        "let glaring light fall on {s}",
    ),
    ("saturation", "black and white"): forms(
        "make {s} look like something from a silent film\nmake {s} look like a photo from 1920",
        "make {s} look like an old newspaper picture",
        "make {s} look like a silent film from 1920",
    ),
    ("saturation", "muted"): forms(
        "make {s} look faded by the sun\nmake {s} look a little washed out",
        "make {s} look a little sun-bleached",
        "make {s} look slightly faded",
    ),
    ("saturation", "vivid"): forms(
        "make the colours of {s} pop\nmake {s} glow with colour",
        "make {s} burst with colour",
        "get the colours of {s} to pop",
    ),
    ("pixelate", "coarse"): forms(
        "make {s} unrecognisable with a mosaic\nhide {s} behind a mosaic, as they do on the news",
        "let nobody see what {s} is behind a coarse mosaic",
        "make {s} unrecognisable behind big squares",
    ),
    ("blur", "soft"): forms(
        "make {s} look as if the focus had been slightly off\nmake the focus just miss {s}",
        "make {s} look as if the lens had been a tiny bit off",
        "make it look as if the focus had only just missed {s}",
    ),
    ("blur", "strong"): forms(
        "make {s} too blurry to recognise\nblur {s} beyond recognition",
        "blur {s} until nothing can be recognised",
        "leave {s} so blurry that nothing can be recognised",
    ),
    ("remove", ""): forms(
        "make it look as if {s} had never been there\nlet {s} vanish without a trace",
        "make everyone forget {s} was ever there",
        "leave no trace of {s}",
    ),
    ("scale", "double size"): forms(
        "make {s} grow by 100 percent\nscale {s} to 200 percent",
        "bring {s} to 200 percent",
        "make {s} 200 percent of its size",
    ),
    ("scale", "half size"): forms(
        "make {s} only 50 percent of its size\nscale {s} down to 50 percent",
        "bring {s} down to 50 percent",
        "make {s} shrink to 50 percent",
    ),
    ("flip", "horizontal"): forms(
        "show {s} as a mirror would\nmake {s} its own mirror image",
        "show {s} as if seen in a mirror",
        "turn {s} into a mirror image",
    ),
    ("move", "left edge"): forms(
        "put {s} as far left as possible\nput {s} where the picture begins on the left",
        "take {s} as far left as there is room",
        "get {s} as far left as the picture allows",
    ),
    ("move", "right edge"): forms(
        "put {s} as far right as possible\nput {s} where the picture ends on the right",
        "take {s} as far right as there is room",
        "get {s} as far right as the picture allows",
    ),
    ("move", "centre"): forms(
        "put {s} halfway between left and right\nput {s} halfway between the two sides",
        "place {s} equally far from both sides",
        "put {s} the same distance from both sides",
    ),
}
"""By (action, goal): only where no other edit could be meant."""

PLACES: dict[str, tuple[str, ...]] = {
    "city": ("downtown", "in the middle of town"),
    "desert": ("in the Sahara", "among sand dunes"),
    "forest": ("deep in the woods", "among tall trees"),
    "lake": ("at the lakeside", "beside calm fresh water"),
    "meadow": ("out on open grassland", "on a grassy plain"),
    "mountains": ("high up in the Alps", "among rocky peaks"),
    "night sky": ("under the stars", "beneath the Milky Way"),
    "snow": ("in deep winter", "somewhere near the North Pole"),
}

PLACE_FORMS = forms(
    """make it look as if this was taken {g}
    pretend we were {g}
    make it look like a photo taken {g}""",
    "make it seem that we were {g}",
    """make it look as if we were {g}
    pretend this was taken {g}""",
)
