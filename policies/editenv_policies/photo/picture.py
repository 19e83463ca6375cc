"""Reading photos and writing pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow

from editenv.develop.transfer import Pixels
from editenv.imaging.depth import is_deep, read_deep, write_deep
from editenv.imaging.opening import open_picture
from editenv.tasks.pictures import ImageRefused, read_image, read_size

MAX_PIXELS = 64_000_000
"""Larger photos are refused before they are decoded."""

SMALLEST_SIDE = 16
"""Below this there is nothing that a tool could do."""

_OUT: dict[str, dict[str, Any]] = {
    ".png": {"compress_level": 3},
    ".jpg": {"quality": 95, "subsampling": 0},
    ".webp": {"quality": 95},
    ".tif": {"compression": "tiff_deflate"},
}
_OUT[".jpeg"], _OUT[".tiff"] = _OUT[".jpg"], _OUT[".tif"]

_ORIENTATION, _WIDTH, _HEIGHT = 0x0112, 0xA002, 0xA003
_EXIF_IFD, _THUMBNAIL_IFD = 0x8769, 1

_LAYOUT = {*range(254, 260), 262, 266, 273, 277, 278, 279, 284, 317, *range(320, 326), 338, 339}
"""Tags by which a TIFF says where its pixels lie: of the file that was read."""


class PhotoError(ValueError):
    """A photo cannot be read, or a picture cannot be written."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A photo, ready to be edited.

    Attributes:
        pixels: (H, W, 3) uint8 or uint16, upright, at the working size.
        full_size: (height, width) of the file, upright.
        notes: what was changed on reading, in words.
        profile: the file's colour profile (ICC), which the result keeps; None without one.
        exif: the file's EXIF data, which the result keeps; None without any.
    """

    pixels: Pixels
    full_size: tuple[int, int]
    notes: tuple[str, ...]
    profile: bytes | None = None
    exif: Pillow.Exif | None = None


def load_photo(path: str | Path, longest: int | None = None) -> Photo:
    """Read a photo.

    EXIF orientation is applied, transparency is laid over white, grey and CMYK become RGB, and only
    the first frame of an animation is read. PNG and TIFF keep 16 bits, unless they are rotated.

    Args:
        path: a file of one of the formats of ``editenv.imaging.opening.FORMATS``.
        longest: the longer side is at most this; None keeps the photo's own size.

    Raises:
        PhotoError: no such file, not a picture, damaged, too small, or more than ``MAX_PIXELS``.
    """
    file = Path(path).expanduser()
    if file.is_dir():
        raise PhotoError(f"{str(path)!r} is a folder, not a photo")
    if not file.is_file():
        raise PhotoError(f"there is no file {str(path)!r}")
    try:
        height, width = read_size(file, MAX_PIXELS)
        if min(height, width) < SMALLEST_SIDE:
            raise PhotoError(f"{file.name!r} is {width} x {height}: too small to edit")
        about = _about(file)
        shrink = min(1.0, (longest or max(height, width)) / max(height, width))
        tall, wide = max(round(height * shrink), 1), max(round(width * shrink), 1)
        pixels = _read(file, tall, wide, about)
    except ImageRefused as error:
        raise PhotoError(str(error)) from error
    if shrink < 1.0:
        about.notes.append(f"worked on at {wide} x {tall}; the file has {width} x {height}")
    return Photo(pixels, (height, width), tuple(about.notes), about.profile, about.exif)


@dataclass
class _About:
    notes: list[str]
    profile: bytes | None
    exif: Pillow.Exif | None
    deep: bool


def _about(file: Path) -> _About:
    """Say what of the file the result won't have, and find what it keeps."""
    with open_picture(file, MAX_PIXELS) as picture:
        notes: list[str] = []
        in_colour = picture.mode in ("RGB", "RGBA", "P", "PA")
        profile = picture.info.get("icc_profile") if in_colour else None
        exif = _exif(picture)
        deep = is_deep(picture, file)
        if deep and exif is not None and exif.get(_ORIENTATION, 1) != 1:
            deep = False
            notes.append("16 bits become 8, as the file is turned by its EXIF data")
        elif picture.mode == "F" or (picture.mode.startswith("I") and not deep):
            notes.append("32-bit and float pixels become 8-bit")
        elif picture.mode in ("L", "1", "I;16") or picture.mode.startswith("I;16"):
            notes.append("a grey picture: it has no colours to change")
        elif picture.mode == "CMYK":
            notes.append("CMYK becomes RGB")
        frames = _frames(picture)
        if frames > 1:
            notes.append(f"only the first of {frames} frames is edited")
        if picture.has_transparency_data and _is_transparent(picture):
            notes.append("transparent parts lie over white in the result")
    return _About(notes, profile, exif, deep)


def _read(file: Path, tall: int, wide: int, about: _About) -> Pixels:
    deep = read_deep(file) if about.deep else None
    if about.deep and deep is None:
        about.notes.append("16 bits become 8: this kind of file cannot be read deeper")
    if deep is None:
        return read_image(file, tall, wide, MAX_PIXELS)
    if deep.shape[:2] == (tall, wide):
        return deep
    return cv2.resize(deep, (wide, tall), interpolation=cv2.INTER_AREA)


def _exif(picture: Pillow.Image) -> Pillow.Exif | None:
    try:
        exif = picture.getexif()
    except Exception:  # What an EXIF block of rubbish raises is anybody's guess.
        return None
    return exif if len(exif) else None


def _is_transparent(picture: Pillow.Image) -> bool:
    """Whether a pixel is not opaque: an animated WebP has an alpha channel in any case."""
    try:
        alpha = np.asarray(picture.convert("RGBA").getchannel("A"))
    except Exception:  # Damaged: that is said when the pixels are read.
        return False
    return int(alpha.min()) < 255


def _frames(picture: Pillow.Image) -> int:
    try:
        return getattr(picture, "n_frames", 1)
    except Exception:  # It is counted by reading on, into whatever is damaged.
        return 1


def kind_of(photo: Path, pixels: Pixels) -> str:
    """Return the suffix of the result: the photo's own, if that can be written."""
    suffix = photo.suffix.lower()
    return suffix if suffix in _OUT and pixels.dtype == "uint8" else ".png"


def save_picture(
    path: str | Path,
    pixels: Pixels,
    profile: bytes | None = None,
    exif: Pillow.Exif | None = None,
) -> None:
    """Write a picture as PNG, JPEG (quality 95, full colour resolution), WebP or TIFF.

    Args:
        path: its suffix chooses the format.
        pixels: (H, W, 3) uint8; uint16 for a PNG.
        profile: the colour profile that the pixels are meant in.
        exif: saved with it, except for what no longer holds: orientation, size and
            thumbnail.

    Raises:
        PhotoError: another suffix or depth, or the file cannot be written.
    """
    file = Path(path).expanduser()
    suffix = file.suffix.lower()
    deep = pixels.dtype == "uint16"
    if suffix not in _OUT or (deep and suffix != ".png"):
        kinds = [".png"] if deep else sorted(_OUT)
        raise PhotoError(f"{str(path)!r} must end in one of {kinds}")
    kept = None if exif is None else _as_edited(exif, pixels)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if deep:
            write_deep(file, pixels, profile, kept)
            return
        more = {} if kept is None else {"exif": kept}
        Pillow.fromarray(pixels).save(file, icc_profile=profile, **more, **_OUT[suffix])
    except OSError as error:
        raise PhotoError(f"{str(path)!r} cannot be written: {error}") from error


def _as_edited(exif: Pillow.Exif, pixels: Pixels) -> bytes:
    kept = Pillow.Exif()
    kept.load(exif.tobytes())
    for tag in (_ORIENTATION, *_LAYOUT):
        kept.pop(tag, None)
    kept.get_ifd(_THUMBNAIL_IFD).clear()
    about = kept.get_ifd(_EXIF_IFD)
    for tag, size in ((_WIDTH, pixels.shape[1]), (_HEIGHT, pixels.shape[0])):
        if tag in about:
            about[tag] = size
    return kept.tobytes()
