"""Pictures that others made: found safely, decoded defensively, made (H, W) uint8."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps

from editenv.imaging.opening import PictureRefused, open_picture
from editenv.types import Image, Mask

Encoded = Path | bytes
"""A picture's file, or what is in it."""

_ORIENTATION = 0x0112
_ON_ITS_SIDE = (5, 6, 7, 8)
"""The EXIF tag, and its values that swap width and height."""

_ROWS = 256
"""Rows of a picture that are copied at once."""

_WHITE = 250
"""From this value of every channel on, a pixel counts as white, also after JPEG compression."""


class ImageRefused(Exception):
    """A picture cannot be used; the message says why, without naming the line or row."""


def locate(folder: Path, name: str) -> Path:
    """Return the file that ``name`` stands for, which must lie in the folder.

    Args:
        folder: the folder, already resolved.
        name: relative path.

    Raises:
        ImageRefused: the path is absolute, leads out of the folder (also by a link), or there is
            no such file.
    """
    if Path(name).is_absolute():
        raise ImageRefused(f"{name!r} is an absolute path; paths are relative to the folder")
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder)
        exists = inside and path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise ImageRefused(f"{name!r} is no usable path: {error}") from error
    if not inside:
        raise ImageRefused(f"{name!r} leads out of the folder")
    if not exists:
        raise ImageRefused(f"image {name!r} does not exist")
    return path


def check_header(file: Encoded, max_pixels: int) -> None:
    """Read the header alone and refuse what is no picture or has too many pixels."""
    with _refused(file), open_picture(file, max_pixels):
        pass


def read_size(file: Encoded, max_pixels: int) -> tuple[int, int]:
    """Return (height, width) of the picture as it is shown, turned as its EXIF data say.

    Raises:
        ImageRefused: no picture, or more than ``max_pixels``.
    """
    with _refused(file), open_picture(file, max_pixels) as picture:
        wide, high = picture.size
        try:
            orientation = picture.getexif().get(_ORIENTATION, 1)
        except Exception:  # What an EXIF block of rubbish raises is anybody's guess.
            orientation = 1
    return (wide, high) if orientation in _ON_ITS_SIDE else (high, wide)


def read_image(file: Encoded, height: int, width: int, max_pixels: int) -> Image:
    """Return the picture as (height, width, 3) uint8, turned as its EXIF data say.

    Transparency lies over white, 16-bit and float greys are scaled to 8 bits.

    Raises:
        ImageRefused: no picture, damaged, or more than ``max_pixels``.
    """
    with _refused(file):
        picture = _decoded(file, height, width, max_pixels)
        if picture.has_transparency_data:
            picture = _over(picture, "white")
        picture = picture if picture.mode == "RGB" else picture.convert("RGB")
        return _pixels(_resized(picture, height, width))


def read_mask(
    file: Encoded, height: int, width: int, max_pixels: int, *, only_white: bool = False
) -> Mask:
    """Return the mask as (height, width) uint8; white is inside, transparent is outside.

    Args:
        file: the mask.
        height: of the result.
        width: of the result.
        max_pixels: larger masks are refused.
        only_white: grey and colours are outside too, as in a photo whose region is painted white.

    Raises:
        ImageRefused: no picture, damaged, or more than ``max_pixels``.
    """
    with _refused(file):
        picture = _decoded(file, height, width, max_pixels)
        if picture.has_transparency_data:
            picture = _over(picture, "black")
        if only_white:
            white = np.asarray(picture.convert("RGB")).min(axis=2) >= _WHITE
            picture = Pillow.fromarray(white.astype(np.uint8) * 255)
        return np.asarray(_resized(picture.convert("L"), height, width), np.uint8).copy()


@contextmanager
def _refused(file: Encoded) -> Generator[None]:
    """Turn whatever goes wrong with a picture into an ``ImageRefused`` that names it."""
    name = "the picture" if isinstance(file, bytes) else repr(file.name)
    try:
        yield
    except PictureRefused as error:
        raise ImageRefused(f"{name} is {error}") from error
    # Pillow's decoders raise whatever they meet: OSError, SyntaxError, struct.error, ...
    except Exception as error:
        raise ImageRefused(f"{name} is damaged: {error}") from error


def _decoded(file: Encoded, height: int, width: int, max_pixels: int) -> Pillow.Image:
    """Decode the first frame, upright, with 8 bits a channel."""
    with open_picture(file, max_pixels) as picture:
        # A JPEG is decoded at a lower resolution where that is still twice what is wanted.
        side = 2 * max(height, width)
        picture.draft(None, (side, side))
        picture.load()
        ImageOps.exif_transpose(picture, in_place=True)
        return _eight_bits(picture)


def _pixels(picture: Pillow.Image) -> Image:
    """Return (H, W, 3) uint8 of an RGB picture.

    Pillow gives its pixels away as copies of copies: a large picture's fit the memory better one
    part after the other.
    """
    wide, high = picture.size
    pixels = np.empty((high, wide, 3), np.uint8)
    for top in range(0, high, _ROWS):
        bottom = min(top + _ROWS, high)
        pixels[top:bottom] = np.asarray(picture.crop((0, top, wide, bottom)))
    return pixels


def _eight_bits(picture: Pillow.Image) -> Pillow.Image:
    """Scale 16-bit and 32-bit greys to 8 bits; leave everything else as it is."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.nan_to_num(np.asarray(picture).astype(np.float64))
    if picture.mode == "F":
        scale = 255.0 if values.max(initial=0) <= 1 else 1.0
    else:
        scale = 255 / 65535 if picture.mode != "I" or values.max(initial=0) > 255 else 1.0
    return Pillow.fromarray(np.clip(np.rint(values * scale), 0, 255).astype(np.uint8))


def _over(picture: Pillow.Image, colour: str) -> Pillow.Image:
    """Lay a picture with transparency over one colour."""
    picture = picture.convert("RGBA")
    return Pillow.alpha_composite(Pillow.new("RGBA", picture.size, colour), picture)


def _resized(picture: Pillow.Image, height: int, width: int) -> Pillow.Image:
    """Resize, stretching where the shape differs."""
    if picture.size == (width, height):
        return picture
    return picture.resize((width, height), Pillow.Resampling.LANCZOS, reducing_gap=3.0)
