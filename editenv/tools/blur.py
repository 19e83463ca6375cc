"""Put a thing or the photo out of focus."""

from __future__ import annotations

from editenv.imaging import filters
from editenv.tools.cost import Cost
from editenv.tools.operation import Demand, Keywords, Operation
from editenv.tools.phrases import Phrases, forms
from editenv.tools.pixel_tool import PixelTool

TOOL = PixelTool(
    "blur",
    "blur",
    "any",
    filters.blur,
    {"soft": 0.04, "strong": 0.14},
    cost_per_megapixel=Cost(seconds=0.13282, memory=33.9),
)

OPERATION = Operation(
    "blur",
    tolerance=(0.03, 0.20),
    in_place=True,
    spatial=True,
    phrases=Phrases(
        forms=forms(
            """blur {s} {g}
        make {s} {g} blurred
        put a {g} blur on {s}
        apply a {g} blur to {s}
        blur {s} out {g}
        defocus {s} {g}
        let {s} blur {g}""",
            "make {s} look {g} blurred",
            """have {s} {g} blurred
        give {s} a {g} blur""",
        ),
        goals={
            "soft": ("slightly", "a little", "gently"),
            "strong": ("strongly", "heavily", "very strongly"),
        },
        goal_forms={
            "soft": forms(
                """put {s} slightly out of focus
        take a little sharpness off {s}
        let {s} get slightly fuzzy""",
                "make {s} a little fuzzy",
                "get {s} slightly out of focus",
            ),
            "strong": forms(
                """put {s} completely out of focus
        take all sharpness off {s}
        let {s} get very fuzzy""",
                "make {s} extremely fuzzy",
                "get {s} completely out of focus",
            ),
        },
        purposes={
            "soft": forms(
                "make {s} look as if the focus had been slightly off\nmake the focus just miss {s}",
                "make {s} look as if the lens had been a tiny bit off",
                "make it look as if the focus had only just missed {s}",
            ),
            "strong": forms(
                "make {s} too blurry to recognise\nblur {s} beyond recognition",
                "blur {s} until nothing can be recognised",
                "leave {s} so blurry that nothing can be recognised",
            ),
        },
    ),
    keywords=Keywords(
        80,
        ("blur", "out of focus", "soften", "fuzzy"),
        {"strong": ("strong", "strongly", "heavily", "a lot", "completely"), "soft": ("blur",)},
    ),
    demand=Demand(of_background=0.3, must_show=True, least_height=0.3),
)

NOUN_WORDS = {
    "slightly": "slight",
    "a little": "light",
    "gently": "gentle",
    "strongly": "strong",
    "very strongly": "very strong",
    "heavily": "heavy",
}
"""What the adverb becomes in front of "blur": "put a strong blur on it"."""
