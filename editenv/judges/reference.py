# pyright: basic
"""Judges for tasks whose target is known: mean error, SSIM and PSNR, by sub-edit masks."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from editenv.failure import Failure
from editenv.imaging.metrics import mean_error
from editenv.judges.base import BEST, Case, Score
from editenv.types import EditTask, Image, Mask

Fidelity = Callable[[Image, Image, Mask], float]
"""How near a picture is to the target where a mask (0 or 1) is set: 1 is equal, at most 1."""

L1_SCALE = 0.1
"""Mean error, as a share of the full range, that leaves 1/e of the points of ``"l1"``."""

BEST_PSNR = 40.0
"""Decibels worth all points of ``"psnr"``; 0 dB, black against white, is worth none."""

BY_CHANCE = 0.1
"""Share of the way to the target that counts as none: so much a wrong edit may happen upon."""

LEAST_ROOM = 0.1
"""An edit smaller than this (in fidelity) is judged as if it were this large, so that differences
which nobody sees are not blown up."""


def l1_fidelity(picture: Image, target: Image, mask: Mask) -> float:
    """``exp(-e / 0.1)``, e the mean absolute difference as a share of the full range."""
    return math.exp(-mean_error(picture, target, mask) / L1_SCALE)


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
    """``PSNR / 40 dB``, at most 1, over the pixels of the mask."""
    from skimage.metrics import peak_signal_noise_ratio

    inside = mask > 0
    if np.array_equal(picture[inside], target[inside]):
        return 1.0
    ratio = float(peak_signal_noise_ratio(target[inside], picture[inside], data_range=255))
    return min(ratio / BEST_PSNR, 1.0)


@dataclass(frozen=True, eq=False)
class ReferenceJudge:
    """Compares the canvas with the target, inside and outside the masks of the sub-edits.

    With f the judge's fidelity, at most 1, and for a sub-edit i each stage j from its own on to the
    target::

        way_i     = max_j (f(canvas, j) - f(source, j)) / max(1 - f(source, j), 0.1)  in mask i
        edit      = 10 * mean_i clip((way_i - 0.1) / 0.9, 0, 1)
        preserved = 10 * clip(f(canvas, target), 0, 1)                       outside all masks
        value     = sqrt(edit * preserved)

    So a picture that nobody touched has 0 for ``edit``, the target has 10 for all, half of the
    sub-edits have half, and neither part makes up for the other (VIEScore's aggregation; Ku et al.,
    2024). Where masks or stages are not known, the whole picture is compared with the target, as
    one edit. Where nothing is outside the masks, ``value`` is ``edit`` and ``preserved`` is left
    out.

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
        ways = [self._way(case, mask, stages) for mask, stages in _edits(task)]
        edit = fmean(_points((way - BY_CHANCE) / (1.0 - BY_CHANCE)) for way in ways)
        outside = 1 - edited_pixels(task)
        if not outside.any():
            return Score(edit, {"edit": edit})
        preserved = _points(self.fidelity(canvas, task.target, outside))
        return Score(math.sqrt(edit * preserved), {"edit": edit, "preserved": preserved})

    def _way(self, case: Case, mask: Mask, stages: Sequence[Image]) -> float:
        """How far the canvas is on the way from the source to the nearest stage, at most 1."""
        ways: list[float] = []
        for stage in stages:
            start = self.fidelity(case.task.source, stage, mask)
            gain = self.fidelity(case.canvas, stage, mask) - start
            ways.append(gain / max(1.0 - start, LEAST_ROOM))
        return max(ways)


def _edits(task: EditTask) -> list[tuple[Mask, list[Image]]]:
    """For each sub-edit its mask (0 or 1) and the stages that count there, without repetitions."""
    masks = [edit.mask for edit in task.sub_edits]
    known = [(mask > 0).astype(np.uint8) for mask in masks if mask is not None and mask.any()]
    if not known or not len(known) == len(masks) == len(task.stages):
        return [(edited_pixels(task), [task.stages[-1]])]
    edits: list[tuple[Mask, list[Image]]] = []
    for number, mask in enumerate(known):
        stages = [task.stages[number]]
        for stage in task.stages[number + 1 :]:
            if mean_error(stage, stages[-1], mask) > 0.0:
                stages.append(stage)
        edits.append((mask, stages))
    return edits


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
