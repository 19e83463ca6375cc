"""How clauses become sentences."""

from __future__ import annotations

from editenv.tools.phrases import forms

THEN = forms(
    """{a}, then {b}
    {a} and then {b}
    first {a}, then {b}
    {a}. After that, {b}
    {a}. Then {b}""",
    "{a}, and after that {b}",
    """{a}; then {b}
    {a}. Next, {b}
    {a}, and once that is done, {b}
    {a}. Following that, {b}
    {a} and afterwards {b}""",
)

ALSO = forms(
    """{a} and {b}
    {a}, and {b}
    {a}. Also, {b}
    {a} and also {b}""",
    "{a}, and also {b}",
    """{a}; also {b}
    {a}. Besides, {b}
    {a}, plus {b}
    {a}. I also need you to {b}""",
)

POLITE = forms(
    """please {x}.
    {x}, please.
    could you {x}?
    can you {x}?
    I'd like you to {x}.
    I want you to {x}.""",
    "I need you to {x}.",
    """would you {x}?
    kindly {x}.
    do me a favour and {x}.""",
)

KEEP = forms(
    """Leave {k} alone.
    But don't touch {k}.
    Do not change {k}.
    Make no changes to {k}.""",
    "Don't alter {k}.",
    """Keep your hands off {k}.
    {k} must stay untouched.""",
)

ASIDES = forms(
    """I took this last summer.
    My sister loves this one.
    This is for my grandmother's birthday.
    It was a long day when we shot it.
    We want to print it later.
    My old camera was not the best.""",
    "I found it on an old disk.",
    """This one goes on our wall.
    My brother took it on holiday.
    We took this one near my uncle's place.
    It has been on my phone for years.
    I never liked how this one came out.""",
)

REFERENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("size", "small"): ("the small {l}", "the smaller {l}", "the smaller of the {p}"),
    ("size", "large"): ("the big {l}", "the bigger {l}", "the bigger of the {p}"),
    ("side", "left"): ("the {l} on the left", "the left {l}", "the left-hand {l}"),
    ("side", "right"): ("the {l} on the right", "the right {l}", "the right-hand {l}"),
    ("lightness", "darker"): ("the darker {l}", "the darker one of the {p}"),
    ("lightness", "brighter"): ("the lighter {l}", "the lighter one of the {p}"),
    ("pose", "left"): ("the {l} facing left", "the {l} looking left", "the {l} that looks left"),
    ("pose", "right"): (
        "the {l} facing right",
        "the {l} looking right",
        "the {l} that looks right",
    ),
    ("heading", "left"): ("the {l} facing left", "the {l} pointing left"),
    ("heading", "right"): ("the {l} facing right", "the {l} pointing right"),
    ("place", "second from the left"): (
        "the second object from the left",
        "the second thing from the left",
    ),
    ("place", "second from the right"): (
        "the second object from the right",
        "the second thing from the right",
    ),
    ("ordinal", "leftmost"): ("the leftmost object", "the object furthest to the left"),
    ("ordinal", "rightmost"): ("the rightmost object", "the object furthest to the right"),
    ("ordinal", "largest"): ("the largest object", "the biggest object"),
    ("ordinal", "smallest"): ("the smallest object", "the tiniest object"),
    ("ordinal", "furthest"): ("the object furthest away", "the object furthest back"),
    ("ordinal", "nearest"): ("the nearest object", "the object closest to the camera"),
    ("relation", "left of"): (
        "the {l} directly left of the {o}",
        "the {l} just to the left of the {o}",
    ),
    ("relation", "right of"): (
        "the {l} directly right of the {o}",
        "the {l} just to the right of the {o}",
    ),
    ("relation", "behind"): (
        "the next {l} further away than the {o}",
        "the next {l} further back than the {o}",
    ),
    ("relation", "in front of"): (
        "the next {l} nearer than the {o}",
        "the next {l} closer to the camera than the {o}",
    ),
}
"""By attribute: descriptions, shared by all splits. ``{l}`` is the label, ``{o}`` the other one,
``{p}`` two of a kind. Animals look, vehicles point."""

GROUPS: dict[int, tuple[str, ...]] = {
    2: ("both {p}", "both of the {p}", "the two {p}"),
    3: ("all three {p}", "the three {p}", "all the {p}", "every {l}", "each {l}"),
}
"""By how many there are: all of a kind, shared by all splits."""

OTHER = ("the other one", "the other {l}")
"""The second of two of a kind, once the first is named."""
