"""A detector that errs: shaken masks, wrong labels, missed objects."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from editenv.grounders.base import Slots, into_slots
from editenv.grounders.scene import known_regions
from editenv.types import EditTask, Mask, Region, mask_box

COMMON_LABELS = (
    "ball", "bicycle", "bird", "book", "bottle", "bowl", "box", "car", "cat", "chair",
    "cup", "dog", "flower", "fruit", "hat", "lamp", "plant", "shoe", "toy", "tree",
)  # fmt: skip
"""What a wrong label is drawn from unless the user gives a vocabulary."""


class NoisyGrounder:
    """The scene's regions as an imperfect detector would report them, names included: *privileged*.

    Every region is, independently, missed with the rate ``missing``, misnamed with the rate
    ``wrong_label``, and its mask is shifted by up to ``jitter`` times its box's sides and then
    eroded or dilated by up to half of ``jitter`` times the shorter side. A shaken mask that left
    the picture or vanished is put back as it was. The score is the IoU of the shaken with the true
    mask, as of a detector with calibrated confidence.

    Args:
        jitter: how far masks are shaken, 0 to 1.
        wrong_label: rate of wrong labels, 0 to 1.
        missing: rate of missed regions, 0 to 1.
        labels: vocabulary of wrong labels, at least two different ones.

    Raises:
        ValueError: a rate is outside [0, 1], or the vocabulary is too small.
    """

    privileged = True

    def __init__(
        self,
        jitter: float = 0.1,
        wrong_label: float = 0.1,
        missing: float = 0.1,
        labels: Sequence[str] = COMMON_LABELS,
    ) -> None:
        self.jitter = _rate("jitter", jitter)
        self.wrong_label = _rate("wrong_label", wrong_label)
        self.missing = _rate("missing", missing)
        if isinstance(labels, str) or len(set(labels)) < 2:
            raise ValueError(f"labels={labels!r}: give at least two different labels")
        self.labels = tuple(labels)

    def propose(self, task: EditTask, rng: np.random.Generator, slots: int) -> Slots:
        """Deal the shaken regions into random slots; see `Grounder.propose`."""
        height, width = task.source.shape[:2]
        shaken = [self._shake(region, rng) for region in known_regions(task)]
        seen = [region for region in shaken if region is not None]
        return into_slots(seen, height, width, rng, slots)

    def _shake(self, region: Region, rng: np.random.Generator) -> Region | None:
        """Return the region as reported, or None when it is missed."""
        # Always the same number of draws, so that one rate does not change what another one does.
        missed, misnamed, which, along, down, grow = rng.random(6)
        if missed < self.missing:
            return None
        label = region.label
        if misnamed < self.wrong_label:
            others = [name for name in self.labels if name != label]
            label = others[int(which * len(others))]
        mask = self._shake_mask(region, 2 * along - 1, 2 * down - 1, 2 * grow - 1)
        return Region(label, mask, mask_box(mask), region.score * _overlap(mask, region.mask))

    def _shake_mask(self, region: Region, along: float, down: float, grow: float) -> Mask:
        left, top, right, bottom = region.box
        width, height = right - left, bottom - top
        shift_x, shift_y = (
            round(along * self.jitter * width),
            round(down * self.jitter * height),
        )
        radius = round(abs(grow) * self.jitter * min(width, height) / 2)
        mask = _shifted(region.mask, shift_x, shift_y)
        if radius:
            side = 2 * radius + 1
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
            # The mask's own value outside the picture: its border is no edge of the object.
            change = cv2.dilate if grow > 0 else cv2.erode
            mask = np.asarray(change(mask, kernel, borderType=cv2.BORDER_REPLICATE), np.uint8)
        return mask if (mask > 127).any() else region.mask


def _rate(name: str, value: float) -> float:
    """Return the value as float, or raise when it is no number in [0, 1]."""
    if isinstance(value, (int, float)) and math.isfinite(value) and 0 <= value <= 1:
        return float(value)
    raise ValueError(f"{name}={value!r}: accepted are numbers from 0 to 1")


def _shifted(mask: Mask, right: int, down: int) -> Mask:
    """Return the mask moved by whole pixels, with zeros where nothing moved in."""
    height, width = mask.shape
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    moved = cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_NEAREST)
    return np.asarray(moved, np.uint8)


def _overlap(one: Mask, other: Mask) -> float:
    """Intersection over union of two masks, cut at 127; 0 for two empty ones."""
    a, b = one > 127, other > 127
    union = np.count_nonzero(a | b)
    return np.count_nonzero(a & b) / union if union else 0.0
