"""Photos in and pictures out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

from editenv.tasks.pictures import ImageRefused, read_image, read_size
from editenv.types import Image

MAX_PIXELS = 64_000_000
"""Larger photos are refused before they are decoded."""

SMALLEST_SIDE = 16
"""Below this there is nothing that a tool could do."""

_OUT = {".png": {}, ".jpg": {"quality": 95, "subsampling": 0}, ".webp": {"quality": 95}}
_OUT[".jpeg"] = _OUT[".jpg"]


class PhotoError(ValueError):
    """A photo cannot be read, or a picture cannot be written."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo, ready to be edited.

    Attributes:
        pixels: (H, W, 3) uint8, upright, at the size that is worked on.
        full_size: (height, width) of the file, upright.
        notes: what was done to it on the way in, in words.
    """

    pixels: Image
    full_size: tuple[int, int]
    notes: tuple[str, ...]


def load_photo(path: str | Path, longest: int | None = None) -> Photo:
    """Read a photo.

    EXIF orientation is honoured, transparency lies over white, grey and CMYK become RGB, of an
    animation the first frame is taken.

    Args:
        path: JPEG, PNG, WebP, TIFF or whatever else Pillow reads.
        longest: the longer side is at most this; None keeps the photo's own size.

    Raises:
        PhotoError: no such file, no picture, damaged, too small, or more than ``MAX_PIXELS``.
    """
    file = Path(path).expanduser()
    if not file.is_file():
        raise PhotoError(f"there is no file {str(path)!r}")
    try:
        height, width = read_size(file, MAX_PIXELS)
        if min(height, width) < SMALLEST_SIDE:
            raise PhotoError(f"{file.name!r} is {width} x {height}: too small to edit")
        notes = _notes(file)
        shrink = min(1.0, (longest or max(height, width)) / max(height, width))
        tall, wide = max(round(height * shrink), 1), max(round(width * shrink), 1)
        pixels = read_image(file, tall, wide, MAX_PIXELS)
    except ImageRefused as error:
        raise PhotoError(str(error)) from error
    if shrink < 1.0:
        notes.append(f"worked on at {wide} x {tall}; the file has {width} x {height}")
    return Photo(pixels, (height, width), tuple(notes))


def _notes(file: Path) -> list[str]:
    """Say what of the file the result won't have."""
    with Pillow.open(file) as picture:
        notes = []
        if picture.has_transparency_data:
            notes.append("transparent parts lie over white in the result")
        if picture.mode.startswith(("I", "F")):
            notes.append("16-bit and float pixels become 8-bit")
        elif picture.mode in ("L", "1"):
            notes.append("a grey picture: it has no colours to change")
        elif picture.mode == "CMYK":
            notes.append("CMYK becomes RGB")
        if getattr(picture, "n_frames", 1) > 1:
            notes.append(f"only the first of {picture.n_frames} frames is edited")
    return notes


def save_picture(path: str | Path, pixels: Image) -> None:
    """Write a picture as PNG, JPEG (quality 95, full colour resolution) or WebP.

    Raises:
        PhotoError: another suffix, or a place where nothing can be written.
    """
    file = Path(path).expanduser()
    if file.suffix.lower() not in _OUT:
        raise PhotoError(f"{str(path)!r} must end in one of {sorted(_OUT)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(pixels).save(file, **_OUT[file.suffix.lower()])
    except OSError as error:
        raise PhotoError(f"{str(path)!r} cannot be written: {error}") from error
