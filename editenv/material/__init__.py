"""Picture material that ships with the package: named objects and photographic backgrounds.

Importing this decodes nothing; every author and licence is in ``LICENSES.md`` beside this file.
"""

from __future__ import annotations

from editenv.material.folder import load_folder_cutouts
from editenv.material.loader import (
    library_sprites,
    load_backgrounds,
    load_cutouts,
    load_sprites,
    sprite_names,
)
from editenv.material.records import SETTINGS

__all__ = [
    "SETTINGS",
    "library_sprites",
    "load_backgrounds",
    "load_cutouts",
    "load_folder_cutouts",
    "load_sprites",
    "sprite_names",
]
