"""What people say when they want a photo changed. Nothing is learned: this is the whole vocabulary.

Each operation's file in ``editenv.tools`` has the words of the generated tasks; this file has those
of people who look at their own photo.
"""

from __future__ import annotations

PHRASES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("saturation", "black and white", (
        "black and white", "black & white", "b&w", "greyscale", "grayscale", "monochrome",
        "remove the colour", "remove the color", "without colour", "without color", "no colour",
        "no color",
    )),
    ("white_balance", "neutral", (
        "white balance", "colour cast", "color cast", "colour balance", "color balance",
        "neutral colours", "neutral colors", "whites look wrong",
    )),
    ("straighten", "level", (
        "straighten", "crooked", "tilted", "slanted", "askew", "lopsided", "level the horizon",
        "horizon is not level", "horizon isn't level", "level it", "not straight", "not level",
    )),
    ("rotate", "right", ("rotate", "turn it on its side")),
    ("resize", "", ("resize", "scale it to", "scale down to", "scale the photo to")),
    ("highlights", "darker", (
        "recover the highlights", "highlights are blown", "blown highlights", "blown out",
    )),
    ("low_light", "lift", (
        "lift the shadows", "lighten the shadows", "brighten the shadows", "open up the shadows",
        "shadows are too dark", "lift shadows", "raise the shadows", "dim", "gloomy",
        "underexposed",
    )),
    ("denoise", "light", (
        "remove the noise", "remove noise", "remove the grain", "reduce the noise", "reduce noise",
        "denoise", "de-noise", "noise", "noisy", "grainy", "grain", "speckled",
    )),
    ("deblock", "light", (
        "jpeg artefacts", "jpeg artifacts", "compression artefacts", "compression artifacts",
        "blocky", "artefacts", "artifacts",
    )),
    ("deblur", "light", (
        "remove the blur", "deblur", "de-blur", "blurry", "blurred", "out of focus", "not sharp",
        "unsharp", "shaky",
    )),
    ("remove", "", (
        "remove", "delete", "erase", "get rid of", "take out", "take away", "cut out", "lose",
        "edit out", "without", "clear away",
    )),
    ("sharpen", "gentle", (
        "sharpen", "sharper", "crisper", "crisp", "more detail", "sharpness", "more sharp",
    )),
    ("pixelate", "fine", ("pixelate", "pixellate", "pixelated", "mosaic", "censor")),
    ("blur", "soft", ("blur", "bokeh", "soften", "fuzzy")),
    ("contrast", "flatter", ("too harsh", "harsh", "too contrasty", "softer contrast")),
    ("contrast", "punchier", ("punchier", "more punch", "too flat", "flat", "hazy", "dehaze")),
    ("saturation", "muted", (
        "less saturated", "less colourful", "less colorful", "less vivid", "muted", "desaturate",
        "desaturated", "oversaturated", "too saturated", "too colourful", "too colorful",
        "too vivid", "garish", "paler",
    )),
    ("saturation", "vivid", (
        "more saturated", "more colourful", "more colorful", "vivid", "vibrant", "saturate",
        "colourful", "colorful", "pop", "washed out", "dull", "faded", "richer",
    )),
    ("white_balance", "warmer", (
        "warmer", "warm it up", "warm up", "too cold", "too cool", "too blue", "bluish",
        "blue cast", "golden hour",
    )),
    ("white_balance", "cooler", (
        "cooler", "colder", "cool it down", "cool down", "too warm", "too yellow", "too orange",
        "yellowish", "yellow cast", "orange cast",
    )),
    ("brightness", "darker", (
        "too bright", "overexposed", "darker", "darken", "less bright",
    )),
    ("brightness", "brighter", (
        "too dark", "brighter", "brighten", "lighten", "lighter", "more light", "so dark",
    )),
    ("flip", "vertical", ("upside down", "vertically", "on its head", "flip vertical")),
    ("flip", "horizontal", ("flip", "mirror", "mirrored", "flipped")),
    ("crop", "left", ("keep the left", "crop to the left", "cut off the right",
                      "off the right", "crop out the right", "crop the right")),
    ("crop", "right", ("keep the right", "crop to the right", "cut off the left",
                       "off the left", "crop out the left", "crop the left")),
    ("crop", "top", ("keep the top", "crop to the top", "cut off the bottom",
                     "off the bottom", "crop out the bottom", "crop the bottom")),
    ("crop", "bottom", ("keep the bottom", "crop to the bottom", "cut off the top",
                        "off the top", "crop out the top", "crop the top")),
    ("crop", "centre", ("crop", "zoom in", "trim")),
    ("background", "", (
        "background to", "background with", "background into", "background a", "new background",
        "backdrop", "change the background", "replace the background", "swap the background",
    )),
    ("replace", "", ("replace", "swap", "exchange", "substitute", "instead of")),
    ("add", "", ("add", "put a", "put an", "place a", "place an", "insert")),
    ("move", "left edge", ("left edge", "far left", "all the way to the left")),
    ("move", "right edge", ("right edge", "far right", "all the way to the right")),
    ("move", "centre", ("to the centre", "to the center", "to the middle")),
    ("move", "left", ("to the left", "move left")),
    ("move", "right", ("to the right", "move right")),
    ("move", "up", ("up", "higher")),
    ("move", "down", ("down", "lower")),
    ("scale", "half size", ("half the size", "half as big", "half size")),
    ("scale", "double size", ("double", "twice as big", "twice the size")),
    ("scale", "smaller", ("smaller", "shrink")),
    ("scale", "larger", ("larger", "bigger", "enlarge")),
)  # fmt: skip
"""Action, option and phrases; of all that a clause holds, the first in this order is meant.
An option ``""`` is looked for by its name."""

FIRST = ("background", "replace", "move", "highlights")
"""Actions that are tried before all others: what they name sounds like other wishes."""

MOVES = ("move", "shift", "slide", "push", "drag")
"""A clause is about moving only with one of these."""

BRIGHTER, DARKER = ("brightness", "brighter"), ("brightness", "darker")
WARMER, COOLER = ("white_balance", "warmer"), ("white_balance", "cooler")
PINKER, GREENER = ("tint", "pinker"), ("tint", "greener")
VIVID, MUTED = ("saturation", "vivid"), ("saturation", "muted")
PUNCHIER, FLATTER = ("contrast", "punchier"), ("contrast", "flatter")
SHARPER, SOFTER = ("sharpen", "gentle"), ("blur", "soft")
LIGHTER_SHADOWS, DEEPER_SHADOWS = ("low_light", "lift"), ("low_light", "deepen")
NO_NOISE, NO_BLUR = ("denoise", "light"), ("deblur", "light")

NOUNS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "brightness": (BRIGHTER, DARKER),
    "exposure": (BRIGHTER, DARKER),
    "lighting": (BRIGHTER, DARKER),
    "contrast": (PUNCHIER, FLATTER),
    "saturation": (VIVID, MUTED),
    "colours": (VIVID, MUTED),
    "colors": (VIVID, MUTED),
    "vibrance": (("vibrance", "stronger"), ("vibrance", "weaker")),
    "warmth": (WARMER, COOLER),
    "temperature": (WARMER, COOLER),
    "tint": (PINKER, GREENER),
    "shadows": (LIGHTER_SHADOWS, DEEPER_SHADOWS),
    "highlights": (("highlights", "brighter"), ("highlights", "darker")),
    "clarity": (("clarity", "clearer"), ("clarity", "softer")),
    "sharpness": (SHARPER, SOFTER),
    "vignette": (("vignette", "darker corners"), ("vignette", "lighter corners")),
}
"""What can be had more or less of: operation and option for more, and for less."""

ADJECTIVES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    **dict.fromkeys(("bright", "light"), (BRIGHTER, DARKER)),
    "dark": (DARKER, BRIGHTER),
    **dict.fromkeys(("warm", "yellow", "orange"), (WARMER, COOLER)),
    **dict.fromkeys(("cold", "cool", "blue"), (COOLER, WARMER)),
    **dict.fromkeys(("pink", "magenta"), (PINKER, GREENER)),
    "green": (GREENER, PINKER),
    **dict.fromkeys(("contrasty", "harsh"), (PUNCHIER, FLATTER)),
    "flat": (FLATTER, PUNCHIER),
    **dict.fromkeys(("saturated", "colourful", "colorful", "vivid", "garish"), (VIVID, MUTED)),
    **dict.fromkeys(("pale", "dull", "muted", "faded"), (MUTED, VIVID)),
    **dict.fromkeys(("sharp", "crisp"), (SHARPER, SOFTER)),
    **dict.fromkeys(("blurry", "blurred"), (SOFTER, NO_BLUR)),
    **dict.fromkeys(("noisy", "grainy"), (NO_NOISE, NO_NOISE)),
}
"""What a photo can be too much of, or should be more or less: operation and option for more, and
for less."""

MORE = ("more", "increase", "boost", "raise", "add", "up", "higher", "stronger", "bump", "enhance")
LESS = (
    "less", "reduce", "lower", "decrease", "tone down", "turn down", "too much", "down", "drop",
    "darken", "deepen", "darker", "remove", "cut",
)  # fmt: skip
UNDECIDED = ("fix", "adjust", "correct", "change", "improve", "set", "better")
"""With one of these and none of the others, it is not said whether more or less is wanted."""

STRONGER: dict[tuple[str, str], str] = {
    ("brightness", "brighter"): "much brighter",
    ("brightness", "darker"): "much darker",
    ("contrast", "punchier"): "much punchier",
    ("contrast", "flatter"): "much flatter",
    ("white_balance", "warmer"): "much warmer",
    ("white_balance", "cooler"): "much cooler",
    ("blur", "soft"): "strong",
    ("pixelate", "fine"): "coarse",
    ("sharpen", "gentle"): "strong",
    ("denoise", "light"): "strong",
    ("deblur", "light"): "strong",
    ("deblock", "light"): "strong",
    ("low_light", "lift"): "strong lift",
}
"""What an option becomes with a word of ``VERY``."""

ENDS = (
    "with", "for", "by", "into", "to", "on", "in", "at", "under", "behind", "from", "near", "of",
    "off", "and", "but", "so", "because", "like", "as", "look", "looks", "is", "are", "was", "a",
    "an", "please", "more", "less", "much", "very", "too", "bit", "little", "lot", "slightly",
    "just", "out", "away", "up", "down", "left", "right", "completely", "entirely", "some", "next",
    "beside", "instead", "where", "which", "who", "that", "appear", "seem", "seems", "way", "now",
    "upside", "b&w", "really", "somewhat", "considerably", "came", "turned", "should", "needs",
    "has",
)  # fmt: skip
"""Words at which the name of a thing ends."""

PHOTO_WORDS = (
    "photo", "photograph", "picture", "pic", "image", "shot", "snapshot", "it", "this", "that",
    "everything", "whole", "entire", "thing", "lighting", "light", "colours", "colors", "colour",
    "color", "tone", "tones", "look", "exposure", "contrast", "brightness", "saturation", "shadows",
    "highlights", "noise", "grain", "edges", "sharpness", "scene", "selfie", "portrait", "blur",
    "warmth", "mood", "atmosphere", "overall", "artefacts", "artifacts", "quality", "same",
)  # fmt: skip
"""Who names only these means the photo as a whole."""

PLACE_WORDS = (
    "centre", "center", "middle", "left", "right", "top", "bottom", "side", "part", "half", "edge",
    "edges", "upper", "lower", "corner",
)  # fmt: skip
"""Parts of a photo: what is said of them when it is cropped, or of a thing that moves there."""

FILLER = (
    "can", "could", "would", "you", "please", "fix", "mend", "that", "this", "it", "for", "me",
    "thanks", "thank", "hi", "hello", "hey", "ok", "okay", "don't", "think", "i", "a", "bit", "so",
    "do", "something", "about", "put", "right", "help", "with", "edit", "photo", "my", "the",
    "picture", "just",
)  # fmt: skip
"""A clause of these alone asks for nothing new."""
