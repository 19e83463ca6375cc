"""Where clauses end. What the pipeline knows of an operation is in its file, ``editenv.tools``."""

from __future__ import annotations

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
