"""What makes two edits the same: canvas, region, tool, version, seed and option."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from editenv.tools.base import Prompt, Tool
from editenv.tools.cache.edits import DIGEST_SIZE
from editenv.tools.priced import Priced
from editenv.types import Image, Mask

_FORMAT = "editenv edit 1"
"""Part of every key: a new format of keys or values finds none of the old ones."""


def edit_keys(
    tool: Tool,
    images: Sequence[Image],
    masks: Sequence[Mask],
    options: Sequence[int],
    prompts: Sequence[Prompt] = (),
) -> list[bytes]:
    """Digest each edit of a batch.

    Args:
        tool: its class, ``name`` and, where it has them, ``version`` and ``seed`` count.
        images: N pictures, (H, W, 3) uint8.
        masks: N masks, (H, W) uint8.
        options: N option indices; number and name count.
        prompts: N prompts, where the tool takes words; text and seed count.

    Returns:
        N digests of 32 bytes. Two that are equal belong to the same edit.
    """
    start = blake2b(digest_size=DIGEST_SIZE)
    maker = tool
    while isinstance(maker, Priced):
        maker = maker.tool
    kind = f"{type(maker).__module__}.{type(maker).__qualname__}"
    version, seed = str(getattr(tool, "version", "0")), repr(getattr(tool, "seed", None))
    for text in (_FORMAT, kind, tool.name, version, seed):
        _add(start, text.encode())
    keys: list[bytes] = []
    words = [f"{prompt.seed} {prompt.text}" for prompt in prompts] or [None] * len(images)
    for image, mask, option, text in zip(images, masks, options, words, strict=True):
        digest = start.copy()
        if text is not None:
            _add(digest, text.encode())
        _add(digest, f"{int(option)} {tool.options[option]}".encode())
        for array in (image, mask):
            _add(digest, f"{array.dtype.str} {array.shape}".encode())
            _add(digest, np.ascontiguousarray(array).data)
        keys.append(digest.digest())
    return keys


def _add(digest: blake2b, field: bytes | memoryview) -> None:
    """Add a field with its length before it, so that no two lists of fields look alike."""
    digest.update(memoryview(field).nbytes.to_bytes(8, "little"))
    digest.update(field)
