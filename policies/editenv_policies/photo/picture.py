"""Photos in and pictures out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

from editenv.imaging.opening import open_picture
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
        profile: the file's colour profile (ICC), which the result keeps; None without one.
    """

    pixels: Image
    full_size: tuple[int, int]
    notes: tuple[str, ...]
    profile: bytes | None = None


def load_photo(path: str | Path, longest: int | None = None) -> Photo:
    """Read a photo.

    EXIF orientation is honoured, transparency lies over white, grey and CMYK become RGB, of an
    animation the first frame is taken.

    Args:
        path: a file of one of the formats of ``editenv.imaging.opening.FORMATS``.
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
        notes, profile = _about(file)
        shrink = min(1.0, (longest or max(height, width)) / max(height, width))
        tall, wide = max(round(height * shrink), 1), max(round(width * shrink), 1)
        pixels = read_image(file, tall, wide, MAX_PIXELS)
    except ImageRefused as error:
        raise PhotoError(str(error)) from error
    if shrink < 1.0:
        notes.append(f"worked on at {wide} x {tall}; the file has {width} x {height}")
    return Photo(pixels, (height, width), tuple(notes), profile)


def _about(file: Path) -> tuple[list[str], bytes | None]:
    """Say what of the file the result won't have, and find its colour profile."""
    with open_picture(file, MAX_PIXELS) as picture:
        notes = []
        in_colour = picture.mode in ("RGB", "RGBA", "P", "PA")
        profile = picture.info.get("icc_profile") if in_colour else None
        if picture.has_transparency_data:
            notes.append("transparent parts lie over white in the result")
        if picture.mode.startswith(("I", "F")):
            notes.append("16-bit and float pixels become 8-bit")
        elif picture.mode in ("L", "1"):
            notes.append("a grey picture: it has no colours to change")
        elif picture.mode == "CMYK":
            notes.append("CMYK becomes RGB")
        frames = _frames(picture)
        if frames > 1:
            notes.append(f"only the first of {frames} frames is edited")
    return notes, profile


def _frames(picture: Pillow.Image) -> int:
    try:
        return getattr(picture, "n_frames", 1)
    except Exception:  # It is counted by reading on, into whatever is damaged.
        return 1


def save_picture(path: str | Path, pixels: Image, profile: bytes | None = None) -> None:
    """Write a picture as PNG, JPEG (quality 95, full colour resolution) or WebP.

    Args:
        path: the suffix says which.
        pixels: (H, W, 3) uint8.
        profile: the colour profile that the pixels are meant in. Nothing else of the photo's file
            is kept: no place, no time, no camera.

    Raises:
        PhotoError: another suffix, or a place where nothing can be written.
    """
    file = Path(path).expanduser()
    if file.suffix.lower() not in _OUT:
        raise PhotoError(f"{str(path)!r} must end in one of {sorted(_OUT)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(pixels).save(file, icc_profile=profile, **_OUT[file.suffix.lower()])
    except OSError as error:
        raise PhotoError(f"{str(path)!r} cannot be written: {error}") from error
