"""An edit as the cache keeps it, in memory and as bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from editenv.tools.base import Edited
from editenv.types import Image, Mask

DIGEST_SIZE = 32
"""Bytes of every digest: keys and checksums."""

_HEAD = struct.Struct("<II?")
"""Height, width, and whether a mask follows the picture."""


@dataclass(frozen=True, eq=False)
class CachedEdit:
    """An ``Edited`` that has forgotten which mask the tool was given.

    The engine tells a region that stayed in place by the *identity* of the mask, which no store
    can keep, so an unmoved mask is kept as None and put back by ``onto``.

    Attributes:
        image: (H, W, 3) uint8, read-only when ``storable``.
        mask: (H, W) uint8, read-only when ``storable``; None for the input mask itself.
        warp: as in ``Edited``. It is code, so an edit that has one is never stored.
    """

    image: Image
    mask: Mask | None
    warp: Callable[[Mask], Mask] | None = None

    @classmethod
    def of(cls, edited: Edited, given: Mask) -> CachedEdit:
        """Take what a tool returned for the mask ``given``; arrays are copied when storable."""
        mask = None if edited.mask is given else edited.mask
        if edited.warp is not None or not _is_regular(edited.image, mask):
            return cls(edited.image, mask, edited.warp)
        return cls(_frozen(edited.image), None if mask is None else _frozen(mask))

    @property
    def storable(self) -> bool:
        """Whether this edit is nothing but pixels of the protocol's shapes and dtype."""
        return self.warp is None and _is_regular(self.image, self.mask)

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.image.nbytes + (0 if self.mask is None else self.mask.nbytes)

    def onto(self, given: Mask) -> Edited:
        """Return the edit as the tool would for the (H, W) uint8 mask ``given``."""
        return Edited(self.image, given if self.mask is None else self.mask, self.warp)


def encode(edit: CachedEdit, key: bytes) -> bytes:
    """Write a storable edit as bytes that begin with their checksum.

    Args:
        edit: a storable edit.
        key: of at most 64 bytes; the checksum holds for this key only.
    """
    height, width = edit.image.shape[:2]
    mask = b"" if edit.mask is None else edit.mask.tobytes()
    body = _HEAD.pack(height, width, edit.mask is not None) + edit.image.tobytes() + mask
    return _checksum(body, key) + body


def decode(payload: bytes, key: bytes) -> CachedEdit:
    """Read what ``encode`` wrote; the arrays are read-only views of ``payload``.

    Raises:
        ValueError: not one byte more, less or other than was written under this key.
    """
    body = memoryview(payload)[DIGEST_SIZE:]
    if payload[:DIGEST_SIZE] != _checksum(body, key):
        raise ValueError("the checksum of a stored edit is wrong")
    if len(body) < _HEAD.size:
        raise ValueError("a stored edit is too short")
    height, width, has_mask = _HEAD.unpack_from(body)
    pixels = height * width
    if len(body) != _HEAD.size + pixels * (4 if has_mask else 3):
        raise ValueError("a stored edit has the wrong length")
    arrays = np.frombuffer(body, np.uint8, offset=_HEAD.size)
    image = arrays[: 3 * pixels].reshape(height, width, 3)
    return CachedEdit(image, arrays[3 * pixels :].reshape(height, width) if has_mask else None)


def _checksum(body: bytes | memoryview, key: bytes) -> bytes:
    return blake2b(body, digest_size=DIGEST_SIZE, key=key).digest()


def _is_regular(image: Image, mask: Mask | None) -> bool:
    arrays = [image] if mask is None else [image, mask]
    return (
        all(isinstance(array, np.ndarray) and array.dtype == np.uint8 for array in arrays)
        and image.ndim == 3
        and image.shape[2] == 3
        and (mask is None or mask.shape == image.shape[:2])
    )


def _frozen(array: Image) -> Image:
    """Copy into memory that nobody can write to, the tool that made the array included."""
    return np.frombuffer(array.tobytes(), np.uint8).reshape(array.shape)
