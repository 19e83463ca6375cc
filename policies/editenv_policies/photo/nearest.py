"""The possible edit nearest in meaning to a wish that cannot be fulfilled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from editenv.encoders.static import StaticTextEncoder

REQUESTS = (
    "make it brighter",
    "make it darker",
    "more contrast",
    "less contrast",
    "make it warmer",
    "make it cooler",
    "make the colours stronger",
    "make the colours weaker",
    "make it black and white",
    "fix the white balance",
    "sharpen it",
    "reduce the noise",
    "blur the background",
    "pixelate the face",
    "lift the shadows",
    "add a vignette",
    "straighten the horizon",
    "rotate it by 90 degrees",
    "crop it to a square",
    "resize it to 1200 pixels",
    "mirror it",
    "remove the cup",
    "make the cup red",
    "make the cup larger",
    "move the cup to the left",
    "replace the cup with a teapot",
    "add an apple beside the cup",
    "change the background to mountains",
)
"""One example of each thing that the sliders and tools can do."""


def nearest_request(clause: str) -> str:
    """Say that a clause is not understood, and name the nearest one that is."""
    nearest = _nearest(clause, REQUESTS)
    return f"I do not understand this; the nearest thing I can do is {nearest!r}"


def nearest_option(wanted: str, options: Sequence[str]) -> str:
    """Say that an option does not exist, and name the nearest one."""
    return f"I do not have that; the nearest I have is {_nearest(wanted, options)!r}"


def _nearest(words: str, names: Sequence[str]) -> str:
    encoder = StaticTextEncoder()
    meaning = encoder.pooled(words)
    return names[int(np.argmax([encoder.pooled(name) @ meaning for name in names]))]
