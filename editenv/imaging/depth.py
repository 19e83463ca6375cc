"""Pictures of 16 bits a channel, which Pillow would read as 8 bits."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

Deep = NDArray[Any]
"""(H, W, 3) uint16, sRGB."""

_HEADER = 33
"""Bytes of a PNG up to the end of its first chunk."""


def is_deep(picture: Pillow.Image, file: Path) -> bool:
    """Whether an opened PNG or TIFF has 16 bits a channel; they are not decoded for it."""
    if picture.format == "PNG":
        with file.open("rb") as stream:
            head = stream.read(25)
        return len(head) == 25 and head[24] == 16
    if picture.format == "TIFF":
        bits = getattr(picture, "tag_v2", {}).get(258, (8,))
        formats = getattr(picture, "tag_v2", {}).get(339, (1,))
        return set(bits) == {16} and set(formats) == {1}
    return False


def read_deep(file: Path) -> Deep | None:
    """Read a 16-bit PNG or TIFF; transparency lies over white.

    Args:
        file: whose header has been checked (``editenv.imaging.opening``).

    Returns:
        None where OpenCV cannot decode it.
    """
    decoded = cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        return None
    if decoded.ndim == 2:
        return np.repeat(decoded[..., None], 3, axis=2)
    if decoded.shape[2] == 4:
        share = decoded[..., 3:].astype(np.float32) / 65535
        over = decoded[..., :3] * share + 65535 * (1.0 - share)
        decoded = np.rint(over).astype(np.uint16)
    return np.ascontiguousarray(decoded[..., 2::-1])


def write_deep(file: Path, pixels: Deep, profile: bytes | None, exif: bytes | None) -> None:
    """Write a PNG of 16 bits a channel.

    Args:
        file: where to.
        pixels: (H, W, 3) uint16.
        profile: the colour profile (ICC), or None.
        exif: as Pillow gives it, or None.

    Raises:
        OSError: it cannot be written.
    """
    done, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))
    if not done:
        raise OSError("the picture cannot be encoded")
    data = encoded.tobytes()
    chunks = b""
    if profile:
        chunks += _chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile))
    if exif:
        chunks += _chunk(b"eXIf", exif.removeprefix(b"Exif\0\0"))
    file.write_bytes(data[:_HEADER] + chunks + data[_HEADER:])


def to_eight(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return 8 bits a channel of a picture of 8 or 16, rounded."""
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
