"""Edits of a whole photo, as steps with named tools, and how tasks choose among them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np

from editenv.imaging.metrics import mean_error
from editenv.imaging.tone import is_natural, natural
from editenv.tasks.build import LEAST_CHANGE
from editenv.tasks.generated import GeneratedTasks
from editenv.tasks.look import PixelEdit, run_pixel_edit
from editenv.tasks.scene import Scene
from editenv.tools import make_tool
from editenv.types import WHOLE_IMAGE, EditTask, Image, Mask, SubEdit

Mix = tuple[PixelEdit, ...]
"""The edits that a photo needs, in their order."""

Menu = Mapping[str, tuple[PixelEdit, ...]]
"""By fault, in the order of mending: the edits of which one will mend it."""

MOST_FAULTS = 3

HELD_OUT_SHARE = 0.18
"""Share of `test`'s tasks with several faults whose mix no other split shows: 12 % of all tasks."""


@cache
def _mixes(lengths: tuple[int, ...], shift: int) -> tuple[list[tuple[int, ...]], ...]:
    """All choices of one edit a fault: those for every split, and those for `test` alone.

    The second are a diagonal, so that among the first every edit of a fault is as frequent as any
    other.
    """

    def on_diagonal(choice: tuple[int, ...]) -> bool:
        places = zip(pairwise(choice), pairwise(lengths), strict=True)
        return all((sum(pair) + shift) % max(sizes) == 0 for pair, sizes in places)

    every = list(product(*map(range, lengths)))
    if len(lengths) == 1:
        return every, every
    return [c for c in every if not on_diagonal(c)], [c for c in every if on_diagonal(c)]


def draw_mix(rng: np.random.Generator, split: str, menu: Menu) -> Mix:
    """Choose one to three faults and what mends them; all of it equally often in every split.

    Args:
        rng: source of all randomness.
        split: ``"train"``, ``"validation"`` or ``"test"``; ``"test"`` has mixes of its own.
        menu: what there is to choose from.
    """
    count = 1 + int(rng.integers(MOST_FAULTS))
    chosen = sorted(int(i) for i in rng.choice(len(menu), count, replace=False))
    edits = [tuple(menu.values())[i] for i in chosen]
    shared, held = _mixes(tuple(map(len, edits)), sum(chosen))
    choices = held if split == "test" and rng.random() < HELD_OUT_SHARE else shared
    choice = choices[int(rng.integers(len(choices)))]
    return tuple(edit[i] for edit, i in zip(edits, choice, strict=True))


def is_held_out(mix: Mix, menu: Menu) -> bool:
    """Whether only `test` shows a mix."""
    faults = [next(i for i, es in enumerate(menu.values()) if edit in es) for edit in mix]
    edits = [tuple(menu.values())[i] for i in faults]
    choice = tuple(es.index(edit) for es, edit in zip(edits, mix, strict=True))
    return len(mix) > 1 and choice in _mixes(tuple(map(len, edits)), sum(faults))[1]


def full_mask(image: Image) -> Mask:
    """(H, W) uint8 mask of the whole picture."""
    return np.full(image.shape[:2], 255, np.uint8)


def run_photo_edits(
    source: Image, edits: Sequence[PixelEdit], least: float = LEAST_CHANGE
) -> tuple[Image, ...] | None:
    """Apply tools to a whole picture one after the other; None when one would not be seen."""
    stages: list[Image] = []
    before = source
    mask = full_mask(source)
    for edit in edits:
        after = run_pixel_edit(edit, before, mask)
        if mean_error(before, after) < least:
            return None
        stages.append(after)
        before = after
    return tuple(stages)


def photo_sub_edit(edit: PixelEdit, like: Image, tolerance: float | None = None) -> SubEdit:
    """Describe one tool on the whole picture as a sub-edit."""
    mask = full_mask(like)
    return SubEdit(make_tool(edit[0]).action, WHOLE_IMAGE, edit[1], mask, mask, tolerance)


def photo_metadata(family: str, split: str, edits: Sequence[PixelEdit]) -> dict[str, Any]:
    """What all tasks on whole photos record."""
    return {"family": family, "split": split, "photo_edits": tuple(edits)}


class PhotoTasks(GeneratedTasks):
    """Common part of the families on whole photos: what is wrong is chosen first, then a photo."""

    menu: Menu

    def draw_theme(self, rng: np.random.Generator) -> Mix:
        """Choose the mix, so that photos that don't suit it never make it rare."""
        return draw_mix(rng, self.words, self.menu)

    def attempt(self, rng: np.random.Generator, theme: Mix) -> EditTask | None:
        """Draw once."""
        scene = self.arrange(rng, int(rng.integers(0, 3)))
        photo = natural(scene.image)
        return self.task(rng, scene, photo, theme) if is_natural(photo) else None

    @abstractmethod
    def task(
        self, rng: np.random.Generator, scene: Scene, photo: Image, mix: Mix
    ) -> EditTask | None:
        """Spoil a well-made photo so that ``mix`` mends it; None where that would not show."""
