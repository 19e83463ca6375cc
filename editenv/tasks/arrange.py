"""Putting objects into a photograph where they could plausibly be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np

from editenv.imaging import geometry
from editenv.imaging.light import light_of
from editenv.material import Sprite
from editenv.material.sized import background_at
from editenv.tasks.scene import Scene, SceneObject
from editenv.tasks.stage import ALONE, ROOMY, USUAL, Cast, Framing, Stage, cast_of
from editenv.types import Box

MOST_OVERLAP = 0.10
"""Largest share of the smaller box that two objects may have in common."""

LEAST_TRAVEL = 0.14
"""A move counts from this share of the side; less than that a person would not ask for."""

NEED_ROOM = frozenset({"add", "move", "replace", "scale"})
"""Actions that need free ground around their subject."""


def _neighbour(box: Box, height: int, width: int) -> list[Box]:
    return [geometry.beside_box(box, NEIGHBOUR_ASPECT, height, width)]


def _aside(box: Box, height: int, width: int) -> list[Box]:
    ends = [geometry.moved_box(box, option, height, width) for option in ("left", "right")]
    return [end for end in ends if abs(end[0] - box[0]) >= LEAST_TRAVEL * width]


NEIGHBOUR_ASPECT = 1.3
"""Width over height of what may be put beside a thing: most are not wider."""

KEPT_FREE: dict[str, Callable[[Box, int, int], list[Box]]] = {"add": _neighbour, "move": _aside}
"""By action: ground that stays free beside an object, one place of several."""

PAINTS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "white", "black")

_COATS = ("white", "black", "brown", "grey")

_RIPE = ("red", "orange", "yellow", "green", "purple")

TWIN_COLOURS = {
    "animals": _COATS,
    "birds": _COATS,
    "fruit": _RIPE,
    "vegetables": _RIPE,
    "plants": _RIPE,
}
"""By category: colours that a second one of a kind may have; the others are painted."""

TWIN_SIZES = (0.6, 1.0)
"""Sizes of a second one of a kind: clearly smaller, or as large but different in colour."""


def arrange(
    rng: np.random.Generator,
    split: str,
    height: int,
    width: int,
    *,
    count: int,
    twin: int = 0,
    material: str = "photo",
    actions: Sequence[str] = (),
) -> Scene:
    """Build a scene of ``count`` objects with different names.

    Args:
        rng: source of all randomness.
        split: whose photographs and objects to use.
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        count: how many objects; fewer stand in the scene when no room is left.
        twin: how many more of its kind the first object has, of other size, colour or pose.
        material: ``"photo"``, ``"emoji"`` or ``"folder:PATH"``.
        actions: what will be asked for. Other surroundings are no tabletop's, where they would
            make giants of things; what is to be moved, or to get a neighbour, has room.
    """
    cast = cast_of(material, split)
    stage = cast.draw_stage(rng, outdoors="background" in actions)
    photo = background_at(stage.background, width, height)
    if stage.mirrored:
        photo = cv2.flip(photo, 1)
    framing = ALONE if count == 1 else USUAL if NEED_ROOM.isdisjoint(actions) else ROOMY
    placing = _Placing(rng, stage, height, width, light=light_of(photo), framing=framing)
    sprites = _draw_sprites(rng, cast, stage)
    kept_free = [KEPT_FREE[action] for action in actions if action in KEPT_FREE]
    while len(placing.placed) < count and (sprite := next(sprites, None)) is not None:
        if placing.place(sprite) and kept_free:
            placing.keep_free(kept_free.pop())
        if len(placing.placed) == 1:
            for _ in range(twin):
                _place_twin(placing, cast)
    return Scene(photo, tuple(sorted(placing.placed, key=lambda o: o.box[3])), stage=stage)


def _draw_sprites(rng: np.random.Generator, cast: Cast, stage: Stage) -> Iterator[Sprite]:
    """Yield pictures of different things that belong here, in random order."""
    things = cast.things[stage.setting]
    names = list(things)
    for number in rng.permutation(len(names)):
        pictures = things[names[number]]
        yield pictures[int(rng.integers(len(pictures)))]


def _place_twin(placing: _Placing, cast: Cast) -> None:
    """Put a second one beside the first: smaller, in another colour, or another picture."""
    rng, first = placing.rng, placing.placed[0]
    pictures = cast.things[placing.stage.setting][first.label]
    others = [sprite for sprite in pictures if sprite is not first.sprite]
    kind = int(rng.integers(3 if first.sprite.faces else 2))
    if kind == 0:
        known = TWIN_COLOURS.get(first.sprite.category, PAINTS)
        colours = [c for c in known if c not in (first.colour, first.look.colour_name)]
        edits = (("recolour", colours[int(rng.integers(len(colours)))]),)
        placing.place(first.sprite, edits=edits)
    elif kind == 1:
        placing.place(first.sprite, size=TWIN_SIZES[0])
    else:
        sprite = others[int(rng.integers(len(others)))] if others else first.sprite
        placing.place(sprite, mirrored=not first.mirrored)


class _Placing:
    """Objects that stand already, and room for further ones."""

    def __init__(
        self,
        rng: np.random.Generator,
        stage: Stage,
        height: int,
        width: int,
        *,
        light: tuple[float, float, float],
        framing: Framing,
    ) -> None:
        self.rng = rng
        self.stage = stage
        self.height = height
        self.width = width
        self.light = light
        self.framing = framing
        self.placed: list[SceneObject] = []
        self.taken: list[Box] = []

    def place(
        self,
        sprite: Sprite,
        *,
        size: float = 1.0,
        mirrored: bool | None = None,
        edits: tuple[tuple[str, str], ...] = (),
    ) -> bool:
        """Add the object where there is room; return whether there was."""
        rows = self.stage.rows(sprite, size, self.framing)
        if rows is None:
            return False
        row = _between(self.rng, *rows)
        tall = max(round(self.stage.tall(sprite.height * size, row) * self.height), 4)
        wide = max(round(tall * sprite.rgba.shape[1] / sprite.rgba.shape[0]), 4)
        bottom = min(max(round(row * self.height), tall), self.height)
        left = self._free_column(wide, bottom - tall, bottom)
        if left is None:
            return False
        if mirrored is None:
            mirrored = bool(self.rng.random() < 0.5)
        box = (left, bottom - tall, left + wide, bottom)
        key = len(self.placed)
        item = SceneObject(
            key, sprite, box, mirrored and sprite.mirror, edits=edits, light=self.light
        )
        self.placed.append(item)
        self.taken.append(box)
        return True

    def keep_free(self, place: Callable[[Box, int, int], list[Box]]) -> None:
        """Leave ground free for what will happen to the last object, where there is any."""
        *others, last = self.placed
        ways = place(last.box, self.height, self.width)
        free = [box for box in ways if has_room(box, others, 0.0)]
        if free:
            self.taken.append(free[int(self.rng.integers(len(free)))])

    def _free_column(self, wide: int, top: int, bottom: int) -> int | None:
        """Draw the left column of a box among all places where it hides nothing."""
        first, last = (share * self.width - wide / 2 for share in self.stage.free)
        gaps = [(max(first, 0.0), min(last, float(self.width - wide)))]
        for left, upper, right, lower in self.taken:
            if upper < bottom and top < lower:
                gaps = list(_without(gaps, left - wide, right))
        gaps = [(start, stop) for start, stop in gaps if stop - start >= 0.0]
        if not gaps:
            return None
        place = self.rng.random() * sum(stop - start for start, stop in gaps)
        for start, stop in gaps:
            if place <= stop - start:
                return int(start + place)
            place -= stop - start
        return int(gaps[-1][1])


def _without(
    gaps: Sequence[tuple[float, float]], start: float, stop: float
) -> Iterator[tuple[float, float]]:
    """Yield what is left of some intervals without another one."""
    for first, last in gaps:
        if start > first:
            yield first, min(last, start)
        if stop < last:
            yield max(first, stop), last


def _between(rng: np.random.Generator, low: float, high: float) -> float:
    """The number that ``rng.uniform`` gives, without the time for its checks."""
    return low + (high - low) * rng.random()


def shared_area(first: Box, second: Box) -> float:
    """Intersection of two boxes as a share of the smaller one, 0 to 1."""
    left, top, right, bottom = first
    other_left, other_top, other_right, other_bottom = second
    wide = min(right, other_right) - max(left, other_left)
    if wide <= 0:
        return 0.0
    tall = min(bottom, other_bottom) - max(top, other_top)
    if tall <= 0:
        return 0.0
    area = (right - left) * (bottom - top)
    other_area = (other_right - other_left) * (other_bottom - other_top)
    return wide * tall / max(min(area, other_area), 1)


def has_room(box: Box, others: Sequence[SceneObject], most: float = MOST_OVERLAP) -> bool:
    """Whether a box overlaps none of the objects by more than ``most``."""
    return all(shared_area(box, o.box) <= most for o in others)
