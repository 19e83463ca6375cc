"""Judges for tasks whose target is known: mean error, SSIM and PSNR, by sub-edit masks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from editenv.failure import Failure
from editenv.imaging.metrics import mean_error
from editenv.judges.base import BEST, Case, Score
from editenv.types import EditTask, Image, Mask

Fidelity = Callable[[Image, Image, Mask], float]
"""How near a picture is to the target where a mask (0 or 1) is set: 1 is equal, at most 1."""

NOTHING_LEFT = 0.1
"""A mean error of a tenth of the full range is worth no point of ``"l1"``."""

PSNR_RANGE = (10.0, 40.0)
"""Decibels worth no point and all points of ``"psnr"``."""

LEAST_ROOM = 0.1
"""An edit smaller than this (in fidelity) is judged as if it were this large, so that differences
which nobody sees are not blown up."""


def l1_fidelity(picture: Image, target: Image, mask: Mask) -> float:
    """``1 - e / 0.1`` with e the mean absolute difference as a share of the full range."""
    return 1.0 - mean_error(picture, target, mask) / NOTHING_LEFT


def ssim_fidelity(picture: Image, target: Image, mask: Mask) -> float:
    """Mean of the SSIM map (Wang et al., 2004, *Image Quality Assessment*) inside the mask.

    scikit-image's map: 7 x 7 windows, a map per channel, dynamic range 255; what is outside the
    mask counts as equal.
    """
    from skimage.metrics import structural_similarity

    # A window near the mask's rim must not see what differs on the other side of it.
    shown = np.where(mask[..., None] > 0, picture, target)
    found = structural_similarity(target, shown, channel_axis=2, data_range=255, full=True)
    return float(np.asarray(found[1])[mask > 0].mean())


def psnr_fidelity(picture: Image, target: Image, mask: Mask) -> float:
    """``(PSNR - 10 dB) / 30 dB``, at most 1, over the pixels of the mask."""
    from skimage.metrics import peak_signal_noise_ratio

    inside = mask > 0
    if np.array_equal(picture[inside], target[inside]):
        return 1.0
    low, high = PSNR_RANGE
    ratio = float(peak_signal_noise_ratio(target[inside], picture[inside], data_range=255))
    return min((ratio - low) / (high - low), 1.0)


@dataclass(frozen=True, eq=False)
class ReferenceJudge:
    """Compares the canvas with the target, inside and outside the masks of the sub-edits.

    With f the judge's fidelity, at most 1::

        edit      = 10 * clip((f(canvas) - f(source)) / max(1 - f(source), 0.1), 0, 1)  inside
        preserved = 10 * clip(f(canvas), 0, 1)                                          outside
        value     = sqrt(edit * preserved)

    So a picture that nobody touched has 0 for ``edit``, the target has 10 for all, and neither part
    makes up for the other (VIEScore's aggregation; Ku et al., 2024). Where a sub-edit's mask is not
    known, or the masks leave no pixel outside, ``value`` is ``edit`` over the whole picture and
    ``preserved`` is left out.

    Attributes:
        name: of the judge.
        fidelity: what it compares by.
    """

    name: str
    fidelity: Fidelity

    def why_unfit(self, task: EditTask) -> str | None:
        """Say why a task cannot be scored, or None when it can."""
        return None if task.target is not None else f"judge {self.name!r} needs a target"

    def judge(self, cases: Sequence[Case]) -> list[Score | Failure]:
        """Score N pictures; see ``Judge.judge``. A task without a target is a failure."""
        return [self._judge(case) for case in cases]

    def _judge(self, case: Case) -> Score | Failure:
        task, canvas = case.task, case.canvas
        reason = self.why_unfit(task)
        if reason is None and canvas.shape != task.source.shape:
            reason = f"the canvas has shape {canvas.shape}, the source {task.source.shape}"
        if reason is not None or task.target is None:
            return Failure("error", f"judge:{self.name}", 0, reason or "")
        inside = edited_pixels(task)
        start = self.fidelity(task.source, task.target, inside)
        gain = self.fidelity(canvas, task.target, inside) - start
        edit = _points(gain / max(1.0 - start, LEAST_ROOM))
        if inside.all():
            return Score(edit, {"edit": edit})
        preserved = _points(self.fidelity(canvas, task.target, 1 - inside))
        return Score(math.sqrt(edit * preserved), {"edit": edit, "preserved": preserved})


def edited_pixels(task: EditTask) -> Mask:
    """(H, W) uint8: 1 where a sub-edit shows, or everywhere when that is not known."""
    masks = [edit.mask for edit in task.sub_edits]
    known = [mask > 0 for mask in masks if mask is not None]
    union = np.logical_or.reduce(known) if known and len(known) == len(masks) else None
    if union is None or not union.any():
        return np.ones(task.source.shape[:2], np.uint8)
    return union.astype(np.uint8)


def _points(share: float) -> float:
    return BEST * min(max(share, 0.0), 1.0)


def make_l1(where: str) -> ReferenceJudge:
    """Build ``"l1"``."""
    return _make("l1", l1_fidelity, where)


def make_ssim(where: str) -> ReferenceJudge:
    """Build ``"ssim"``."""
    return _make("ssim", ssim_fidelity, where)


def make_psnr(where: str) -> ReferenceJudge:
    """Build ``"psnr"``."""
    return _make("psnr", psnr_fidelity, where)


def _make(name: str, fidelity: Fidelity, where: str) -> ReferenceJudge:
    if where:
        raise ValueError(f"judge='{name}:{where}' is not accepted: {name!r} takes nothing else")
    return ReferenceJudge(name, fidelity)
