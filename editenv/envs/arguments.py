"""Checks of arguments: one ``ValueError`` that names argument, value and what is accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from editenv.protocols import is_array

IMAGE_SIZES = (32, 1024)
"""Smallest and largest side of the picture, in pixels."""

MOST_SLOTS = 1024
MOST_TOKENS = 8192
MOST_HISTORY = 4096
MOST_STEPS = 1_000_000
"""Beyond these, an observation would take gigabytes where a typing error was meant."""


def parse_size(image_size: Any) -> tuple[int, int]:
    """Return height and width of ``image_size``.

    Raises:
        ValueError: neither an integer nor two of them, or one that is too small or too large.
    """
    sides: Any = (image_size, image_size) if _is_whole(image_size) else image_size
    low, high = IMAGE_SIZES
    valid = _is_row(sides) and len(sides) == 2
    if not valid or not all(_is_whole(side) and low <= side <= high for side in sides):
        raise ValueError(
            f"image_size={image_size!r} must be one integer or (height, width), "
            f"each from {low} to {high}"
        )
    return int(sides[0]), int(sides[1])


def check_flag(name: str, value: Any) -> None:
    """Refuse anything but True and False.

    Raises:
        ValueError: names the argument and its value.
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ValueError(f"{name}={value!r} must be True or False")


def check_at_least(name: str, value: Any, least: int) -> None:
    """Refuse anything but an integer of at least ``least``.

    Raises:
        ValueError: names the argument, its value and the least.
    """
    if not _is_whole(value) or value < least:
        raise ValueError(f"{name}={value!r} must be an integer of at least {least}")


def check_up_to(name: str, value: Any, most: int) -> None:
    """Refuse anything but an integer from 1 to ``most``.

    Raises:
        ValueError: names the argument, its value and the limits.
    """
    if not _is_whole(value) or not 1 <= value <= most:
        raise ValueError(f"{name}={value!r} must be an integer from 1 to {most}")


def check_options(options: Any, accepted: Sequence[str]) -> dict[str, Any]:
    """Return the ``options`` of ``reset`` as a dictionary.

    Raises:
        ValueError: no mapping, or a key that means nothing here, such as a misspelt one.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise ValueError(f"options={options!r} must be None or a mapping with keys of {accepted}")
    given: dict[Any, Any] = dict(cast(Mapping[Any, Any], options))
    for key in given:
        if key not in accepted:
            raise ValueError(f"options has the unknown key {key!r}: choose from {accepted}")
    return given


def _is_row(value: Any) -> bool:
    return isinstance(value, Sequence) or (is_array(value) and value.ndim == 1)


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
