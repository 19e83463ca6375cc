"""When is an edit done? The checklist of a task's sub-edits and the thresholds behind it.

A sub-edit is done when the canvas, inside the sub-edit's mask, is close to the picture after that
sub-edit or after any later one (a later edit may change the same pixels). A task is solved when
every sub-edit is done against the *final* target and nothing else has visibly changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from editenv.imaging.metrics import changed, changed_share, mean_error, share_left, worst_patch
from editenv.types import EditTask, Image, Mask, SubEdit

TOLERANCES: dict[str, tuple[float, float]] = {
    "recolour": (0.04, 0.20),
    "brightness": (0.035, 0.20),
    "contrast": (0.03, 0.20),
    "saturation": (0.03, 0.24),
    "exposure": (0.03, 0.20),
    "white_balance": (0.03, 0.20),
    "blur": (0.03, 0.20),
    "pixelate": (0.03, 0.16),
    "sharpen": (0.03, 0.25),
    "remove": (0.05, 0.25),
    "move": (0.05, 0.25),
    "scale": (0.05, 0.26),
    "flip": (0.05, 0.26),
    "replace": (0.05, 0.22),
    "add": (0.05, 0.22),
    "background": (0.06, 0.20),
    "crop": (0.05, 0.25),
    "denoise": (0.005, 0.18),
    "deblock": (0.008, 0.25),
    "deblur": (0.008, 0.25),
    "low_light": (0.03, 0.20),
}
"""By action: the largest mean error inside the mask, absolute and as a share of the edit's size.
``docs/success.md`` shows pairs just inside and just outside."""

INEXACT = frozenset({"remove", "move", "scale", "flip", "replace", "add"})
"""Actions whose result no tool can match to the pixel: they fill or resample."""

DEFAULT_TOLERANCE = (0.05, 0.25)
SMOOTHING = 20
"""Results of inexact actions are compared after a box blur over this fraction of the side."""

LARGEST_PATCH = 0.55
"""Where pixels are invented, the largest error of any small patch, as a share of the edit's own
largest change of a patch: a thing that is missing or left over is small beside the whole mask."""

MOST_LEFT = 0.12
"""How much of what was there before may still shine through, as a share: a ghost shows at a fifth,
though the mean error it makes is no larger than that of a filled hole with another grain."""

MOST_GRAIN = (1.5, 0.04)
"""So many times the grain of the picture that is wanted, and so much of full range beside, may a
result have that is compared after smoothing: noise over grey ground is no ground."""

MOST_GAIN = 2.0
"""More than so much no error may grow by an edit of the whole photo that came later."""

PATCH = 18
"""A patch is a square of this fraction of the side."""

LEAST_TOLERANCE = 0.002
"""Errors below half a grey level cannot be seen, however small the edit."""

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

WHOLE_SHARE = 0.99
"""A mask that covers this share of the picture belongs to an edit of the whole photo."""


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


@dataclass(frozen=True, eq=False)
class _Item:
    """One line of the checklist: where to look, how near, and which stages count.

    ``mask`` and ``stages`` are cut out at ``window``; outside it the mask is empty. None stands for
    a mask that fills its window. ``stages`` are smoothed where ``smooth`` is set.
    """

    window: tuple[slice, slice]
    mask: Mask | None
    smooth: bool
    tolerance: float
    final_tolerance: float
    patch: int
    patch_tolerance: float
    trace: NDArray[np.float32] | None
    most_grain: float
    stages: tuple[Image, ...]

    def fits(self, view: _View, stage: int, tolerance: float, share: float = 1.0) -> bool:
        picture = (view.smoothed if self.smooth else view.canvas)[self.window]
        goal = self.stages[stage]
        if mean_error(picture, goal, self.mask) > share * tolerance:
            return False
        if self.smooth and self.patch_tolerance < 1.0:
            if worst_patch(picture, goal, self.mask, self.patch) > share * self.patch_tolerance:
                return False
        if self.trace is not None and share_left(picture, goal, self.trace) > MOST_LEFT:
            return False
        return not self.smooth or self._grain(view) <= self.most_grain

    def _grain(self, view: _View) -> float:
        """What smoothing takes away, as a mean share of full range."""
        return mean_error(view.canvas[self.window], view.smoothed[self.window], self.mask)

    def done_for_now(self, view: _View) -> bool:
        return any(self.fits(view, i, self.tolerance) for i in range(len(self.stages) - 1))

    def done_finally(self, view: _View, share: float = 1.0) -> bool:
        return self.fits(view, -1, self.final_tolerance, share)


class _View:
    """A canvas, as it is and smoothed."""

    def __init__(self, canvas: Image) -> None:
        self.canvas = canvas

    @cached_property
    def smoothed(self) -> Image:
        return smoothed(self.canvas)


def smoothed(picture: Image) -> Image:
    """Blur so far that grain and fine texture are gone, and objects are still there.

    A filled hole is right when it looks like what is around it; that every blade of grass grows
    where it did in the original is more than anyone could ask.
    """
    size = max(min(picture.shape[:2]) // SMOOTHING, 1) | 1
    return cv2.blur(picture, (size, size))


class Checklist:
    """The sub-edits of one task with their thresholds.

    Args:
        task: the task; without ``stages`` every verdict is unknown.
    """

    def __init__(self, task: EditTask) -> None:
        # Not the task itself: it must be free to go while its checklist is kept for it.
        self._pictures = (task.source, *task.stages)
        self._sub_edits = task.sub_edits

    @cached_property
    def start(self) -> Verdict:
        """The verdict on the task's own picture."""
        return self.verdict(self._pictures[0])

    @cached_property
    def _masks(self) -> list[Mask]:
        return [_hard(edit.mask, self._pictures[0]) for edit in self._sub_edits]

    @cached_property
    def _items(self) -> tuple[_Item, ...]:
        pictures, edits, masks = self._pictures, self._sub_edits, self._masks
        inexact = [edit.action in INEXACT for edit in edits]
        soft = tuple(map(smoothed, pictures)) if any(inexact) else pictures
        views = [soft if smooth else pictures for smooth in inexact]
        tolerances = [
            _tolerance(edit, views[i][i], views[i][i + 1], masks[i]) for i, edit in enumerate(edits)
        ]
        gains = [_gain(i, masks, pictures) for i in range(len(edits))]
        final = [
            gain * _final_tolerance(i, edits, masks, tolerances) for i, gain in enumerate(gains)
        ]
        windows = [_window(mask) for mask in masks]
        patch = max(min(pictures[0].shape[:2]) // PATCH, 1) | 1
        return tuple(
            _Item(
                window=windows[i],
                mask=_unless_full(masks[i][windows[i]]),
                smooth=inexact[i],
                tolerance=tolerances[i],
                final_tolerance=final[i],
                patch=patch,
                patch_tolerance=gains[i]
                * _patch_tolerance(edits[i], views[i][i], views[i][i + 1], masks[i], patch),
                most_grain=_most_grain(inexact[i], pictures, soft, masks[i]),
                trace=_trace(edits[i], views[i][i], views[i][i + 1], masks[i], windows[i]),
                stages=tuple(picture[windows[i]] for picture in views[i][i + 1 :]),
            )
            for i in range(len(edits))
        )

    @cached_property
    def _outside(self) -> tuple[Mask, float]:
        """The pixels that must match the target by themselves, and the visible difference."""
        covered = np.zeros(self._pictures[0].shape[:2], np.uint8)
        visible = VISIBLE
        for edit, mask in zip(self._sub_edits, self._masks, strict=True):
            if cv2.countNonZero(mask) < WHOLE_SHARE * mask.size:
                covered |= mask
            elif edit.tolerance is not None:
                covered[:] = 1
            else:
                visible = VISIBLE_UNDER_PHOTO_EDIT
        return 1 - covered, visible

    def verdict(self, canvas: Image) -> Verdict:
        """Judge a canvas of the task's shape, (H, W, 3) uint8."""
        if len(self._pictures) == 1:
            return Verdict(False, (), 0.0, 0.0, False)
        view, target = _View(canvas), self._pictures[-1]
        final = [item.done_finally(view) for item in self._items]
        done = tuple(
            finally_done or item.done_for_now(view)
            for item, finally_done in zip(self._items, final, strict=True)
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

    def done_well(self, index: int, canvas: Image, share: float) -> bool:
        """Whether a canvas looks as right after one sub-edit, with a share of its tolerances."""
        item = self._items[index]
        return item.fits(_View(canvas), 0, item.tolerance, share)

    def solved_well(self, canvas: Image, share: float) -> bool:
        """Whether a canvas solves the task with a share of each tolerance, 0 to 1."""
        wrong, limit = self._wrong(canvas)
        if wrong > limit:
            return False
        view = _View(canvas)
        return all(item.done_finally(view, share) for item in self._items)

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


def _hard(mask: Mask | None, like: Image) -> Mask:
    """(H, W) uint8: 1 where the mask counts, else 0."""
    if mask is None:
        return np.ones(like.shape[:2], np.uint8)
    return (mask > 0).view(np.uint8)


def _window(mask: Mask) -> tuple[slice, slice]:
    """Where the mask is not empty; everywhere when all of it is."""
    left, top, width, height = cv2.boundingRect(mask)
    if width == 0:
        return slice(None), slice(None)
    return slice(top, top + height), slice(left, left + width)


def _unless_full(mask: Mask) -> Mask | None:
    return None if cv2.countNonZero(mask) == mask.size else mask


def _tolerance(edit: SubEdit, before: Image, after: Image, mask: Mask) -> float:
    if edit.tolerance is not None:
        return edit.tolerance
    absolute, relative = TOLERANCES.get(edit.action, DEFAULT_TOLERANCE)
    size = mean_error(before, after, mask)
    return max(min(absolute, relative * size), LEAST_TOLERANCE)


def _gain(index: int, masks: list[Mask], pictures: tuple[Image, ...]) -> float:
    """How much a later edit of the whole photo has spread the values, and with them any error."""
    if all(cv2.countNonZero(mask) < WHOLE_SHARE * mask.size for mask in masks[index + 1 :]):
        return 1.0
    before, after = (
        max(float(cv2.meanStdDev(picture, mask=masks[index])[1].mean()), 1.0)
        for picture in (pictures[index + 1], pictures[-1])
    )
    return min(max(after / before, 1.0), MOST_GAIN)


def _trace(
    edit: SubEdit, before: Image, after: Image, mask: Mask, window: tuple[slice, slice]
) -> NDArray[np.float32] | None:
    """(h, w, 3): what an edit takes away; None where the whole photo changes or anything goes."""
    if edit.tolerance is not None or cv2.countNonZero(mask) >= WHOLE_SHARE * mask.size:
        return None
    change = cv2.subtract(before[window], after[window], dtype=cv2.CV_32F)
    return (change * mask[window][..., None]).astype(np.float32)


def _patch_tolerance(edit: SubEdit, before: Image, after: Image, mask: Mask, patch: int) -> float:
    """1, which no patch exceeds, where the edit is exact or has a tolerance of its own."""
    if edit.action not in INEXACT or edit.tolerance is not None:
        return 1.0
    return LARGEST_PATCH * worst_patch(before, after, mask, patch)


def _most_grain(
    smooth: bool, pictures: tuple[Image, ...], soft: tuple[Image, ...], mask: Mask
) -> float:
    """The grain that any picture on the way has where the mask is, and somewhat more."""
    if not smooth:
        return 1.0
    factor, more = MOST_GRAIN
    return factor * max(map(mean_error, pictures, soft, [mask] * len(soft))) + more


def _final_tolerance(
    index: int, edits: tuple[SubEdit, ...], masks: list[Mask], tolerances: list[float]
) -> float:
    """A later edit that must invent pixels brings its error to the pixels that it covers."""
    tolerance = tolerances[index]
    area = max(cv2.countNonZero(masks[index]), 1)
    for later in range(index + 1, len(edits)):
        shared = cv2.countNonZero(cv2.bitwise_and(masks[index], masks[later]))
        inexact = edits[later].action in INEXACT or edits[later].tolerance is not None
        if inexact and shared > 0.5 * area:
            tolerance = max(tolerance, tolerances[later])
    return tolerance
