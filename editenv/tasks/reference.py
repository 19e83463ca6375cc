"""Referring expressions: which object does a description mean?

`resolve` is the solver that the tests hold the language against: every reference in an
instruction must resolve to exactly one object of the scene in which it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from editenv.tasks.scene import Scene, SceneObject

OBJECT = "object"
"""Label that fits every object."""

THING = "thing"
"""Label that fits every object but those that a relation starts from."""

Attribute = tuple[str, ...]
"""``("size", "small")``, ``("relation", "left of", "dog")`` and so on."""


@dataclass(frozen=True)
class Reference:
    """A description: a label and, where the label alone is not enough, an attribute."""

    label: str
    attribute: Attribute | None = None


_SCORES: dict[str, Callable[[SceneObject], float]] = {
    "leftmost": lambda o: -o.centre[0],
    "rightmost": lambda o: o.centre[0],
    "highest": lambda o: -o.centre[1],
    "lowest": lambda o: o.centre[1],
    "largest": lambda o: float(o.area),
    "smallest": lambda o: -float(o.area),
    "left": lambda o: -o.centre[0],
    "right": lambda o: o.centre[0],
    "small": lambda o: -float(o.area),
    "large": lambda o: float(o.area),
}

_RELATIONS = {"left of": (0, -1), "right of": (0, 1), "above": (1, -1), "below": (1, 1)}
"""By relation: the axis that counts and the direction on it."""

AREA_LEAD = 1.5
"""How many times larger the runner-up must be before a person says "the small one"."""

POSITION_LEAD = 0.1
"""The same for positions, as a share of the picture's side."""


def resolve(scene: Scene, reference: Reference) -> list[SceneObject]:
    """Return all objects that a description fits, in painting order."""
    fitting = [o for o in scene.objects if reference.label in (o.label, OBJECT, THING)]
    if reference.attribute is None:
        return fitting
    kind, value, *rest = reference.attribute
    if kind == "colour":
        return [o for o in fitting if o.colour == value]
    if kind == "relation":
        return _related(scene, fitting, value, rest[0])
    return _extreme(scene, fitting, value)


def _extreme(scene: Scene, fitting: list[SceneObject], value: str) -> list[SceneObject]:
    """The one that leads clearly; all of them where the lead is too small to be seen."""
    if len(fitting) < 2:
        return fitting
    score = _SCORES[value]
    best, second = sorted(fitting, key=score, reverse=True)[:2]
    if value in ("large", "largest"):
        clear = best.area >= AREA_LEAD * second.area
    elif value in ("small", "smallest"):
        clear = second.area >= AREA_LEAD * best.area
    else:
        side = max(scene.photo.shape[:2])
        clear = score(best) - score(second) >= POSITION_LEAD * side
    return [best] if clear else fitting


def _related(
    scene: Scene, fitting: list[SceneObject], relation: str, label: str
) -> list[SceneObject]:
    anchors = [o for o in scene.objects if o.label == label]
    if len(anchors) != 1:
        return []
    anchor = anchors[0]
    side = max(scene.photo.shape[:2])
    return [o for o in fitting if o.key != anchor.key and _holds(o, relation, anchor, side)]


def _holds(item: SceneObject, relation: str, anchor: SceneObject, side: int) -> bool:
    """Whether the object is clearly on that side of the anchor."""
    axis, sign = _RELATIONS[relation]
    return sign * (item.centre[axis] - anchor.centre[axis]) / side >= POSITION_LEAD / 2


def describe(
    scene: Scene, item: SceneObject, kinds: Sequence[str], rng: np.random.Generator
) -> Reference | None:
    """Find a description that means exactly this object.

    Args:
        scene: the scene in which the description will be read.
        item: the object to describe.
        kinds: which kinds may be used: ``"name"``, ``"size"``, ``"colour"``, ``"side"``,
            ``"relation"``, ``"ordinal"``.
        rng: chooses among the descriptions that fit.

    Returns:
        A description, or None when no allowed one is unique.
    """
    options = [
        reference
        for kind in kinds
        for reference in _candidates(scene, item, kind)
        if [o.key for o in resolve(scene, reference)] == [item.key]
    ]
    return options[int(rng.integers(len(options)))] if options else None


def _candidates(scene: Scene, item: SceneObject, kind: str) -> list[Reference]:
    label = item.label
    twins = sum(o.label == label for o in scene.objects) > 1
    if kind == "name":
        return [Reference(label)]
    if kind == "ordinal":
        return [
            Reference(OBJECT, ("ordinal", value))
            for value in ("leftmost", "rightmost", "largest", "smallest", "highest", "lowest")
        ]
    if kind == "relation":
        return [
            Reference(THING, ("relation", relation, other.label))
            for other in scene.objects
            if other.label != label
            for relation in _RELATIONS
        ]
    if not twins:
        return []
    values = {"size": ("small", "large"), "side": ("left", "right"), "colour": (item.colour,)}
    return [Reference(label, (kind, value)) for value in values[kind]]
