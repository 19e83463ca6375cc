"""Pictures of rollouts, for people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from editenv.types import Image

GAP = 4
"""White pixels between pictures."""


def save_strip(pictures: Sequence[Image], path: Path) -> None:
    """Save pictures of one height side by side as a PNG.

    Args:
        pictures: (H, W, 3) uint8 each, at least one.
        path: the file; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    height = pictures[0].shape[0]
    gap = np.full((height, GAP, 3), 255, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    Pillow.fromarray(np.concatenate(parts[:-1], axis=1)).save(path)
