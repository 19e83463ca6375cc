"""Picture material that ships with the package: named objects and photographic backgrounds.

Importing this decodes nothing; every author and licence is in ``LICENSES.md`` beside this file.
"""

from __future__ import annotations

from editenv.material.folder import load_folder_cutouts
from editenv.material.loader import (
    library_backgrounds,
    library_sprites,
    load_backgrounds,
    load_cutouts,
    load_sprites,
    photo_credits,
    sprite_names,
)
from editenv.material.names import BACKGROUND_OPTIONS, SPRITE_OPTIONS
from editenv.material.plurals import plural_of
from editenv.material.records import (
    COLOURS,
    CUTOUT_SPLITS,
    FACES,
    PLACEMENTS,
    SETTINGS,
    SPLITS,
    Background,
    Sprite,
)

__all__ = [
    "BACKGROUND_OPTIONS",
    "COLOURS",
    "CUTOUT_SPLITS",
    "FACES",
    "PLACEMENTS",
    "SETTINGS",
    "SPLITS",
    "SPRITE_OPTIONS",
    "Background",
    "Sprite",
    "library_backgrounds",
    "library_sprites",
    "load_backgrounds",
    "load_cutouts",
    "load_folder_cutouts",
    "load_sprites",
    "photo_credits",
    "plural_of",
    "sprite_names",
]
