"""Referring expressions: which object does a description mean?

`resolve` is the solver that the tests hold the language against: every reference in an
instruction must resolve to exactly one object of the scene in which it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from editenv.tasks.scene import Scene, SceneObject

OBJECT = "object"
"""Label that fits every object."""

THING = "thing"
"""Label that fits every object but those that a relation starts from."""

VEHICLES = "vehicles"
"""Category of what points somewhere; animals and people look."""

Attribute = tuple[str, ...]
"""``("size", "small")``, ``("relation", "left of", "dog")`` and so on."""


@dataclass(frozen=True)
class Reference:
    """A description: a label and, where the label alone is not enough, an attribute.

    Attributes:
        label: what the thing is called, ``OBJECT`` or ``THING``.
        attribute: what tells it apart; ``("all", "2")`` means two of a kind together.
        pair: the label's plural where exactly two of the kind are there, else ``""``.
    """

    label: str
    attribute: Attribute | None = None
    pair: str = ""


_SCORES: dict[str, Callable[[SceneObject], float]] = {
    "leftmost": lambda o: -o.centre[0],
    "rightmost": lambda o: o.centre[0],
    "furthest": lambda o: -o.box[3],
    "nearest": lambda o: o.box[3],
    "largest": lambda o: float(o.area),
    "smallest": lambda o: -float(o.area),
    "left": lambda o: -o.centre[0],
    "right": lambda o: o.centre[0],
    "small": lambda o: -float(o.area),
    "large": lambda o: float(o.area),
    "darker": lambda o: -o.lightness,
    "brighter": lambda o: o.lightness,
}

_RELATIONS: dict[str, Callable[[SceneObject], float]] = {
    "left of": _SCORES["left"],
    "right of": _SCORES["right"],
    "behind": _SCORES["furthest"],
    "in front of": _SCORES["nearest"],
}
"""By relation: what there is more of. On the ground, what has its foot lower is nearer."""

AREA_LEAD = 1.7
"""How many times larger the runner-up must be before a person says "the small one"."""

POSITION_LEAD = 0.1
"""The same for positions, as a share of the picture's side."""

LIGHTNESS_LEAD = 0.12
"""The same for lightness, of 0 to 1."""

DOUBT = 0.02
"""What is less than this share of the side to one side is neither here nor there."""

PLACES = {"second from the left": 1, "second from the right": -2}
"""By description: the place in the row of all things."""


BOXED = frozenset({"ordinal", "outermost", "place"})
"""Kinds of descriptions that boxes alone tell apart: nobody has to see what is in them."""

LOOKED = 0.92
"""Share of the descriptions, where there is a choice, that are of no such kind."""


OPPOSITES = {
    "size": ("small", "large"),
    "side": ("left", "right"),
    "lightness": ("darker", "brighter"),
}
"""By kind of description: the two values of an attribute."""


def resolve(scene: Scene, reference: Reference) -> list[SceneObject]:
    """Return all objects that a description fits, in painting order."""
    fitting = [o for o in scene.objects if reference.label in (o.label, OBJECT, THING)]
    if reference.attribute is None:
        return fitting
    kind, value, *rest = reference.attribute
    if kind == "colour":
        # What has no single colour by name may still look like that one to somebody.
        return [o for o in fitting if value in (o.colour, o.colour or o.look.colour_name)]
    if kind == "all":
        return fitting
    if kind == "relation":
        return _related(scene, fitting, value, rest[0])
    if kind in ("pose", "heading"):
        return [o for o in fitting if o.faces == value]
    if kind == "place":
        return _in_row(scene, fitting, PLACES[value])
    return _extreme(scene, fitting, value)


def _extreme(scene: Scene, fitting: list[SceneObject], value: str) -> list[SceneObject]:
    """The one that leads clearly; all of them where the lead is too small to be seen."""
    if len(fitting) < 2:
        return fitting
    score = _SCORES[value]
    best, second = sorted(fitting, key=score, reverse=True)[:2]
    if value in ("large", "largest"):
        # A dog before a distant bus looks larger and is not: nobody knows what is meant.
        real = all(best.sprite.height >= o.sprite.height for o in fitting)
        clear = best.area >= AREA_LEAD * second.area and real
    elif value in ("small", "smallest"):
        real = all(best.sprite.height <= o.sprite.height for o in fitting)
        clear = second.area >= AREA_LEAD * best.area and real
    elif value in ("darker", "brighter"):
        clear = score(best) - score(second) >= LIGHTNESS_LEAD
    else:
        side = max(scene.photo.shape[:2])
        clear = score(best) - score(second) >= POSITION_LEAD * side
    return [best] if clear else fitting


def _in_row(scene: Scene, fitting: list[SceneObject], place: int) -> list[SceneObject]:
    """The one at a place, counted from the left; nothing where the order is not clear."""
    row = sorted(fitting, key=lambda o: o.centre[0])
    side = max(scene.photo.shape[:2])
    steps = [b.centre[0] - a.centre[0] for a, b in pairwise(row)]
    if len(row) < 3 or min(steps) < POSITION_LEAD * side:
        return []
    return [row[place]]


def _related(
    scene: Scene, fitting: list[SceneObject], relation: str, label: str
) -> list[SceneObject]:
    anchors = [o for o in scene.objects if o.label == label]
    if len(anchors) != 1:
        return []
    anchor, score = anchors[0], _RELATIONS[relation]
    side = max(scene.photo.shape[:2])
    leads = {o.key: (score(o) - score(anchor)) / side for o in fitting if o.key != anchor.key}
    found = [o for o in fitting if leads.get(o.key, -1.0) > -DOUBT]
    found.sort(key=lambda o: leads[o.key])
    # What is barely on that side may be meant or not: then nobody would say it so.
    if not found or leads[found[0].key] < POSITION_LEAD:
        return []
    # The next one on that side is meant. The only one would always be at the end of the row, where
    # it is found without knowing what it stands next to.
    clear = len(found) < 2 or leads[found[1].key] - leads[found[0].key] >= POSITION_LEAD
    return found[:1] if clear else found


def describe(
    scene: Scene,
    item: SceneObject,
    kinds: Sequence[str],
    rng: np.random.Generator,
    accept: Callable[[Reference], bool] | None = None,
) -> Reference | None:
    """Find a description that means exactly this object.

    Args:
        scene: the scene in which the description will be read.
        item: the object to describe.
        kinds: which kinds may be used: ``"name"``, ``"size"``, ``"colour"``, ``"side"``,
            ``"pose"``, ``"lightness"``, ``"relation"``, ``"ordinal"``, ``"outermost"``,
            ``"place"``.
        rng: chooses among the descriptions that fit.
        accept: what else is asked of a description.

    Returns:
        A description, or None when no allowed one is unique.
    """
    looked = [kind for kind in kinds if kind not in BOXED]
    if 0 < len(looked) < len(kinds) and rng.random() < LOOKED:
        kinds = looked
    options = [
        reference
        for kind in kinds
        for reference in _candidates(scene, item, kind)
        if means(scene, reference, item.key) and (accept is None or accept(reference))
    ]
    return options[int(rng.integers(len(options)))] if options else None


def means(scene: Scene, reference: Reference, key: int) -> bool:
    """Whether a description means this object and no other."""
    return [o.key for o in resolve(scene, reference)] == [key]


def needs_looking(scene: Scene, reference: Reference) -> bool:
    """Whether boxes leave open which thing a relation means; true of all other descriptions.

    Where a single thing has a neighbour on its left, "the thing directly left of the dog" is found
    by who does not know what a dog looks like.
    """
    if reference.attribute is None or reference.attribute[0] != "relation":
        return True
    relation = reference.attribute[1]
    labels = {o.label for o in scene.objects}
    meant = [
        resolve(scene, replace(reference, attribute=("relation", relation, label)))
        for label in labels
    ]
    return len({found[0].key for found in meant if len(found) == 1}) > 1


def _candidates(scene: Scene, item: SceneObject, kind: str) -> list[Reference]:
    label = item.label
    if kind == "name":
        return [Reference(label)]
    if kind == "ordinal":
        return [
            Reference(OBJECT, ("ordinal", value))
            for value in ("leftmost", "rightmost", "largest", "smallest", "furthest", "nearest")
        ]
    if kind == "outermost":
        return [Reference(OBJECT, ("ordinal", value)) for value in ("leftmost", "rightmost")]
    if kind == "place":
        return [Reference(OBJECT, ("place", value)) for value in PLACES]
    if kind == "relation":
        return [
            Reference(THING, ("relation", relation, other.label))
            for other in scene.objects
            if other.label != label
            for relation in _RELATIONS
        ]
    alike = [o.label for o in scene.objects].count(label)
    if alike < 2 or (alike > 2 and kind in ("size", "lightness")):
        return []
    pair = item.sprite.plural if alike == 2 else ""
    if kind == "pose" and item.sprite.category == VEHICLES:
        return [Reference(label, ("heading", item.faces), pair)] if item.faces else []
    values = (item.colour if kind == "colour" else item.faces,)
    return [Reference(label, (kind, value), pair) for value in OPPOSITES.get(kind, values) if value]
