"""A classical detector for pictures that nobody has annotated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from editenv.grounders.base import Slots, into_slots
from editenv.grounders.segments import find_objects
from editenv.imaging.colour import dominant_colour
from editenv.types import BACKGROUND, EditTask, Image, Mask, Region

_ROWS = ("top", "middle", "bottom")
_COLUMNS = ("left", "middle", "right")


class PixelGrounder:
    """Proposes object-like regions from the pixels of ``task.source`` alone.

    Superpixels, how far each is in colour from the picture's border (geodesic saliency), connected
    components, and a ranking by closed outlines: see `find_objects`. At most ``slots - 2`` objects
    are labelled by colour and place ("red thing on the left"); what is left over is one more region
    labelled "background". It does not know what anything is called. Deterministic up to the
    slots, which ``rng`` deals.
    """

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Deal what the pixels show into random slots; see `Grounder.propose`."""
        height, width = task.source.shape[:2]
        found = find_objects(task.source, max(0, slots - 2))
        regions = _labelled(task.source, found)
        if slots > 1:
            background = np.full((height, width), 255, np.uint8)
            for mask, _ in found:
                background = np.minimum(background, 255 - mask)
            regions.append(Region.from_mask(BACKGROUND, background))
        return into_slots(regions, height, width, rng, slots)


def _labelled(image: Image, found: list[tuple[Mask, float]]) -> list[Region]:
    """Name each mask by colour and place; of equal names the larger is "large", others "small"."""
    names: list[str] = []
    for mask, _ in found:
        names.append(f"{dominant_colour(image, mask)} thing {_place(mask)}")
    areas = [int(np.count_nonzero(mask > 127)) for mask, _ in found]
    regions: list[Region] = []
    for index, (mask, score) in enumerate(found):
        rivals = [areas[i] for i, name in enumerate(names) if name == names[index]]
        size = "" if len(rivals) == 1 else "large " if areas[index] == max(rivals) else "small "
        regions.append(Region.from_mask(size + names[index], mask, score))
    return regions


def _place(mask: Mask) -> str:
    """Say in which of nine fields of the picture the mask's centre lies."""
    inside = mask > 127
    row = _ROWS[int(3 * _mean(np.count_nonzero(inside, axis=1)) / mask.shape[0])]
    column = _COLUMNS[int(3 * _mean(np.count_nonzero(inside, axis=0)) / mask.shape[1])]
    if row == "middle":
        return "in the middle" if column == "middle" else f"on the {column}"
    return f"at the {row}" if column == "middle" else f"at the {row} {column}"


def _mean(counts: NDArray[np.intp]) -> float:
    """Return the mean place of what was counted at each."""
    return float(counts @ np.arange(len(counts)) / counts.sum())
