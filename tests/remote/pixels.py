"""What the test server does to pictures, and files that are hard on a client."""

import hashlib
import io
import struct
import zlib
from functools import cache

import numpy as np
from PIL import Image


def edit(image, mask, prompt, seed=0):
    """What the server does to a picture: the region's bits are flipped as prompt and seed say.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W), not 0 where it edits; None is everywhere.
        prompt: text.
        seed: integer.
    """
    colour = np.frombuffer(hashlib.sha256(f"{prompt} {seed}".encode()).digest()[:3], np.uint8) | 1
    flipped = image ^ colour
    return flipped if mask is None else np.where(mask[..., None] != 0, flipped, image)


def parse_multipart(content_type, body):
    """Return the parts of a multipart body by name, as bytes."""
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    fields = {}
    for part in body.split(boundary)[1:-1]:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        fields[name] = data.removesuffix(b"\r\n")
    return fields


@cache
def huge_png(side=10_000):
    """Return a PNG of ``side`` x ``side`` black pixels, 100 megapixels in some 100 KB."""
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def decode(data):
    return np.asarray(Image.open(io.BytesIO(data)))
