"""The one place where files of pictures are opened, whoever made them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from PIL import Image as Pillow

# Pillow's own readers, but no others: of those that ``PIL.Image.open`` tries, one starts
# Ghostscript, several are hardly ever used, and all are open to whoever wrote the file.
_READERS: dict[str, Callable[[Any], Pillow.Image]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.jpeg_factory,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "PPM": PpmImagePlugin.PpmImageFile,
}
FORMATS: tuple[str, ...] = tuple(_READERS)
"""Formats of pictures that are opened at all."""

_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
    **{b"P%d" % number: "PPM" for number in range(1, 7)},
}


class PictureRefused(Exception):
    """A picture is not opened; the message says why, without naming it."""


def open_picture(
    file: Path | bytes, max_pixels: int, formats: Sequence[str] = FORMATS
) -> Pillow.Image:
    """Read a picture's header; nothing is decoded before its size is known to be bearable.

    Args:
        file: the picture's file, or what is in it. Its first bytes say what it is, not its name.
        max_pixels: a picture with more is refused.
        formats: which of ``FORMATS`` are accepted.

    Raises:
        PictureRefused: of another format, damaged so that not even the header can be read, or too
            large.
    """
    try:
        kind = _format_of(file)
    except OSError as error:
        raise PictureRefused(f"no readable image: {error.strerror}") from error
    if kind not in formats:
        raise PictureRefused(f"no readable image: accepted are {', '.join(formats)}")
    try:
        opened = _READERS[kind](BytesIO(file) if isinstance(file, bytes) else file)
    # Readers meet broken files with errors of many classes.
    except Exception as error:
        raise PictureRefused(f"no readable image: a broken {kind}") from error
    wide, tall = opened.size
    if wide * tall > max_pixels:
        opened.close()
        raise PictureRefused(
            f"too large: {wide} x {tall} pixels, more than the limit of {max_pixels}"
        )
    return opened


def _format_of(file: Path | bytes) -> str:
    if isinstance(file, bytes):
        head = file[:16]
    else:
        with file.open("rb") as stream:
            head = stream.read(16)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for start, kind in _BEGINNINGS.items() if head.startswith(start)), "")
