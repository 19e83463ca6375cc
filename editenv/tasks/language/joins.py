"""How clauses become sentences."""

from __future__ import annotations

from editenv.tasks.language.forms import forms

THEN = forms(
    """{a}, then {b}
    {a} and then {b}
    first {a}, then {b}
    {a}. After that, {b}
    {a}. Then {b}""",
    "{a}, and after that {b}",
    """{a}; then {b}
    {a}. Next, {b}
    {a}, and once that is done, {b}""",
)

ALSO = forms(
    """{a} and {b}
    {a}, and {b}
    {a}. Also, {b}
    {a} and also {b}""",
    "{a}, and also {b}",
    """{a}; also {b}
    {a}. Besides, {b}""",
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
    It reminds me of school.""",
)

REFERENCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("size", "small"): ("the small {l}", "the smaller {l}", "the little {l}"),
    ("size", "large"): ("the big {l}", "the bigger {l}", "the large {l}"),
    ("side", "left"): ("the {l} on the left", "the left {l}", "the left-hand {l}"),
    ("side", "right"): ("the {l} on the right", "the right {l}", "the right-hand {l}"),
    ("ordinal", "leftmost"): ("the leftmost object", "the object furthest to the left"),
    ("ordinal", "rightmost"): ("the rightmost object", "the object furthest to the right"),
    ("ordinal", "largest"): ("the largest object", "the biggest object"),
    ("ordinal", "smallest"): ("the smallest object", "the tiniest object"),
    ("ordinal", "highest"): ("the highest object", "the object highest up"),
    ("ordinal", "lowest"): ("the lowest object", "the object lowest down"),
    ("relation", "left of"): ("the {l} left of the {o}", "the {l} to the left of the {o}"),
    ("relation", "right of"): ("the {l} right of the {o}", "the {l} to the right of the {o}"),
    ("relation", "above"): ("the {l} above the {o}", "the {l} higher up than the {o}"),
    ("relation", "below"): ("the {l} below the {o}", "the {l} lower down than the {o}"),
}
"""By attribute: descriptions, shared by all splits. ``{l}`` is the label, ``{o}`` the other one."""
