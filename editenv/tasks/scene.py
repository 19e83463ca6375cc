"""A scene: a photograph with objects standing in it, kept in layers.

Because the layers are known, the picture after an edit is rendered anew: where an object is
removed, the photograph behind it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import dropwhile, takewhile

import numpy as np

from editenv.imaging.compose import Shadow, carve, lay, shade, spread
from editenv.imaging.geometry import touching
from editenv.imaging.light import DAYLIGHT, Light, light_of
from editenv.imaging.regions import solid_bounds
from editenv.material.records import Sprite
from editenv.tasks.look import Look, PixelEdit, is_pointwise, look_of, run_pixel_edit
from editenv.tasks.stage import Stage
from editenv.types import BACKGROUND, Box, Image, Mask, Region


@dataclass(frozen=True, eq=False)
class SceneObject:
    """One object: a sprite, where it stands, and what was done to it.

    Attributes:
        key: identifies the object within its scene, through all edits.
        sprite: the picture and its name.
        box: where it stands, in pixels.
        mirrored: flipped left to right.
        inverted: flipped top to bottom.
        edits: pixel edits, in order.
        light: of the photograph that it stands in.
    """

    key: int
    sprite: Sprite
    box: Box
    mirrored: bool = False
    inverted: bool = False
    edits: tuple[PixelEdit, ...] = ()
    light: Light = DAYLIGHT

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.sprite.name

    @cached_property
    def look(self) -> Look:
        """Its pixels as they are now."""
        return self._look(tuple(takewhile(is_pointwise, self.edits)))

    def _look(self, edits: tuple[PixelEdit, ...]) -> Look:
        left, top, right, bottom = self.box
        size = right - left, bottom - top
        return look_of(self.sprite, *size, self.mirrored, self.inverted, self.light, edits)

    @property
    def colour(self) -> str | None:
        """The name of the colour a person would give it; None where there is no single one.

        As it was photographed its colour was judged by eye; after an edit it is measured.
        """
        return self.look.colour_name if self.edits else self.sprite.colour

    @property
    def faces(self) -> str | None:
        """``"left"`` or ``"right"``, None where it has no direction."""
        if self.mirrored and self.sprite.faces:
            return "right" if self.sprite.faces == "left" else "left"
        return self.sprite.faces

    @property
    def lopsided(self) -> bool:
        """Whether it looks different in a mirror."""
        return self.sprite.faces is not None or self.look.lopsided

    @property
    def lightness(self) -> float:
        """Mean lightness of its pixels, 0 to 1."""
        return self.look.lightness

    def painted_on(self, picture: Image) -> Image:
        """Return the (H, W, 3) uint8 picture with the object and its shadow in it."""
        look, painted = self.look, picture.copy()
        shade(painted, self.shadow, self.box[0], self.box[1])
        lay(painted, look.colour, look.coverage, self.box[0], self.box[1])
        late = tuple(dropwhile(is_pointwise, self.edits))
        if late:
            # A blur mixes the soft rim with what lies behind: it is made where the thing stands.
            mask = spread(look.coverage, *self.box[:2], *picture.shape[:2])
            for edit in late:
                painted = run_pixel_edit(edit, painted, mask)
        return painted

    @cached_property
    def core(self) -> Box:
        """Bounds of its solid part in the picture: what tools measure."""
        left, top, right, bottom = solid_bounds(self.look.coverage)
        return (self.box[0] + left, self.box[1] + top, self.box[0] + right, self.box[1] + bottom)

    @cached_property
    def shadow(self) -> Shadow:
        """What it darkens of the ground: no edit of its colours changes that."""
        look = self._look(()) if self.edits else self.look
        return look.shadow

    @cached_property
    def area(self) -> int:
        """Pixels of its box."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    @cached_property
    def centre(self) -> tuple[float, float]:
        """(x, y) of the middle of its box, in pixels."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2


@dataclass(frozen=True, eq=False)
class Scene:
    """A photograph and the objects in it, the furthest (painted first) to the nearest.

    Attributes:
        photo: (H, W, 3) uint8.
        objects: in the order of painting.
        origin: the scene that this one was made from, if any: what lies below the first difference
            is not painted again.
        stage: the ground plane of the photograph; None where it has none any more.
        subjects: by action, the key of the object that stands there for it.
    """

    photo: Image
    objects: tuple[SceneObject, ...]
    origin: Scene | None = field(default=None, repr=False)
    stage: Stage | None = None
    subjects: Mapping[str, int] = field(default_factory=dict[str, int], repr=False)

    @property
    def image(self) -> Image:
        """The picture, (H, W, 3) uint8."""
        return self._layers[-1]

    @cached_property
    def _layers(self) -> list[Image]:
        """The photo, and the picture after each object."""
        layers = self._shared_layers()
        for item in self.objects[len(layers) - 1 :]:
            layers.append(item.painted_on(layers[-1]))
        return layers

    def _shared_layers(self) -> list[Image]:
        if self.origin is None or self.origin.photo is not self.photo:
            return [self.photo]
        pairs = zip(self.objects, self.origin.objects, strict=False)
        same = takewhile(lambda pair: pair[0] is pair[1], pairs)
        return self.origin._layers[: 1 + sum(1 for _ in same)]

    @cached_property
    def light(self) -> Light:
        """What things that are brought in have to be lit by."""
        return light_of(self.photo)

    @cached_property
    def _masks(self) -> dict[int, Mask]:
        return {}

    def mask_of(self, key: int) -> Mask:
        """Return the (H, W) uint8 mask of the part of an object that can be seen."""
        if key not in self._masks:
            self._masks[key] = self._visible(self.find(key))
        return self._masks[key]

    def _visible(self, item: SceneObject) -> Mask:
        mask = spread(item.look.coverage, *item.box[:2], *self.photo.shape[:2])
        for nearer in self.objects[self.objects.index(item) + 1 :]:
            if touching(item.box, nearer.box):
                carve(mask, nearer.look.coverage, *nearer.box[:2])
        return mask

    @cached_property
    def background_mask(self) -> Mask:
        """(H, W) uint8: what no object covers."""
        covered = np.zeros(self.photo.shape[:2], np.uint8)
        for item in self.objects:
            np.maximum(covered, self.mask_of(item.key), out=covered)
        return 255 - covered

    def has_subjects(self, actions: Iterable[str]) -> bool:
        """Whether something stands there for each of the actions that need a thing."""
        return all(action in self.subjects for action in actions if action != BACKGROUND)

    def find(self, key: int) -> SceneObject:
        """Return the object with this key; KeyError when it is gone."""
        for item in self.objects:
            if item.key == key:
                return item
        raise KeyError(key)

    def with_object(self, changed: SceneObject) -> Scene:
        """The scene with one object changed."""
        objects = tuple(changed if o.key == changed.key else o for o in self.objects)
        return replace(self, objects=objects, origin=self)

    def with_front(self, added: SceneObject) -> Scene:
        """The scene with an object put in front of all others."""
        rest = tuple(o for o in self.objects if o.key != added.key)
        return replace(self, objects=(*rest, added), origin=self)

    def without(self, key: int) -> Scene:
        """The scene with one object gone."""
        rest = tuple(o for o in self.objects if o.key != key)
        return replace(self, objects=rest, origin=self)

    def regions(self) -> tuple[Region, ...]:
        """What a perfect detector sees: the background, then every visible object."""
        found = [replace(Region.from_mask(BACKGROUND, self.background_mask), backdrop=True)]
        found += [Region.from_mask(o.label, self.mask_of(o.key)) for o in self.objects]
        return tuple(r for r in found if r.box != (0, 0, 0, 0))
