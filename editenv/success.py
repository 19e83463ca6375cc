"""When is an edit done? The checklist of a task's sub-edits.

A sub-edit is done when the canvas, inside the sub-edit's mask, is close to the picture after that
sub-edit or after any later one (a later edit may change the same pixels). A task is solved when
every sub-edit is done against the *final* target and nothing else has visibly changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from weakref import WeakKeyDictionary

import cv2
import numpy as np

from editenv.changes import Change
from editenv.imaging.metrics import changed, changed_share, mean_error, share_left, worst_patch
from editenv.types import EditTask, Image, Mask

MOST_LEFT = 0.12
"""How much of what was there before may still shine through, as a share: a ghost shows at a fifth,
though the mean error it makes is no larger than that of a filled hole with another grain."""

MOST_GRAIN = (1.5, 0.04)
"""So many times the grain of the picture that is wanted, and so much of full range beside, may a
result have that is compared after smoothing: noise over grey ground is no ground."""

MOST_GAIN = 2.0
"""More than so much no error may grow by an edit of the whole photo that came later."""

VISIBLE = 0.06
"""A difference of 15 grey levels in one channel shows beside the original."""

VISIBLE_UNDER_PHOTO_EDIT = 0.15
"""The same where the whole photo was edited, so that no original is left to compare with."""

COLLATERAL_LIMIT = 0.006
"""Largest share of the pixels outside all masks that may visibly change: 100 pixels at 128x128,
less than the smallest thing that was moved instead of removed."""

COLLATERAL_LIMIT_UNDER_PHOTO_EDIT = 0.02
"""The same where the whole photo was edited: there shadows may differ, which a tool edits with the
photo, and every pixel counts in the mean error already."""


@dataclass(frozen=True)
class Verdict:
    """How a canvas stands against a task.

    Attributes:
        known: False when the task has no ground truth; the rest is then empty or zero.
        done: for each sub-edit, whether it is done.
        collateral: share of the pixels that changed though they should not, 0 to 1.
        distance: mean error of the whole canvas against the target, 0 to 1.
        success: every sub-edit is done against the final target, and nothing else changed.
    """

    known: bool
    done: tuple[bool, ...]
    collateral: float
    distance: float
    success: bool


class _Item:
    """One line of a checklist: a change, and the pictures on the way to the target.

    Args:
        change: of the line's sub-edit.
        earlier: the pictures until the one before the edit.
        later: the pictures from the one after the next edit on.
        gain: how much later edits spread any error.
        final_tolerance: the largest mean error against the target.
    """

    def __init__(
        self,
        change: Change,
        earlier: tuple[Image, ...],
        later: tuple[Image, ...],
        gain: float,
        final_tolerance: float,
    ) -> None:
        self.change = change
        self.final_tolerance = final_tolerance
        self._gain = gain
        self._earlier = earlier
        self._later = later

    @cached_property
    def stages(self) -> tuple[Image, ...]:
        """The window after the edit and after each later one, as it is compared."""
        return (self.change.after, *map(self.change.compared, self._later))

    @cached_property
    def _most_grain(self) -> float:
        """The grain that any picture on the way has where the mask is, and somewhat more."""
        change, (factor, more) = self.change, MOST_GRAIN
        grains = [change.grain, *map(change.grain_of, self._later, self.stages[1:])]
        grains += [change.grain_of(picture, change.compared(picture)) for picture in self._earlier]
        return factor * max(grains) + more

    def fits(self, part: _Part, stage: int, tolerance: float, share: float = 1.0) -> bool:
        """Whether a canvas looks like a stage, with a share of its tolerances."""
        change, picture, goal = self.change, part.compared, self.stages[stage]
        if mean_error(picture, goal, change.inside) > share * tolerance:
            return False
        largest = self._gain * change.patch_tolerance
        if largest < 1.0:
            if worst_patch(picture, goal, change.inside, change.patch) > share * largest:
                return False
        if change.trace is not None and share_left(picture, goal, change.trace) > MOST_LEFT:
            return False
        return not change.smooth or part.grain <= self._most_grain

    def done_for_now(self, part: _Part) -> bool:
        """Whether a canvas looks like any stage but the target."""
        last = len(self.stages) - 1
        return any(self.fits(part, stage, self.change.tolerance) for stage in range(last))

    def done_finally(self, part: _Part, share: float = 1.0) -> bool:
        """Whether a canvas looks like the target."""
        return self.fits(part, -1, self.final_tolerance, share)


class _Part:
    """What is seen of a canvas where a change shows."""

    def __init__(self, change: Change, canvas: Image) -> None:
        self.compared = change.compared(canvas)
        self._change = change
        self._canvas = canvas

    @cached_property
    def grain(self) -> float:
        return self._change.grain_of(self._canvas, self.compared)


class Checklist:
    """The sub-edits of one task with their thresholds.

    Args:
        task: the task; without ``stages`` every verdict is unknown.
        changes: those of the first sub-edits, where they are known already.
    """

    def __init__(self, task: EditTask, changes: Sequence[Change] = ()) -> None:
        # Not the task itself: it must be free to go while its checklist is kept for it.
        self._pictures = (task.source, *task.stages)
        self._sub_edits = task.sub_edits
        self._known = tuple(changes)

    @cached_property
    def start(self) -> Verdict:
        """The verdict on the task's own picture."""
        return self.verdict(self._pictures[0])

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What each sub-edit changes."""
        number = len(self._known)
        pairs = islice(pairwise(self._pictures), number, None)
        further = self._sub_edits[number:]
        return (*self._known, *(Change(e, *pair) for e, pair in zip(further, pairs, strict=True)))

    @cached_property
    def _items(self) -> tuple[_Item, ...]:
        pictures, changes = self._pictures, self.changes
        gains = [_gain(index, changes, pictures) for index in range(len(changes))]
        return tuple(
            _Item(
                change,
                pictures[:index],
                pictures[index + 2 :],
                gain,
                gain * _final_tolerance(index, changes),
            )
            for index, (change, gain) in enumerate(zip(changes, gains, strict=True))
        )

    @cached_property
    def _outside(self) -> tuple[Mask, float]:
        """The pixels that must match the target by themselves, and the visible difference."""
        covered = np.zeros(self._pictures[0].shape[:2], np.uint8)
        visible = VISIBLE
        for change in self.changes:
            if not change.whole:
                covered |= change.mask
            elif change.edit.tolerance is not None:
                covered[:] = 1
            else:
                visible = VISIBLE_UNDER_PHOTO_EDIT
        return 1 - covered, visible

    def verdict(self, canvas: Image) -> Verdict:
        """Judge a canvas of the task's shape, (H, W, 3) uint8."""
        if len(self._pictures) == 1:
            return Verdict(False, (), 0.0, 0.0, False)
        target = self._pictures[-1]
        lines = [(item, _Part(item.change, canvas)) for item in self._items]
        final = [item.done_finally(part) for item, part in lines]
        done = tuple(
            finally_done or item.done_for_now(part)
            for (item, part), finally_done in zip(lines, final, strict=True)
        )
        wrong, limit = self._wrong(canvas)
        success = wrong <= limit and all(final)
        collateral = wrong
        if wrong and limit == COLLATERAL_LIMIT_UNDER_PHOTO_EDIT:
            collateral = self._strayed(canvas, self._outside[0])
        return Verdict(True, done, collateral, mean_error(canvas, target), success)

    def _wrong(self, canvas: Image) -> tuple[float, float]:
        """Share of the pixels that changed though they should not, and how large it may be."""
        outside, visible = self._outside
        wrong = changed_share(canvas, self._pictures[-1], outside, visible)
        return wrong, (
            COLLATERAL_LIMIT if visible == VISIBLE else COLLATERAL_LIMIT_UNDER_PHOTO_EDIT
        )

    def solved_well(self, canvas: Image, share: float) -> bool:
        """Whether a canvas solves the task with a share of each tolerance, 0 to 1."""
        wrong, limit = self._wrong(canvas)
        return wrong <= limit and self.done_well(canvas, share)

    def done_well(self, canvas: Image, share: float) -> bool:
        """The same, whatever else has changed."""
        return all(item.done_finally(_Part(item.change, canvas), share) for item in self._items)

    def _strayed(self, canvas: Image, outside: Mask) -> float:
        """Share of the pixels that look like no picture on the way from the source to the target.

        Where the whole photo is to change, a pixel that still is as it was has not been damaged.
        """
        counted = cv2.countNonZero(outside)
        if counted == 0:
            return 0.0
        strayed = outside * 255
        for picture in self._pictures:
            unlike = changed(canvas, picture, round(VISIBLE_UNDER_PHOTO_EDIT * 255))
            strayed = cv2.bitwise_and(strayed, unlike)
        return cv2.countNonZero(strayed) / counted


_kept: WeakKeyDictionary[EditTask, Checklist] = WeakKeyDictionary()


def keep_checklist(task: EditTask, checklist: Checklist | None = None) -> Checklist:
    """Let ``checklist_of`` find a checklist, or a new one, as long as its task is in use."""
    kept = _kept[task] = checklist or Checklist(task)
    return kept


def checklist_of(task: EditTask) -> Checklist:
    """Return the checklist that is kept for a task, or a new one."""
    return _kept.get(task) or Checklist(task)


def _gain(index: int, changes: Sequence[Change], pictures: tuple[Image, ...]) -> float:
    """How much a later edit of the whole photo has spread the values, and with them any error."""
    if not any(later.whole for later in changes[index + 1 :]):
        return 1.0
    before, after = (
        max(float(cv2.meanStdDev(picture, mask=changes[index].mask)[1].mean()), 1.0)
        for picture in (pictures[index + 1], pictures[-1])
    )
    return min(max(after / before, 1.0), MOST_GAIN)


def _final_tolerance(index: int, changes: Sequence[Change]) -> float:
    """A later edit that must invent pixels brings its error to the pixels that it covers."""
    change = changes[index]
    tolerance = change.tolerance
    area = max(cv2.countNonZero(change.mask), 1)
    for later in changes[index + 1 :]:
        shared = cv2.countNonZero(cv2.bitwise_and(change.mask, later.mask))
        inexact = later.smooth or later.edit.tolerance is not None
        if inexact and shared > 0.5 * area:
            tolerance = max(tolerance, later.tolerance)
    return tolerance
