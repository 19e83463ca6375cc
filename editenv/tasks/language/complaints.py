"""What users say about photos that did not come out well."""

from __future__ import annotations

from editenv.tasks.language.forms import Forms, forms

FAULTS: dict[tuple[str, str], Forms] = {
    ("exposure", "+1 EV"): forms(
        "far too dark\nmuch too dark\nterribly dark", "badly too dark", "way too dark\nawfully dark"
    ),
    ("exposure", "+0.5 EV"): forms(
        "a touch too dark\na little dark\nslightly too dark",
        "a shade too dark",
        "a bit dark\na little too dark",
    ),
    ("exposure", "-0.5 EV"): forms(
        "a touch too bright\na little bright\nslightly too bright",
        "a shade too bright",
        "a bit bright\na little too bright",
    ),
    ("exposure", "-1 EV"): forms(
        "far too bright\nmuch too bright\nterribly bright",
        "badly too bright",
        "way too bright\nawfully bright",
    ),
    ("white_balance", "much warmer"): forms(
        "far too cold\nmuch too blue\nicy cold", "terribly blue", "way too cold\nfar too blue"
    ),
    ("white_balance", "warmer"): forms(
        "a little cold\nslightly too blue\na bit chilly",
        "a shade too blue",
        "a bit cold\na little too blue",
    ),
    ("white_balance", "cooler"): forms(
        "a little too warm\nslightly too yellow\na bit yellowish",
        "a shade too warm",
        "a bit too warm\na little yellow",
    ),
    ("white_balance", "much cooler"): forms(
        "far too warm\nmuch too yellow\nterribly orange",
        "badly too warm",
        "way too warm\nfar too yellow",
    ),
    ("contrast", "much punchier"): forms(
        "completely flat\nfar too flat\nterribly hazy",
        "dreadfully flat",
        "way too flat\nawfully flat",
    ),
    ("contrast", "punchier"): forms(
        "a little flat\na bit hazy\nslightly flat", "a shade too flat", "a bit flat\na little hazy"
    ),
    ("contrast", "flatter"): forms(
        "a little harsh\na bit too contrasty\nslightly harsh",
        "a shade too harsh",
        "a bit harsh\na little too contrasty",
    ),
    ("contrast", "much flatter"): forms(
        "far too harsh\nmuch too contrasty\nterribly harsh",
        "dreadfully harsh",
        "way too harsh\nfar too contrasty",
    ),
    ("saturation", "vivid"): forms(
        "washed out\npale in its colours\nlacking in colour",
        "short of colour",
        "pale\ndull in its colours",
    ),
    ("saturation", "muted"): forms(
        "garish\ntoo colourful\noversaturated",
        "too gaudy",
        "much too colourful\nloud in its colours",
    ),
    ("denoise", "light"): forms(
        "a little grainy\nslightly noisy\na bit speckled",
        "a shade noisy",
        "a bit grainy\na little noisy",
    ),
    ("denoise", "strong"): forms(
        "full of noise\nterribly grainy\nvery noisy",
        "covered in noise",
        "awfully noisy\nfull of grain",
    ),
    ("deblur", "light"): forms(
        "a little blurry\nslightly out of focus\na bit soft",
        "a shade blurry",
        "a bit blurry\na little out of focus",
    ),
    ("deblur", "strong"): forms(
        "very blurry\nbadly out of focus\nterribly soft",
        "hopelessly blurry",
        "awfully blurry\nfar out of focus",
    ),
    ("deblock", "light"): forms(
        "a little blocky\nslightly damaged by compression\na bit blocky",
        "a shade blocky",
        "a little spoiled by compression",
    ),
    ("deblock", "strong"): forms(
        "full of blocks\nbadly damaged by compression\nvery blocky",
        "riddled with blocks",
        "badly spoiled by compression\nawfully blocky",
    ),
    ("low_light", "lift"): forms(
        "underexposed\ndim, as if taken indoors\nrather gloomy", "murky", "dim\nrather underexposed"
    ),
    ("low_light", "strong lift"): forms(
        "almost black\nbarely visible in the dark\npitch dark",
        "nearly black",
        "lost in the dark\nso dark one sees nothing",
    ),
}
"""By the tool's action and option that would mend it: how the fault is called."""

CROPS: dict[str, Forms] = {
    "left": forms(
        "crop it to the left part\nkeep only the left side",
        "cut it down to the left side",
        "crop off the right side",
    ),
    "right": forms(
        "crop it to the right part\nkeep only the right side",
        "cut it down to the right side",
        "crop off the left side",
    ),
    "top": forms(
        "crop it to the upper part\nkeep only the top",
        "cut it down to the top",
        "crop off the bottom",
    ),
    "bottom": forms(
        "crop it to the lower part\nkeep only the bottom",
        "cut it down to the bottom",
        "crop off the top",
    ),
    "centre": forms(
        "crop it to the centre\nkeep only the middle",
        "cut it down to the middle",
        "crop off the edges all around",
    ),
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
