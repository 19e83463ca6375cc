"""The words that the keyword pipeline knows. It learns nothing: this is all there is."""

from __future__ import annotations

ACTION_WORDS: dict[str, tuple[str, ...]] = {
    "remove": ("remove", "delete", "erase", "get rid of", "take out", "take away", "cut out"),
    "replace": ("replace", "swap", "exchange", "substitute", "instead of"),
    "background": ("background to", "background with", "background into", "backdrop", "scenery"),
    "add": ("add", "put a", "put an", "place a", "place an", "insert", "next to", "beside"),
    "move": ("move", "shift", "slide", "push", "drag"),
    "flip": ("flip", "mirror", "upside down", "turn over"),
    "pixelate": ("pixelate", "mosaic", "blocky", "pixels"),
    "blur": ("blur", "out of focus", "soften", "fuzzy"),
    "saturation": (
        "black and white",
        "greyscale",
        "grayscale",
        "monochrome",
        "saturate",
        "desaturate",
        "muted",
        "vivid",
        "colourful",
        "colorful",
        "washed out",
        "garish",
        "saturation",
    ),
    "scale": ("scale", "bigger", "larger", "smaller", "half", "double", "shrink", "enlarge"),
    "low_light": ("low light", "shadows", "underexposed", "dim", "gloomy"),
    "exposure": ("exposure", "overexposed", "too dark", "too bright"),
    "white_balance": ("cold", "warm", "cool", "white balance", "blue cast", "yellow cast"),
    "contrast": ("contrast", "flat", "harsh", "punch"),
    "crop": ("crop", "trim", "keep the"),
    "denoise": ("noise", "noisy", "grain", "grainy", "speckled"),
    "deblur": ("blurry", "blurred", "not sharp", "out of focus"),
    "deblock": ("blocky", "jpeg", "compression", "artefacts", "artifacts"),
    "sharpen": ("sharpen", "sharper", "crisp"),
    "brightness": ("bright", "brighten", "brighter", "dark", "darken", "darker", "lighten"),
    "recolour": ("recolour", "recolor", "paint", "colour", "color", "tint", "dye", "turn", "make"),
}
"""By action, the most telling first: words that give it away."""

VERY = ("full of", "very", "so much", "terribly", "badly", "extremely", "hardly", "far too")

A_LITTLE = ("a little", "a bit", "slightly", "somewhat", "a touch")

GOAL_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "recolour": {
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
    "brightness": {
        "much darker": ("much darker", "a lot darker", "very dark", "far darker"),
        "much brighter": ("much brighter", "a lot brighter", "very bright", "far brighter"),
        "darker": ("dark", "darker", "darken", "dim"),
        "brighter": ("bright", "brighter", "brighten", "lighten"),
    },
    "saturation": {
        "black and white": ("black and white", "grey", "gray", "monochrome"),
        "muted": ("muted", "less", "desaturate", "garish", "tone down"),
        "vivid": ("vivid", "more", "saturate", "colourful", "colorful", "washed out"),
    },
    "contrast": {
        "much flatter": ("much less", "far too harsh", "much too harsh"),
        "flatter": ("less", "harsh", "soften"),
        "much punchier": ("much more", "far too flat", "very flat", "much too flat"),
        "punchier": ("more", "flat", "punch"),
    },
    "exposure": {
        "+1 EV": ("far too dark", "much too dark", "way too dark", "very dark"),
        "-1 EV": ("far too bright", "much too bright", "way too bright", "very bright"),
        "+0.5 EV": ("dark",),
        "-0.5 EV": ("bright",),
    },
    "white_balance": {
        "much warmer": ("much too cold", "far too cold", "very cold", "icy"),
        "much cooler": ("much too warm", "far too warm", "very warm"),
        "warmer": ("cold", "cool", "blue"),
        "cooler": ("warm", "yellow"),
    },
    "blur": {"strong": ("strong", "strongly", "heavily", "a lot", "completely"), "soft": ("blur",)},
    "pixelate": {"coarse": ("coarse", "big", "large", "heavily"), "fine": ("pixelate", "fine")},
    "sharpen": {"strong": ("strong", "much", "a lot"), "gentle": ("sharp", "crisp")},
    "move": {
        "left edge": ("left edge", "far left", "all the way to the left"),
        "right edge": ("right edge", "far right", "all the way to the right"),
        "centre": ("centre", "center", "middle"),
        "left": ("left",),
        "right": ("right",),
        "up": ("up", "higher"),
        "down": ("down", "lower"),
    },
    "scale": {
        "half size": ("half",),
        "double size": ("double", "twice"),
        "smaller": ("smaller", "shrink"),
        "larger": ("larger", "bigger", "enlarge"),
    },
    "flip": {
        "vertical": ("upside down", "vertical", "vertically", "on its head"),
        "horizontal": ("flip", "mirror", "horizontal"),
    },
    "crop": {
        "left": ("keep the left",),
        "right": ("keep the right",),
        "top": ("keep the top", "keep the upper"),
        "bottom": ("keep the bottom", "keep the lower"),
        "centre": ("crop",),
    },
    "denoise": {
        "strong": VERY,
        "light": A_LITTLE,
        "medium": ("noise", "noisy", "grain", "grainy", "speckled"),
    },
    "deblur": {"strong": VERY, "light": A_LITTLE, "medium": ("blurry", "blurred", "out of focus")},
    "deblock": {"strong": VERY, "light": A_LITTLE, "medium": ("blocky", "jpeg", "compression")},
    "low_light": {
        "strong lift": VERY,
        "slight lift": A_LITTLE,
        "lift": ("dark", "shadows", "dim", "underexposed"),
    },
}
"""By action and option, the most telling first. ``replace``, ``add`` and ``background`` look for
the name of an option instead."""

SEPARATORS = (
    ". ",
    "! ",
    "? ",
    "; ",
    ", and then ",
    " and then ",
    ", then ",
    " then ",
    ", after that ",
    " after that ",
    ", and finally ",
    " and finally ",
    ", and also ",
    " and also ",
    ", and ",
    ", ",
    " and ",
)
"""Where one clause may end and the next begin, tried in this order."""

NEGATIONS = ("leave", "don't", "do not", "keep", "untouched", "as it is", "stay", "alone")
"""A clause with one of these asks for nothing."""
