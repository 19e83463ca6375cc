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
    let {s} be the colour of {g}""",
    "colour {s} like {g}",
    """make {s} the colour of {g}
    turn {s} the colour of {g}""",
)

LIKE_FORMS = forms(
    """make {s} the same colour as {g}
    paint {s} the same colour as {g}
    give {s} the colour of {g}
    match the colour of {s} to {g}""",
    "colour {s} like {g}",
    """let {s} have the same colour as {g}
    turn {s} the colour of {g}""",
)

PURPOSES: dict[tuple[str, str], Forms] = {
    ("brightness", "much darker"): forms(
        "make it look as if night had fallen on {s}\nmake {s} look like the middle of the night",
        "let deep night fall on {s}",
        "make {s} look as if it were midnight",
    ),
    ("brightness", "darker"): forms(
        "make it look like dusk on {s}\nlet evening fall on {s}",
        "make {s} look like early evening",
        "let dusk fall on {s}",
    ),
    ("brightness", "brighter"): forms(
        "let a little more light fall on {s}\nshine a soft lamp on {s}",
        "give {s} some more light",
        "let some more light fall on {s}",
    ),
    ("brightness", "much brighter"): forms(
        "flood {s} with light\nmake it look as if a floodlight shone on {s}",
        "drown {s} in light",
        "let glaring light fall on {s}",
    ),
    ("saturation", "black and white"): forms(
        "make {s} look like an old silent film\nmake {s} look like a photo from 1920",
        "let {s} look like an old newspaper picture",
        "make {s} look like a silent film from 1920",
    ),
    ("saturation", "muted"): forms(
        "make {s} look faded by the sun\nlet {s} look as if it had been washed too often",
        "let {s} look faded",
        "make {s} look as if the sun had faded it",
    ),
    ("saturation", "vivid"): forms(
        "make the colours of {s} pop\nlet {s} glow with colour",
        "make {s} burst with colour",
        "let the colours of {s} pop",
    ),
    ("pixelate", "coarse"): forms(
        "hide what {s} is, as they do on the news\nmake {s} unrecognisable with a mosaic",
        "let nobody see what {s} is behind a coarse mosaic",
        "hide {s} behind a mosaic, as they do on the news",
    ),
    ("blur", "strong"): forms(
        "make {s} melt into a haze\nlet {s} dissolve in thick fog",
        "let {s} melt away in fog",
        "make {s} dissolve into a thick haze",
    ),
    ("remove", ""): forms(
        "make it look as if {s} had never been there\nlet {s} vanish without a trace",
        "make everyone forget {s} was ever there",
        "make it look as if nobody had ever put {s} there",
    ),
    ("scale", "double size"): forms(
        "let {s} tower over everything at double its height\nmake {s} grow by 100 percent",
        "bring {s} to 200 percent",
        "make {s} 200 percent of its size",
    ),
    ("scale", "half size"): forms(
        "make {s} only 50 percent of its size\nbring {s} down to 50 percent",
        "reduce {s} to 50 percent",
        "make {s} shrink to 50 percent",
    ),
    ("flip", "horizontal"): forms(
        "show {s} as a mirror would\nmake {s} its own mirror image",
        "let {s} look as in a mirror",
        "show {s} the way it looks in a mirror",
    ),
    ("flip", "vertical"): forms(
        "make {s} do a headstand\nlet {s} hang from the ceiling",
        "have {s} do a headstand",
        "let {s} do a headstand",
    ),
    ("move", "left edge"): forms(
        "let {s} lean against the left border",
        "park {s} at the left border",
        "let {s} touch the left border",
    ),
    ("move", "right edge"): forms(
        "let {s} lean against the right border",
        "park {s} at the right border",
        "let {s} touch the right border",
    ),
    ("move", "centre"): forms(
        "make {s} take centre stage\nput {s} halfway between left and right",
        "let {s} have centre stage",
        "let {s} take centre stage",
    ),
}
"""By (action, goal): only where no other edit could be meant."""

PLACES: dict[str, tuple[str, ...]] = {
    "city": ("downtown", "among skyscrapers and streets"),
    "desert": ("in the Sahara", "among sand dunes"),
    "forest": ("deep in the woods", "among tall trees"),
    "lake": ("by calm fresh water", "on a lakeside holiday"),
    "meadow": ("out on open grassland", "where cows would graze"),
    "mountains": ("high up in the Alps", "among rocky peaks"),
    "night sky": ("under the stars", "beneath the Milky Way"),
    "snow": ("in deep winter", "somewhere near the North Pole"),
}

PLACE_FORMS = forms(
    """make it look as if this was taken {g}
    pretend we were {g}
    let it all take place {g}""",
    "make it seem that we were {g}",
    """make it look as if we were {g}
    pretend this was taken {g}""",
)
