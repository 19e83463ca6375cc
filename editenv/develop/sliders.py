"""The sliders of a photo editor: names, ranges, units and neutral values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Curve = tuple[tuple[float, float], ...]
"""Points (input, output) of a tone curve, both from 0 to 255, with rising inputs."""

Box = tuple[float, float, float, float]
"""left, top, right, bottom, as shares of the width and height."""

STRAIGHT: Curve = ((0.0, 0.0), (255.0, 255.0))
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

COLOURS = ("red", "orange", "yellow", "green", "aqua", "blue", "purple", "magenta")
"""The colours that have sliders of their own, in the order of their hues."""


class Range(NamedTuple):
    """What a slider accepts.

    Attributes:
        low: smallest value.
        high: largest value.
        neutral: the value that changes nothing.
        unit: of the value; ``"%"`` is a share of the strongest effect that is offered.
    """

    low: float
    high: float
    neutral: float = 0.0
    unit: str = "%"


_BOTH, _ONE = Range(-100.0, 100.0), Range(0.0, 100.0)

RANGES: dict[str, Range] = {
    "exposure": Range(-5.0, 5.0, unit="EV"),
    **dict.fromkeys(("contrast", "highlights", "shadows", "whites", "blacks"), _BOTH),
    **dict.fromkeys(("temperature", "tint", "vibrance", "saturation", "clarity"), _BOTH),
    **{f"{what}_{c}": _BOTH for what in ("hue", "saturation", "luminance") for c in COLOURS},
    "sharpening": Range(0.0, 150.0),
    "sharpening_radius": Range(0.5, 3.0, 1.0, "pixels"),
    "noise_luminance": _ONE,
    "noise_colour": _ONE,
    "vignette": _BOTH,
    "vignette_midpoint": Range(0.0, 100.0, 50.0),
    "straighten": Range(-45.0, 45.0, unit="degrees"),
}
"""Every slider that is one real number. The sharpening radius and the midpoint of the vignette
do nothing by themselves."""

LONGEST_SIDE = 65_536
"""Largest value of ``resize``, in pixels."""


@dataclass(frozen=True)
class Sliders:
    """Where all sliders of a photo editor stand. The defaults change nothing.

    Names and scales are those of Camera Raw, so that an edit means something in another editor too;
    ``editenv.develop.xmp`` writes and reads its files. ``RANGES`` has the limits.

    Attributes:
        exposure: in stops (EV); +1 doubles the light.
        contrast: -100 (flat) to 100 (hard).
        highlights: -100 (bright parts darker) to 100; nothing below mid-grey moves.
        shadows: -100 to 100 (dark parts brighter); nothing above mid-grey moves.
        whites: -100 to 100, the bright end of the scale.
        blacks: -100 to 100, the dark end of the scale.
        temperature: -100 (blue) to 100 (yellow), from the photo's own white balance.
        tint: -100 (green) to 100 (magenta).
        vibrance: -100 to 100, saturation of what is pale.
        saturation: -100 (black and white) to 100 (twice as strong).
        clarity: -100 to 100, contrast of structures of some hundredths of the picture's side.
        hue_red: and the seven others: -100 to 100, hundredths of the way to the next colour.
        saturation_red: and the seven others: as ``saturation``, of one colour.
        luminance_red: and the seven others: -100 (darker) to 100, of one colour.
        sharpening: 0 to 150.
        sharpening_radius: 0.5 to 3, in pixels.
        noise_luminance: 0 to 100, how strongly grain is smoothed.
        noise_colour: 0 to 100, how strongly spots of colour are smoothed.
        vignette: -100 (dark corners) to 100 (light corners).
        vignette_midpoint: 0 (reaches to the middle) to 100 (corners only).
        curve: the tone curve, of all channels: 2 to 20 points from (0, 0) to (255, 255), outputs
            of 0 to 255.
        rotate: quarter turns clockwise, 0 to 3.
        straighten: -45 to 45, in degrees clockwise; what is left has the shape from before.
        crop: left, top, right and bottom of what is kept of the turned and straightened picture,
            as shares; see ``editenv.develop.geometry.ratio_box`` for a ratio.
        resize: the longer side at the end, in pixels; 0 keeps the size.

    Raises:
        ValueError: a value out of its range.
    """

    exposure: float = 0.0
    contrast: float = 0.0
    highlights: float = 0.0
    shadows: float = 0.0
    whites: float = 0.0
    blacks: float = 0.0
    temperature: float = 0.0
    tint: float = 0.0
    vibrance: float = 0.0
    saturation: float = 0.0
    clarity: float = 0.0
    hue_red: float = 0.0
    hue_orange: float = 0.0
    hue_yellow: float = 0.0
    hue_green: float = 0.0
    hue_aqua: float = 0.0
    hue_blue: float = 0.0
    hue_purple: float = 0.0
    hue_magenta: float = 0.0
    saturation_red: float = 0.0
    saturation_orange: float = 0.0
    saturation_yellow: float = 0.0
    saturation_green: float = 0.0
    saturation_aqua: float = 0.0
    saturation_blue: float = 0.0
    saturation_purple: float = 0.0
    saturation_magenta: float = 0.0
    luminance_red: float = 0.0
    luminance_orange: float = 0.0
    luminance_yellow: float = 0.0
    luminance_green: float = 0.0
    luminance_aqua: float = 0.0
    luminance_blue: float = 0.0
    luminance_purple: float = 0.0
    luminance_magenta: float = 0.0
    sharpening: float = 0.0
    sharpening_radius: float = 1.0
    noise_luminance: float = 0.0
    noise_colour: float = 0.0
    vignette: float = 0.0
    vignette_midpoint: float = 50.0
    curve: Curve = STRAIGHT
    rotate: int = 0
    straighten: float = 0.0
    crop: Box = WHOLE
    resize: int = 0

    def __post_init__(self) -> None:
        """Refuse what is out of range."""
        for name, (low, high, _, unit) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:  # NaN is refused too.
                raise ValueError(f"{name}={value!r} must be from {low:g} to {high:g} {unit}")
        if self.rotate not in (0, 1, 2, 3):
            raise ValueError(f"rotate={self.rotate!r} must be 0, 1, 2 or 3 quarter turns")
        if int(self.resize) != self.resize or not 0 <= self.resize <= LONGEST_SIDE:
            raise ValueError(f"resize={self.resize!r} must be from 0 to {LONGEST_SIDE} pixels")
        left, top, right, bottom = self.crop
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValueError(
                f"crop={self.crop!r} must be left < right and top < bottom, from 0 to 1"
            )
        _check_curve(self.curve)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Sliders:
        """Return neutral sliders but for those in ``values``, by name.

        Raises:
            TypeError: an unknown name.
            ValueError: a value out of its range.
        """
        return cls(**values)

    def colours(self, what: str) -> NDArray[np.float32]:
        """Return (8,) float32: one slider of every colour, as shares from -1 to 1.

        Args:
            what: ``"hue"``, ``"saturation"`` or ``"luminance"``.
        """
        return np.array([getattr(self, f"{what}_{c}") for c in COLOURS], np.float32) / 100.0

    def moved(self) -> dict[str, object]:
        """Return the sliders that don't stand where they begin, by name."""
        start = Sliders()
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value != getattr(start, name)}

    def to_vector(
        self, names: Sequence[str], limits: Mapping[str, tuple[float, float]] | None = None
    ) -> NDArray[np.float32]:
        """Return the named sliders as numbers from -1 to 1.

        Args:
            names: of ``RANGES``, in the order of the numbers.
            limits: by name, the values that -1 and 1 stand for, where not the ends of the range. A
                value beyond them becomes -1 or 1.

        Returns:
            (n,) float32. 0 is the middle between the limits: where the neutral value is too, but
            for ``sharpening``, ``sharpening_radius``, ``noise_luminance`` and ``noise_colour``.

        Raises:
            ValueError: an unknown name, or limits that are none.
        """
        low, high = _limits(names, limits)
        values = np.array([getattr(self, name) for name in names], np.float64)
        return np.clip(2.0 * (values - low) / (high - low) - 1.0, -1.0, 1.0).astype(np.float32)

    def with_vector(
        self,
        vector: NDArray[np.floating] | Sequence[float],
        names: Sequence[str],
        limits: Mapping[str, tuple[float, float]] | None = None,
    ) -> Sliders:
        """Return these sliders with the named ones where ``vector`` says; undoes ``to_vector``.

        Args:
            vector: (n,), clipped to -1 to 1.
            names: of ``RANGES``, in the order of the numbers.
            limits: as for ``to_vector``.

        Raises:
            ValueError: an unknown name, limits that are none, or a vector of another length.
        """
        low, high = _limits(names, limits)
        numbers = np.asarray(vector, np.float64)
        if numbers.shape != (len(names),):
            raise ValueError(f"vector has the shape {numbers.shape}; names has {len(names)}")
        values = np.clip(low + (np.clip(numbers, -1, 1) + 1.0) / 2.0 * (high - low), low, high)
        return replace(self, **dict(zip(names, values.tolist(), strict=True)))

    @classmethod
    def from_vector(
        cls,
        vector: NDArray[np.floating] | Sequence[float],
        names: Sequence[str],
        limits: Mapping[str, tuple[float, float]] | None = None,
    ) -> Sliders:
        """Return neutral sliders with the named ones where ``vector`` says; see ``with_vector``."""
        return cls().with_vector(vector, names, limits)


def _limits(
    names: Sequence[str], limits: Mapping[str, tuple[float, float]] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    unknown = [name for name in names if name not in RANGES]
    if unknown:
        raise ValueError(f"names has {unknown}: choose from {list(RANGES)}")
    ends = [(limits or {}).get(name, RANGES[name][:2]) for name in names]
    for name, (low, high) in zip(names, ends, strict=True):
        if not RANGES[name].low <= low < high <= RANGES[name].high:
            raise ValueError(
                f"limits[{name!r}]={(low, high)} must be rising and within {RANGES[name][:2]}"
            )
    low, high = np.array(ends, np.float64).reshape(-1, 2).T
    return low, high


def _check_curve(curve: Curve) -> None:
    inputs = [point[0] for point in curve]
    rising = all(a < b for a, b in pairwise(inputs))
    if not 2 <= len(curve) <= 20 or not rising or (inputs[0], inputs[-1]) != (0, 255):
        raise ValueError(
            f"curve={curve!r} must have 2 to 20 points with inputs rising from 0 to 255"
        )
    if not all(0 <= point[1] <= 255 for point in curve):
        raise ValueError(f"curve={curve!r} has an output that is not from 0 to 255")
