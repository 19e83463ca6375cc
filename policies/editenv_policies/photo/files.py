"""Which photos to edit, and how to name the results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from editenv_policies.photo.picture import PhotoError

PHOTOS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".ppm")
"""Suffixes of what is edited in a folder."""

EDITED = "-edited"
"""What results are called after the photo's name; a folder's own results are not edited again."""


def find_photos(paths: Sequence[Path]) -> list[Path]:
    """Return the photos to edit: the given files, and the photos in given folders, by name.

    Raises:
        PhotoError: a folder without a photo.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = [
            file
            for file in sorted(path.iterdir())
            if file.suffix.lower() in PHOTOS and file.is_file() and EDITED not in file.stem
        ]
        if not inside:
            raise PhotoError(f"{str(path)!r} is a folder without a photo in it")
        found += inside
    return list(dict.fromkeys(found))


def free_name(photo: Path, out: Path | None, kind: str) -> Path:
    """Return an unused name for a result.

    Args:
        photo: the original.
        out: a folder; None for that of the photo.
        kind: the suffix.
    """
    folder = photo.parent if out is None else out
    number, more = 1, ""
    while (file := folder / f"{photo.stem}{EDITED}{more}{kind}").exists():
        number += 1
        more = f"-{number}"
    return file
