"""Renders a picture some rows at a time, so that most edits need no copy of it in floats.

Each stage gives any rows of its picture and asks the stage before it for the rows that it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import cv2
import numpy as np

from editenv.develop import colour, curve, detail, geometry, light
from editenv.develop.filters import Smoothing
from editenv.develop.sliders import WHOLE, Sliders
from editenv.develop.transfer import (
    Light,
    Pixels,
    Plane,
    decode,
    encode,
    into_gamut,
    luminance,
    to_light,
    to_pixels,
    to_stored,
)
from editenv.imaging.regions import thrice
from editenv.imaging.strips import around, strips
from editenv.types import Image

BLOCK = 1500
"""Columns whose noise is reduced at once: with a few rows they fit the processor's cache."""

Stage = Callable[[slice], Light]
"""Returns the wanted rows of a picture."""

Smoother = Callable[[slice], Callable[[Plane], Plane]]
"""Returns what smooths the plane of the given rows."""


def rendered(image: Pixels, sliders: Sliders, weight: Plane | None) -> Pixels:
    """Return a picture with all sliders but the quarter turns, as far as ``weight`` says.

    Args:
        image: (H, W, 3) uint8 or uint16.
        sliders: where they stand.
        weight: (H, W) float32 from 0 to 1; None is everywhere.
    """
    frame, width, height = _framed(image, sliders)
    result = np.empty((height, width, 3), image.dtype)
    for rows in strips(width, height, reach(sliders)):
        if weight is None:
            result[rows] = to_pixels(_finished(frame, sliders, rows, height), image.dtype)
        elif not weight[rows].any():
            result[rows] = image[rows]
        else:
            part = image[rows]
            source = to_light(part)
            change = _finished(frame, sliders, rows, height) - source
            change *= thrice(weight[rows])
            change += source
            blended = to_pixels(change, image.dtype)
            result[rows] = cv2.copyTo(blended, (weight[rows] > 0).view(np.uint8), part.copy())
    return result


def reach(sliders: Sliders) -> int:
    """Return how many pixels away noise reduction and sharpening look, at most."""
    return detail.noise_reach(sliders) + detail.sharpening_reach(sliders)


def _adjusted(image: Pixels, sliders: Sliders) -> Stage:
    """Everything before the geometry."""
    height, width = image.shape[:2]
    noisy = detail.noise_reach(sliders)

    def denoised(rows: slice) -> Light:
        if not noisy:
            return to_light(image[rows])
        outer, inner = around(rows, noisy, height)
        clean = np.empty((rows.stop - rows.start, width, 3), np.float32)
        for left in range(0, width, BLOCK):
            columns = slice(left, min(left + BLOCK, width))
            beside, middle = around(columns, noisy, width)
            part = detail.denoised(to_stored(image[outer, beside]), sliders)
            clean[:, columns] = part[inner, middle]
        return decode(clean)

    def exposed(rows: slice) -> Light:
        return light.expose(denoised(rows), sliders)

    def toned(rows: slice) -> Light:
        picture = before(rows)
        if recovery is not None:
            picture = light.recover(picture, sliders, recovery(rows))
        return curve.tone(picture, sliders)

    def coloured(rows: slice) -> Light:
        picture = into_gamut(looked_up(rows) if looked_up else toned(rows))
        return into_gamut(colour.colour(picture, sliders))

    def clarified(rows: slice) -> Light:
        assert clarity is not None
        return detail.clarify(coloured(rows), sliders, clarity(rows))

    recovers = bool(sliders.highlights or sliders.shadows)
    before = exposed
    if noisy and (recovers or sliders.clarity):
        before = _whole(exposed, width, height, noisy)
    recovery = _surveyed(before, width, height, *light.BASE) if recovers else None
    by_value = image.dtype == np.uint8 and not (noisy or recovers)
    looked_up = _looked_up(image, sliders) if by_value else None
    clarity = _surveyed(coloured, width, height, *detail.LOCAL) if sliders.clarity else None
    return coloured if clarity is None else clarified


def _looked_up(image: Image, sliders: Sliders) -> Stage:
    """Expose and tone what depends on nothing but a channel's own 256 values."""
    values = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    table = curve.tone(light.expose(to_light(values), sliders), sliders)
    return lambda rows: cv2.LUT(image[rows], table)


def _surveyed(stage: Stage, width: int, height: int, share: float, variance: float) -> Smoother:
    """Return what smooths the luminance of a stage, having seen all of it."""
    smoothing = Smoothing(height, width, share, variance)

    @cache
    def survey() -> None:
        for rows in strips(width, height):
            smoothing.show(encode(luminance(stage(rows))), rows)

    def smoother(rows: slice) -> Callable[[Plane], Plane]:
        if (rows.start, rows.stop) == (0, height):
            # The plane that is to be smoothed is all that there is to see.
            return at_once
        survey()
        return partial(smoothing.smooth, rows=rows)

    def at_once(plane: Plane) -> Plane:
        everything = slice(0, height)
        smoothing.show(plane, everything)
        return smoothing.smooth(plane, everything)

    return smoother


def _framed(image: Pixels, sliders: Sliders) -> tuple[Stage, int, int]:
    """Return the stage after the geometry, and the width and height of its picture."""
    stage = _adjusted(image, sliders)
    height, width = image.shape[:2]
    if sliders.straighten:
        source = _whole(stage, width, height, detail.noise_reach(sliders))(slice(None))
        stage = partial(geometry.straightened, source, sliders.straighten)
        width, height = geometry.straightened_size(width, height, sliders.straighten)
    if sliders.crop != WHOLE:
        box = geometry.crop_box(width, height, sliders.crop)
        stage = partial(_cropped, stage, box)
        width, height = box[2] - box[0], box[3] - box[1]
    if sliders.resize not in (0, max(width, height)):
        size = geometry.resized_size(width, height, sliders.resize)
        stage = _resized(stage, width, height, size)
        width, height = size
    return stage, width, height


def _cropped(stage: Stage, box: tuple[int, int, int, int], rows: slice) -> Light:
    left, top, right, _ = box
    return np.ascontiguousarray(stage(slice(rows.start + top, rows.stop + top))[:, left:right])


def _resized(stage: Stage, width: int, height: int, size: tuple[int, int]) -> Stage:
    """Resize the rows first, so that only pictures of the new width are held."""
    method = cv2.INTER_AREA if max(size) < max(width, height) else cv2.INTER_CUBIC
    narrow = np.empty((height, size[0], 3), np.float32)
    for rows in strips(width, height):
        part = stage(rows)
        narrow[rows] = cv2.resize(part, (size[0], len(part)), interpolation=method)
    whole = cv2.resize(narrow, size, interpolation=method)
    return np.maximum(whole, 0.0, out=whole).__getitem__


def _whole(stage: Stage, width: int, height: int, overlap: int) -> Stage:
    """Render a whole picture of a stage and keep it."""
    kept = np.empty((height, width, 3), np.float32)
    for rows in strips(width, height, overlap):
        kept[rows] = stage(rows)
    return kept.__getitem__


def _finished(frame: Stage, sliders: Sliders, rows: slice, height: int) -> Light:
    """What is judged by the finished frame."""
    outer, inner = around(rows, detail.sharpening_reach(sliders), height)
    picture = detail.sharpen(frame(outer), sliders)[inner]
    return into_gamut(light.vignette(picture, sliders, rows, height))
