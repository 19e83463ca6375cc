"""The default grounder: proposals that say where something might be, and nothing else.

``docs/perception.md`` describes the noise model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock

import numpy as np
from cachetools import LRUCache

from editenv.grounders.base import Slots, into_slots
from editenv.grounders.distractors import (
    LEAST_AREA,
    joint_box,
    pair_of,
    part_of,
    piece_of_background,
)
from editenv.grounders.draws import Draws
from editenv.grounders.patches import Patch, nudged, patch_of, shaken, to_region
from editenv.grounders.segments import find_objects
from editenv.types import BACKGROUND, EditTask, Image, Mask, Region

SHIFT = 0.003
"""Outlines move by up to this share of their box."""

GROWTH = 0.003
"""Outlines grow or shrink by up to this share of the side of a square of half the box's area."""

SPARE = 1
"""Slots that distractors leave free where there are several: the tool ``add`` needs one."""

PARTS, PAIRS = 0.4, 0.2
"""Shares of the distractors that are parts and pairs; the others are pieces of background."""

_NEAR = 0.35
"""Two objects make a pair where their joint box is at most this much of the picture larger."""

_REMEMBERED_BYTES = 2**25
_SEARCHED = 16
"""Objects that are looked for in pixels, before slots are counted."""


Thing = tuple[int, Patch]
"""A region of the scene that is no background: its number and its mask."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """A region, and what it is made of. Only training looks at more than the region.

    Attributes:
        region: without a name.
        kind: ``"object"``, ``"background"``, ``"part"``, ``"pair"`` or ``"piece"``.
        of: which regions of the scene it is, or is made of.
    """

    region: Region
    kind: str
    of: tuple[int, ...] = ()


class ProposalGrounder:
    """Class-agnostic proposals with distractors among them, without names, in random slots.

    Where the task brings the masks of all that is in its scene (``task.regions``), they go through
    a noise model: every object's outline is moved and grown or shrunk a little (its
    overlap with the true one stays at least ``KEPT_OVERLAP``); the background is what the shaken
    objects leave over; and at least one, at most all but ``SPARE`` of the free slots hold
    distractors, which are parts of objects, pairs, and pieces of background with borrowed outlines.
    Objects come first where slots run out (the largest), then the background, then distractors.

    Elsewhere they come from the pixels of ``task.source`` alone: see ``find_objects``; the
    background is what these leave over. The ground truth of the edits is never looked at.
    """

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Deal proposals into random slots; see ``Grounder.propose``."""
        height, width = task.source.shape[:2]
        if task.regions:
            regions = [p.region for p in noisy_proposals(task.regions, rng, slots - 1)]
        else:
            regions = _from_pixels(task.source, slots - 1)
        return into_slots(regions, height, width, rng, slots)


def noisy_proposals(
    regions: tuple[Region, ...], rng: np.random.Generator, room: int
) -> list[Proposal]:
    """Run the noise model over a scene's true masks.

    Args:
        regions: at least one; of one labelled "background" only the size is used.
        rng: source of all randomness.
        room: how many proposals at most.

    Returns:
        Objects, the background, distractors; in this order.
    """
    draws = Draws(rng)
    height, width = regions[0].mask.shape
    things = [(i, patch_of(r)) for i, r in enumerate(regions) if r.label != BACKGROUND]
    found: list[Proposal] = []
    taken = np.zeros((height, width), np.uint8)
    for index, patch in _largest(things, room):
        mask = shaken(patch.mask, *_noise(patch.mask, draws))
        region = to_region(mask, patch.left, patch.top, height, width)
        if region is not None:
            left, top, right, bottom = patch.box
            view = taken[top:bottom, left:right]
            np.maximum(view, mask, out=view)
            found.append(Proposal(region, "object", (index,)))
    rest = _backdrop(taken)
    if rest is not None and len(found) < room:
        found.append(Proposal(rest, "background"))
    free = room - len(found)
    if free > 0:
        found += _distractors(things, taken, draws, 1 + draws.below(max(1, free - SPARE)))
    return found


def _largest(things: list[Thing], room: int) -> list[Thing]:
    if len(things) <= room:
        return things
    return sorted(things, key=lambda thing: -thing[1].area)[: max(0, room)]


def _noise(mask: Mask, draws: Draws) -> tuple[float, float, float]:
    """Return by how many pixels an (h, w) mask moves right and down, and grows."""
    rows, columns = mask.shape
    right, down = draws(-SHIFT, SHIFT) * columns, draws(-SHIFT, SHIFT) * rows
    # Things fill about half of their box.
    return right, down, draws(-GROWTH, GROWTH) * (rows * columns / 2) ** 0.5


def _backdrop(taken: Mask) -> Region | None:
    """Return what the proposals of objects leave over, or None when that is nothing."""
    region = Region.from_mask("", 255 - taken)
    return None if region.box == (0, 0, 0, 0) else replace(region, backdrop=True)


def _distractors(things: list[Thing], taken: Mask, draws: Draws, count: int) -> list[Proposal]:
    large = [thing for thing in things if thing[1].area >= LEAST_AREA]
    boxes = [patch.box for _, patch in things]
    outlines = [patch.mask for _, patch in large]
    pairs = _pairs(large, *taken.shape)
    found: list[Proposal] = []
    for _ in range(count):
        kind = _kind(draws, bool(large), bool(pairs))
        placed, of = None, ()
        if kind == "piece":
            placed = piece_of_background(taken, boxes, outlines, draws)
        elif kind == "pair":
            one, other = pairs.pop(draws.below(len(pairs)))
            placed, of = pair_of(one[1], other[1]), (one[0], other[0])
        if placed is None and large:
            # Also where there is no room for a piece: one distractor at least is promised.
            # The larger of two, so that a part is about as large as other objects.
            two = (large[draws.below(len(large))] for _ in range(2))
            index, whole = max(two, key=lambda thing: thing[1].area)
            placed, kind, of = part_of(whole, outlines, draws), "part", (index,)
        region = None
        if placed is not None:
            mask, left, top = placed
            # A borrowed outline was moved when it was turned, and a second time would soften it.
            right, down, growth = _noise(mask, draws)
            moves = (0.0, 0.0) if kind == "piece" else (right, down)
            region = to_region(nudged(mask, *moves, growth), left, top, *taken.shape)
        if region is not None:
            found.append(Proposal(region, kind, of))
    return found


def _kind(draws: Draws, parts: bool, pairs: bool) -> str:
    chance = draws()
    if parts and chance < PARTS:
        return "part"
    return "pair" if pairs and chance < PARTS + PAIRS else "piece"


def _pairs(things: list[Thing], height: int, width: int) -> list[tuple[Thing, Thing]]:
    """Return the pairs of neighbours."""
    found: list[tuple[Thing, Thing]] = []
    for number, one in enumerate(things):
        for other in things[number + 1 :]:
            left, top, right, bottom = joint_box(one[1].box, other[1].box)
            sides = np.add(one[1].mask.shape, other[1].mask.shape)
            gap = max((bottom - top - sides[0]) / height, (right - left - sides[1]) / width)
            if gap <= _NEAR:
                found.append((one, other))
    return found


def _from_pixels(image: Image, room: int) -> list[Region]:
    """Return the largest finds in the pixels and what they leave over, at most ``room``."""
    if room < 1:
        return []
    masks = _found(image)[: room - 1]
    taken = np.zeros(image.shape[:2], np.uint8)
    for mask in masks:
        np.maximum(taken, mask, out=taken)
    rest = _backdrop(taken)
    regions = [Region.from_mask("", mask) for mask in masks]
    return regions if rest is None else [*regions, rest]


_finds: LRUCache[bytes, tuple[Mask, ...]] = LRUCache(
    _REMEMBERED_BYTES, getsizeof=lambda masks: sum(mask.nbytes for mask in masks) + 1024
)
_lock = Lock()


def _found(image: Image) -> tuple[Mask, ...]:
    """Return the masks that the pixels show, read-only; remembered, for episodes start anew."""
    key = (
        blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
        + str(image.shape).encode()
    )
    with _lock:
        masks = _finds.get(key)
    if masks is None:
        masks = tuple(mask for mask, _ in find_objects(image, _SEARCHED))
        for mask in masks:
            mask.flags.writeable = False
        with _lock:
            _finds[key] = masks
    return masks
