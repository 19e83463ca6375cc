"""Picture material that ships with the package: named sprites and photographic backgrounds.

Importing this decodes nothing; every author and licence is in ``LICENSES.md`` beside this file.
"""

from __future__ import annotations

from editenv.material.loader import (
    library_backgrounds,
    library_sprites,
    load_backgrounds,
    load_sprites,
    photo_credits,
    sprite_names,
)
from editenv.material.names import BACKGROUND_OPTIONS, SPRITE_OPTIONS
from editenv.material.records import PLACEMENTS, SPLITS, Background, Sprite

__all__ = [
    "BACKGROUND_OPTIONS",
    "PLACEMENTS",
    "SPLITS",
    "SPRITE_OPTIONS",
    "Background",
    "Sprite",
    "library_backgrounds",
    "library_sprites",
    "load_backgrounds",
    "load_sprites",
    "photo_credits",
    "sprite_names",
]
