"""Carries out steps on the photo at its own size and depth."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from editenv.develop import Sliders, develop
from editenv.develop.pipeline import soft_mask
from editenv.develop.transfer import Pixels, Plane
from editenv.failure import Failure
from editenv.imaging.depth import to_eight
from editenv.imaging.strips import strips
from editenv.tools import Tool
from editenv.tools.cost import FREE, Cost
from editenv.types import EditTask, Image, Region, ToolCall
from editenv.workspace import CONTROLS, Workspace
from editenv_policies.photo.plan import Step

FEATHER = 1 / 600
"""Softness of a region's edge, as a share of the longer side."""

TOUCHED = 4
"""Grey levels from which a pixel counts as changed."""


@dataclass(frozen=True, eq=False)
class Round:
    """What was wanted, what was done, and the result.

    Attributes:
        step: what was to be done.
        before: (H, W, 3) uint8 or uint16.
        after: of the same type; ``before`` itself if nothing changed.
        reason: why nothing was done, or None.
        failure: what failed, or None.
        cost: what the edit cost, as declared or measured beforehand.
        seconds: how long it took here.
        remark: what the user should know about how it was done.
    """

    step: Step
    before: Pixels
    after: Pixels
    reason: str | None = None
    failure: Failure | None = None
    cost: Cost = FREE
    seconds: float = 0.0
    remark: str = ""

    @property
    def done(self) -> bool:
        """Whether it changed the photo."""
        return self.reason is None and self.failure is None

    @property
    def changed(self) -> float:
        """Share of the pixels that changed visibly, 0 to 1; 1 if the size changed."""
        if self.before is self.after:
            return 0.0
        if self.before.shape != self.after.shape:
            return 1.0
        same = 0
        for rows in _strips(self.before):
            difference = cv2.absdiff(to_eight(self.before[rows]), to_eight(self.after[rows]))
            same += cv2.countNonZero(cv2.inRange(difference, (0, 0, 0), (TOUCHED - 1,) * 3))
        height, width = self.before.shape[:2]
        return round(1.0 - same / (height * width), 4)


def _strips(pixels: Pixels) -> Iterator[slice]:
    return strips(pixels.shape[1], pixels.shape[0])


def _equal(first: Pixels, second: Pixels) -> bool:
    """Whether two pictures are the same; most that are not differ in the first strip already."""
    return first.shape == second.shape and all(
        np.array_equal(first[rows], second[rows]) for rows in _strips(first)
    )


class Desk:
    """Carries out steps one after the other.

    Args:
        pixels: (H, W, 3) uint8 or uint16, the photo.
        task: as the tools see it.
        tools: that may be called.
        regions: by slot.
        seed: of tools with randomness.
    """

    def __init__(
        self,
        pixels: Pixels,
        task: EditTask,
        tools: Sequence[Tool],
        regions: Sequence[Region | None],
        seed: int = 0,
    ) -> None:
        self.pixels = pixels
        self._workspace = Workspace(task, tools, regions, seed=seed)
        self._shown = task.source

    def carry_out(self, step: Step) -> Round:
        """Do what a step says, and report what came of it."""
        if step.reason is not None:
            return Round(step, self.pixels, self.pixels, step.reason, remark=step.remark)
        if step.sliders is not None:
            return self._develop(step, step.sliders)
        assert step.call is not None
        return self._call(step, step.call)

    def _develop(self, step: Step, sliders: Sliders) -> Round:
        before, start = self.pixels, time.perf_counter()
        weight = None if step.everywhere else self._weight(step)
        self.pixels = develop(before, sliders, weight)
        reason = None
        if _equal(before, self.pixels):
            self.pixels, reason = before, "it changed nothing"
        seconds = time.perf_counter() - start
        return Round(step, before, self.pixels, reason, seconds=seconds, remark=step.remark)

    def _weight(self, step: Step) -> Plane:
        """Return where sliders work, (H, W) float32: softly, and not at all on what is spared."""
        shape = self.pixels.shape[:2]
        feather = FEATHER * max(shape)
        # A tool may have moved the region, or taken it away.
        region = self._workspace.regions[step.slot]
        mask = np.zeros(shape, np.uint8) if region is None else region.mask
        weight = soft_mask(mask, shape, 0.0 if step.slot == 0 else feather)
        if step.spared is not None:
            apart = soft_mask(step.spared, shape, feather)
            weight *= np.subtract(1.0, apart, out=apart)
            weight[step.spared > 0] = 0.0
        return weight

    def _call(self, step: Step, call: ToolCall) -> Round:
        before = self.pixels
        self._show()
        start = time.perf_counter()
        transition = self._workspace.apply(call)
        seconds = time.perf_counter() - start
        reason, failure = transition.invalid, transition.failure
        remark = step.remark
        if reason is None and failure is None:
            after = self._taken(step, self._workspace.canvas)
            if _equal(before, after):
                reason = "it changed nothing"
            else:
                self.pixels = after
                if before.dtype != np.uint8:
                    note = f"what {call.tool} changed has 8 bits"
                    remark = "; ".join(filter(None, (remark, note)))
        return Round(step, before, self.pixels, reason, failure, transition.cost, seconds, remark)

    def _show(self) -> None:
        """Let the tools see the photo as it is now."""
        self._shown = to_eight(self.pixels)
        now = self._workspace.snapshot()
        self._workspace.restore(replace(now, state=replace(now.state, canvas=self._shown)))

    def _taken(self, step: Step, canvas: Image) -> Pixels:
        """Return the photo with what a tool made, but for what is spared."""
        if self.pixels.dtype == np.uint8 and step.spared is None:
            return canvas
        changed = (canvas != self._shown).any(axis=2)
        if step.spared is not None:
            changed &= step.spared < 128
        made = canvas if self.pixels.dtype == np.uint8 else canvas.astype(np.uint16) * 257
        return np.where(changed[..., None], made, self.pixels)


def apply_call(workspace: Workspace, call: ToolCall) -> Round:
    """Make a policy's call on the photo and report what came of it."""
    before = workspace.canvas
    region = None if call.tool in CONTROLS else workspace.regions[call.region]
    start = time.perf_counter()
    transition = workspace.apply(call)
    seconds = time.perf_counter() - start
    after, reason, failure = workspace.canvas, transition.invalid, transition.failure
    if reason is None and failure is None and call.tool not in CONTROLS:
        reason = "it changed nothing" if _equal(before, after) else None
    step = Step((), "", call=call, region=region)
    return Round(step, before, after, reason, failure, transition.cost, seconds)


def failed(pixels: Pixels, failure: Failure) -> Round:
    """A round in which a grounder or an interpreter failed."""
    return Round(Step((), ""), pixels, pixels, None, failure)
