"""Putting objects into a photograph where they could plausibly be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from editenv.imaging import geometry
from editenv.imaging.calm import CalmPlaces
from editenv.imaging.light import light_of
from editenv.material.records import Sprite
from editenv.material.sized import background_at
from editenv.tasks.scene import Scene, SceneObject
from editenv.tasks.stage import ALONE, ROOMY, USUAL, Cast, Framing, Stage, cast_of
from editenv.tasks.suited import suits
from editenv.tools import DEMANDS
from editenv.types import Box, Image

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

APART = 0.03
"""Between two things that stand side by side so much ground is seen, as a share of the width: from
it one can tell what is behind them."""

PLACES = 3
"""Of so many places a thing gets the one with the calmest ground behind it: nobody has a picture
taken before a lamp post, and what is hidden there, no tool could guess."""

GIVEN_UP = 6
"""After so many things for which there was no room no further one is tried."""

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
    cast: Cast | None = None,
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
        actions: what will be asked for. Each gets a thing that suits it, the first one that of
            which there are several. Other surroundings are no tabletop's, where they would make
            giants of things; what is to be moved, or to get a neighbour, has room.
        cast: what can be shown; None for that of the material in the split.
    """
    cast = cast or cast_of(material, split)
    stage = cast.draw_stage(rng, outdoors="background" in actions)
    photo = background_at(stage.background, width, height)
    if stage.mirrored:
        photo = cv2.flip(photo, 1)
    framing = ALONE if count == 1 else USUAL if NEED_ROOM.isdisjoint(actions) else ROOMY
    placing = _Placing(rng, stage, height, width, photo=photo, framing=framing)
    pending = [action for action in actions if action != "background"]
    sprites = _Sprites(rng, cast.things[stage.setting])
    while len(placing.placed) < count and sprites and placing.failures < GIVEN_UP:
        action = pending[0] if pending else ""
        if not placing.place(sprites.draw(action), action=action):
            continue
        if action:
            pending.pop(0)
        if len(placing.placed) == 1:
            for _ in range(twin):
                _place_twin(placing, cast, action)
    standing = tuple(sorted(placing.placed, key=lambda o: o.box[3]))
    return Scene(photo, standing, stage=stage, subjects=placing.subjects)


class _Sprites:
    """Pictures of different things that belong somewhere, in random order."""

    def __init__(self, rng: np.random.Generator, things: Mapping[str, Sequence[Sprite]]) -> None:
        self._rng = rng
        self._things = things
        names = list(things)
        self._left: list[str] = [names[n] for n in rng.permutation(len(names)).tolist()]

    def __len__(self) -> int:
        return len(self._left)

    def draw(self, action: str) -> Sprite:
        """Take the next thing that an action can be asked of; where there is none, the next one."""
        pictures = map(self._picture, self._left)
        found = next((sprite for sprite in pictures if suits(sprite, action)), None)
        sprite = found or self._picture(self._left[0])
        self._left.remove(sprite.name)
        return sprite

    def _picture(self, name: str) -> Sprite:
        pictures = self._things[name]
        if len(pictures) == 1:
            # As for most things; NumPy would draw no number either.
            return pictures[0]
        return pictures[int(self._rng.integers(len(pictures)))]


def _place_twin(placing: _Placing, cast: Cast, action: str) -> None:
    """Put a second one beside the first: smaller, in another colour, or another picture."""
    rng, first = placing.rng, placing.placed[0]
    pictures = cast.things[placing.stage.setting][first.label]
    others = [sprite for sprite in pictures if sprite is not first.sprite]
    kind = int(rng.integers(3 if first.sprite.faces else 2))
    if kind == 0:
        known = TWIN_COLOURS.get(first.sprite.category, PAINTS)
        colours = [c for c in known if c not in (first.colour, first.look.colour_name)]
        edits = (("recolour", colours[int(rng.integers(len(colours)))]),)
        placing.place(first.sprite, edits=edits, action=action)
    elif kind == 1:
        placing.place(first.sprite, size=TWIN_SIZES[0], action=action)
    else:
        sprite = others[int(rng.integers(len(others)))] if others else first.sprite
        placing.place(sprite, mirrored=not first.mirrored, action=action)


class _Placing:
    """Objects that stand already, and room for further ones."""

    def __init__(
        self,
        rng: np.random.Generator,
        stage: Stage,
        height: int,
        width: int,
        *,
        photo: Image,
        framing: Framing,
    ) -> None:
        self.rng = rng
        self.stage = stage
        self.height = height
        self.width = width
        left, right = stage.free
        self._feet = left * width, right * width
        self.light = light_of(photo)
        self._calm = CalmPlaces(photo)
        self.framing = framing
        self.placed: list[SceneObject] = []
        self.taken: list[Box] = []
        self.subjects: dict[str, int] = {}
        self.failures = 0

    def place(
        self,
        sprite: Sprite,
        *,
        size: float = 1.0,
        mirrored: bool | None = None,
        edits: tuple[tuple[str, str], ...] = (),
        action: str = "",
    ) -> bool:
        """Add the object where there is room; return whether there was.

        Args:
            sprite: its picture.
            size: factor of its real height.
            mirrored: whether it is turned around; None leaves it to chance.
            edits: what was done to it before.
            action: the action that it stands there for: it gets the room that this takes.
        """
        framing = self.framing
        if action in DEMANDS:
            least = max(DEMANDS[action].least_height, framing.smallest)
            framing = framing._replace(smallest=least)
        rows = self.stage.rows(sprite, size, framing)
        if rows is None:
            return False
        boxes = filter(None, [self._draw_box(sprite, size, rows) for _ in range(PLACES)])
        rooms = {box: self._room_for(action, box) for box in boxes}
        rooms = {box: room for box, room in rooms.items() if room is not None}
        if not rooms:
            self.failures += 1
            return False
        box = min(rooms, key=self._calm.unrest) if len(rooms) > 1 else next(iter(rooms))
        if mirrored is None:
            mirrored = bool(self.rng.random() < 0.5)
        key = len(self.placed)
        item = SceneObject(
            key, sprite, box, mirrored and sprite.mirror, edits=edits, light=self.light
        )
        self.placed.append(item)
        self.taken += [box, *rooms[box]]
        if action:
            self.subjects.setdefault(action, key)
        return True

    def _draw_box(self, sprite: Sprite, size: float, rows: tuple[float, float]) -> Box | None:
        """Draw where a thing could stand; None where there is no room in that row."""
        low, high = rows
        # The number that ``rng.uniform`` gives, without the time for its checks.
        row = low + (high - low) * self.rng.random()
        tall = max(round(self.stage.tall(sprite.height * size, row) * self.height), 4)
        aspect = sprite.rgba.shape
        wide = max(round(tall * aspect[1] / aspect[0]), 4)
        bottom = min(max(round(row * self.height), tall), self.height)
        left = self._free_column(wide, bottom - tall, bottom)
        return None if left is None else (left, bottom - tall, left + wide, bottom)

    def _room_for(self, action: str, box: Box) -> list[Box] | None:
        """Return ground that must stay free for what a thing in a box is there for.

        None where there is no such ground.
        """
        if action not in KEPT_FREE:
            return []
        ways = KEPT_FREE[action](box, self.height, self.width)
        free = [way for way in ways if has_room(way, self.placed, 0.0)]
        return [free[int(self.rng.integers(len(free)))]] if free else None

    def _free_column(self, wide: int, top: int, bottom: int) -> int | None:
        """Draw the left column of a box among all places where it hides nothing."""
        first, last = self._feet
        gaps = [(max(first - wide / 2, 0.0), min(last - wide / 2, float(self.width - wide)))]
        apart = APART * self.width
        for left, upper, right, lower in self.taken:
            if upper < bottom and top < lower:
                gaps = _without(gaps, left - wide - apart, right + apart)
        gaps = [(start, stop) for start, stop in gaps if stop - start >= 0.0]
        if not gaps:
            return None
        place = self.rng.random() * sum([stop - start for start, stop in gaps])
        for start, stop in gaps:
            if place <= stop - start:
                return int(start + place)
            place -= stop - start
        return int(gaps[-1][1])


def _without(
    gaps: Sequence[tuple[float, float]], start: float, stop: float
) -> list[tuple[float, float]]:
    """Return what is left of some intervals without another one."""
    left: list[tuple[float, float]] = []
    for first, last in gaps:
        if start > first:
            left.append((first, min(last, start)))
        if stop < last:
            left.append((max(first, stop), last))
    return left


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
