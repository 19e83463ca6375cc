"""The names of the library material, as plain constants: tools list them without decoding."""

from __future__ import annotations

SPRITE_OPTIONS = (
    "apple",
    "bus",
    "car",
    "dog",
    "lemon",
    "penguin",
    "pineapple",
    "post box",
    "rooster",
    "sheep",
    "teapot",
    "teddy bear",
)
"""What the tools add and replace can paste, in the order of their options."""

BACKGROUND_OPTIONS = (
    "city",
    "desert",
    "forest",
    "lake",
    "meadow",
    "mountains",
    "night sky",
    "snow",
)
"""What the tool background can put behind a scene, in the order of its options."""
