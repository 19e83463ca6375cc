"""Memory for the many arrays of a large picture's strips."""

from __future__ import annotations

import numpy as np

LARGEST = 31 << 20
"""Bytes; glibc follows no allocation above 32 MiB."""


def keep_freed_memory() -> None:
    """Let the process keep the memory of arrays that it frees, up to 31 MiB each.

    glibc gives large arrays back to the system at once, until it has seen one as large freed. To
    get the pages of every strip again takes longer than to compute on them. Elsewhere this does
    nothing.
    """
    np.empty(LARGEST, np.uint8)
