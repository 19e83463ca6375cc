"""Large pictures some rows at a time: what is computed on then stays in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from editenv.types import Image

LARGE = 2_000_000
"""Pixels of a picture from which it is divided."""

STRIP = 100_000
"""Pixels of a strip."""

OVERLAP = 4
"""A strip has so many times as many rows more as are looked at beyond it on one side."""

KEPT = 31 << 20
"""Bytes; glibc follows no allocation above 32 MiB."""


def keep_freed_memory() -> None:
    """Let the process keep the memory of arrays that it frees, up to 31 MiB each.

    glibc gives large arrays back to the system at once, until it has seen one as large freed. To
    get the pages of every strip again takes longer than to compute on them. Elsewhere this does
    nothing.
    """
    np.empty(KEPT, np.uint8)


def strips(width: int, height: int, reach: int = 0) -> Iterator[slice]:
    """Yield the rows of a picture that are to be computed together: all those of a small one.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        reach: how many rows further is looked.
    """
    rows = height
    if width * height >= LARGE:
        keep_freed_memory()
        rows = max(STRIP // width, 1) + OVERLAP * reach
    for top in range(0, height, rows):
        yield slice(top, min(top + rows, height))


def around(rows: slice, reach: int, height: int) -> tuple[slice, slice]:
    """Return the rows with those within reach, and where the rows are among them."""
    outer = slice(max(rows.start - reach, 0), min(rows.stop + reach, height))
    return outer, slice(rows.start - outer.start, rows.stop - outer.start)


def by_strips(edit: Callable[..., Image], reach: int, *pictures: Image) -> Image:
    """Return what an edit makes of pictures, strip by strip.

    Args:
        edit: from the same rows of every picture to these rows of the result.
        reach: how many rows further it looks, at most.
        pictures: (H, W) or (H, W, 3), of one size.
    """
    height, width = pictures[0].shape[:2]
    parts: list[Image] = []
    for rows in strips(width, height, reach):
        outer, inner = around(rows, reach, height)
        parts.append(edit(*(picture[outer] for picture in pictures))[inner])
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
