"""From a wish to sliders: which way, how far, and what the picture itself tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from editenv.agents.english import Amount
from editenv.agents.roles import Intent
from editenv.develop import Sliders, ratio_box
from editenv.develop.automatic import horizon_tilt, neutral_balance
from editenv.develop.sliders import RANGES, WHOLE, Box
from editenv.develop.transfer import Pixels
from editenv_policies.photo.wording import (
    BRIGHTER,
    COOLER,
    DARKER,
    DEEPER_SHADOWS,
    FLATTER,
    GREENER,
    LIGHTER_SHADOWS,
    MUTED,
    NO_NOISE,
    PINKER,
    PUNCHIER,
    SHARPER,
    STRONGER,
    VIVID,
    WARMER,
)

USUAL: dict[tuple[str, str], dict[str, float]] = {
    BRIGHTER: {"exposure": 0.6},
    DARKER: {"exposure": -0.6},
    PUNCHIER: {"contrast": 30},
    FLATTER: {"contrast": -30},
    VIVID: {"saturation": 35},
    MUTED: {"saturation": -35},
    WARMER: {"temperature": 30},
    COOLER: {"temperature": -30},
    PINKER: {"tint": 25},
    GREENER: {"tint": -25},
    SHARPER: {"sharpening": 60},
    NO_NOISE: {"noise_luminance": 40, "noise_colour": 40},
    LIGHTER_SHADOWS: {"shadows": 45},
    DEEPER_SHADOWS: {"shadows": -45},
    ("highlights", "brighter"): {"highlights": 50},
    ("highlights", "darker"): {"highlights": -50},
    ("vibrance", "stronger"): {"vibrance": 35},
    ("vibrance", "weaker"): {"vibrance": -35},
    ("clarity", "clearer"): {"clarity": 30},
    ("clarity", "softer"): {"clarity": -30},
    ("vignette", "darker corners"): {"vignette": -40},
    ("vignette", "lighter corners"): {"vignette": 40},
}
"""Sliders by operation and option, where nothing is said of an amount; half of it for "slightly",
twice for "much"."""

FIXED: dict[tuple[str, str], dict[str, float]] = {
    ("saturation", "black and white"): {"saturation": -100},
    ("exposure", "-1 EV"): {"exposure": -1.0},
    ("exposure", "-0.5 EV"): {"exposure": -0.5},
    ("exposure", "+0.5 EV"): {"exposure": 0.5},
    ("exposure", "+1 EV"): {"exposure": 1.0},
}
"""The same where there is no more or less."""

_STRONG = {(action, strong): (action, weak) for (action, weak), strong in STRONGER.items()}

GEOMETRY: dict[str, tuple[str, ...]] = {
    "crop": ("left", "right", "top", "bottom", "centre", "1:1"),
    "rotate": ("right", "left"),
    "straighten": ("level", "right", "left"),
    "resize": ("",),
}

CROPPED = 0.25
"""Share of a side that a crop takes off where nothing is said of an amount."""

LEVEL = 0.15
"""Degrees below which nobody sees a tilt."""

NEUTRAL = 2.0
"""Values of temperature and tint below which nobody sees a cast."""


@dataclass(frozen=True)
class Adjustment:
    """The slider positions for a wish.

    Attributes:
        sliders: those that it moves.
        remark: what the user should know about it, or ``""``.
    """

    sliders: Sliders
    remark: str = ""


class CannotAdjust(Exception):
    """A wish that no slider can fulfil; the message says why."""


def goals_of(action: str) -> tuple[str, ...]:
    """Return the options of an operation that the sliders can do."""
    known = [goal for name, goal in (*USUAL, *FIXED) if name == action]
    known += [goal for name, goal in _STRONG if name == action and _STRONG[name, goal] in USUAL]
    if action == "white_balance":
        known.append("neutral")
    return (*known, *GEOMETRY.get(action, ()))


def adjustment_of(
    intent: Intent, image: Pixels, so_far: Sliders, centre: tuple[float, float] = (0.5, 0.5)
) -> Adjustment | None:
    """Return what an intent asks of the sliders; None if it does not concern them.

    Args:
        intent: what is wanted.
        image: (H, W, 3) uint8 or uint16, the photo.
        so_far: how the photo is already turned and cropped.
        centre: of the thing to crop around, as shares of the photo.

    Raises:
        CannotAdjust: an amount that sliders cannot do, or a picture without a clear answer.
    """
    wish, amount = (intent.action, intent.goal), intent.amount
    if intent.action in GEOMETRY:
        return _geometry(intent, image, so_far, centre)
    if wish == ("white_balance", "neutral"):
        return _neutral(image, amount)
    if wish in FIXED:
        return Adjustment(Sliders.of(FIXED[wish]))
    if wish in _STRONG:
        wish, amount = _STRONG[wish], amount or Amount(2.0, "times")
    return _moved(USUAL[wish], amount) if wish in USUAL else None


def merged(first: Sliders, second: Sliders) -> Sliders:
    """Combine two settings, limited to the sliders' ranges; a crop applies to what is left."""
    names = [name for name in RANGES if name in second.moved()]
    values: dict[str, Any] = {}
    for name in names:
        low, high, neutral, _ = RANGES[name]
        moved = getattr(first, name) + getattr(second, name) - neutral
        values[name] = min(max(moved, low), high)
    return replace(
        first,
        **values,
        rotate=(first.rotate + second.rotate) % 4,
        crop=_within(first.crop, second.crop),
        resize=second.resize or first.resize,
    )


def in_words(sliders: Sliders) -> str:
    """Name sliders and values: ``"exposure +0.30, temperature +15"``."""
    said: list[str] = []
    for name, value in sliders.moved().items():
        if name == "crop":
            left, top, right, bottom = sliders.crop
            said.append(f"crop to {100 * (right - left):.0f} % x {100 * (bottom - top):.0f} %")
        elif name == "rotate":
            said.append(f"rotate {90 * sliders.rotate} degrees clockwise")
        elif name == "resize":
            said.append(f"resize to {sliders.resize} pixels")
        elif isinstance(value, (int, float)):
            digits = {"exposure": 2, "straighten": 1}.get(name, 0)
            said.append(f"{name.replace('_', ' ')} {value:+.{digits}f}")
    return ", ".join(said)


def _moved(usual: Mapping[str, float], amount: Amount | None) -> Adjustment:
    values: dict[str, float] = {}
    cut: list[str] = []
    for name, value in usual.items():
        wanted = value if amount is None else _by(name, value, amount)
        low, high, _, _ = RANGES[name]
        values[name] = min(max(wanted, low), high)
        if values[name] != wanted:
            cut.append(f"{name} goes no further than {values[name]:g}")
    return Adjustment(Sliders.of(values), "; ".join(cut))


def _by(name: str, usual: float, amount: Amount) -> float:
    """Where a slider should stand for an amount."""
    way = math.copysign(1.0, usual)
    if amount.unit == "times":
        return usual * amount.size
    if name == "exposure":
        return _stops(way, amount)
    if amount.unit in ("%", ""):
        return way * amount.size
    raise CannotAdjust(f"{name} is not measured in {amount.unit}: give a percentage")


def _stops(way: float, amount: Amount) -> float:
    """Exposure: stops, or per cent of the light."""
    if amount.unit == "stops" or (amount.unit == "" and amount.size <= RANGES["exposure"].high):
        return way * amount.size
    if amount.unit in ("%", "") and (way > 0 or amount.size < 100):
        return math.log2(1.0 + way * amount.size / 100)
    raise CannotAdjust("brightness is measured in stops, or in less than 100 per cent")


def _neutral(image: Pixels, amount: Amount | None) -> Adjustment:
    temperature, tint = neutral_balance(image)
    share = {"times": 1.0, "%": 0.01}.get(amount.unit, 1.0) * amount.size if amount else 1.0
    share = min(share, 1.0)
    if max(abs(temperature), abs(tint)) < NEUTRAL:
        raise CannotAdjust("the colours are neutral already, as far as the picture tells")
    return Adjustment(Sliders(temperature=share * temperature, tint=share * tint))


def _geometry(
    intent: Intent, image: Pixels, so_far: Sliders, centre: tuple[float, float]
) -> Adjustment:
    amount = intent.amount
    if intent.action == "straighten":
        return _straightened(intent.goal, image, amount)
    if intent.action == "rotate":
        quarters = 1 if amount is None else round(amount.size / 90)
        return Adjustment(Sliders(rotate=(quarters if intent.goal == "right" else -quarters) % 4))
    if intent.action == "resize":
        assert amount is not None
        return Adjustment(Sliders(resize=max(round(amount.size), 1)))
    share = CROPPED
    if amount is not None and amount.unit == "%":
        share = amount.size / 100
        if not 0 < share < 1:
            raise CannotAdjust("a crop takes off less than 100 per cent")
    if ":" not in intent.goal:
        return Adjustment(Sliders(crop=_side(intent.goal, share)))
    height, width = image.shape[:2]
    if so_far.rotate % 2:
        height, width = width, height
    left, top, right, bottom = so_far.crop
    size = round(width * (right - left)), round(height * (bottom - top))
    across, down = (float(part) for part in intent.goal.split(":"))
    box = ratio_box(*size, across / down, centre)
    if box == WHOLE:
        raise CannotAdjust("it has that shape already")
    return Adjustment(Sliders(crop=box))


def _straightened(goal: str, image: Pixels, amount: Amount | None) -> Adjustment:
    if amount is not None and amount.unit == "degrees":
        if amount.size > RANGES["straighten"].high:
            raise CannotAdjust("I straighten by 45 degrees at most")
        return Adjustment(Sliders(straighten=-amount.size if goal == "left" else amount.size))
    tilt = horizon_tilt(image)
    if tilt is None:
        raise CannotAdjust(
            "I find no straight lines that agree: say by how much, such as 'straighten it by 2 "
            "degrees'"
        )
    if abs(tilt) < LEVEL:
        raise CannotAdjust("it is level already, as far as its straight lines tell")
    return Adjustment(Sliders(straighten=-tilt))


def _side(kept: str, share: float) -> Box:
    if kept == "centre":
        return share / 2, share / 2, 1 - share / 2, 1 - share / 2
    left, top = (share if kept == "right" else 0.0), (share if kept == "bottom" else 0.0)
    right, bottom = (1 - share if kept == "left" else 1.0), (1 - share if kept == "top" else 1.0)
    return left, top, right, bottom


def _within(outer: Box, inner: Box) -> Box:
    """Return a crop of a crop, as shares of the whole."""
    left, top, right, bottom = outer
    wide, high = right - left, bottom - top
    return (
        left + inner[0] * wide,
        top + inner[1] * high,
        left + inner[2] * wide,
        top + inner[3] * high,
    )
