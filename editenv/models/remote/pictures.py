"""Pictures on their way to a server and back; what comes back is not trusted."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from PIL import Image as PillowImage

from editenv.imaging.opening import PictureRefused, open_picture
from editenv.models.remote.reply import ProblemError
from editenv.types import Image, Mask


def png(image: Image | Mask, alpha: Mask | None = None) -> bytes:
    """Write (H, W, 3) or (H, W) uint8 as PNG, with alpha where that is given, (H, W) uint8."""
    if alpha is not None:
        image = np.dstack([image, alpha])
    stream = BytesIO()
    PillowImage.fromarray(np.ascontiguousarray(image)).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def base64_png(image: Image | Mask) -> str:
    """Write a picture as PNG in base64."""
    return base64.b64encode(png(image)).decode()


def data_url(image: Image) -> str:
    """Write a picture as a ``data:`` URL (RFC 2397) of a PNG."""
    return f"data:image/png;base64,{base64_png(image)}"


def bytes_of_base64(text: object) -> bytes:
    """Decode base64, with or without the head of a ``data:`` URL.

    Raises:
        ProblemError: it is no base64.
    """
    if not isinstance(text, str):
        raise ProblemError("bad_response", "the picture is not a text in base64")
    head, _, rest = text.partition(",")
    if text.startswith("data:") and not head.endswith(";base64"):
        raise ProblemError("bad_response", "the data URL is not in base64")
    try:
        return base64.b64decode(rest if text.startswith("data:") else text, validate=True)
    except ValueError:
        raise ProblemError("bad_response", "the picture is not in base64") from None


def picture(data: bytes, pixels: int) -> PillowImage.Image:
    """Decode a PNG or JPEG; one with more pixels is refused by its header, before it is decoded.

    Raises:
        ProblemError: it is none of these, broken or too large.
    """
    try:
        opened = open_picture(data, pixels, ("PNG", "JPEG"))
        opened.load()
        return opened
    except PictureRefused as error:
        raise ProblemError("bad_response", f"what came back is {error}") from None
    except Exception as error:
        raise _broken(error) from None


def rgb(opened: PillowImage.Image, under: Image) -> Image:
    """Return a picture as (H, W, 3) uint8.

    Where it is transparent, ``under`` shows, (h, w, 3) uint8, which it was made from; that counts
    only where their sizes agree.

    Raises:
        ProblemError: its colours cannot be read.
    """
    try:
        if opened.has_transparency_data and opened.size == (under.shape[1], under.shape[0]):
            ground = PillowImage.fromarray(under).convert("RGBA")
            opened = PillowImage.alpha_composite(ground, opened.convert("RGBA"))
        return np.array(opened.convert("RGB"))
    except Exception as error:
        raise _broken(error) from None


def _broken(error: Exception) -> ProblemError:
    """Decoders meet broken files with errors of many classes, some only when colours are read."""
    return ProblemError("bad_response", f"a broken picture: {type(error).__name__}")
