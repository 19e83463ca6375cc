"""Where a box goes: moved, scaled, replaced, beside another; always inside the picture."""

from __future__ import annotations

from editenv.types import Box

MOVE_OPTIONS = ("left", "right", "up", "down", "left edge", "right edge", "centre")
CROP_OPTIONS = ("centre", "left", "right", "top", "bottom")


def _placed(centre: float, bottom: float, size: tuple[float, float], frame: tuple[int, int]) -> Box:
    """Return a box of about ``size`` (width, height), shrunk and shifted to fit (height, width)."""
    height, width = frame
    shrink = min(1.0, width / max(size[0], 1.0), height / max(size[1], 1.0))
    box_width = min(width, max(1, round(size[0] * shrink)))
    box_height = min(height, max(1, round(size[1] * shrink)))
    left = min(max(0, round(centre - box_width / 2)), width - box_width)
    top = min(max(0, round(bottom) - box_height), height - box_height)
    return (left, top, left + box_width, top + box_height)


def _option(name: str, accepted: tuple[str, ...]) -> None:
    if name not in accepted:
        raise ValueError(f"option is {name!r}; accepted: {', '.join(accepted)}")


def touching(first: Box, second: Box) -> bool:
    """Whether two boxes have a pixel in common."""
    return (
        first[0] < second[2]
        and second[0] < first[2]
        and first[1] < second[3]
        and second[1] < first[3]
    )


def moved_box(box: Box, option_name: str, height: int, width: int) -> Box:
    """Return where a move takes a box.

    Args:
        box: ``(left, top, right, bottom)`` in pixels.
        option_name: one of ``MOVE_OPTIONS``: a quarter of the picture in a direction, to an edge
            (with a margin of 2 %), or to the horizontal centre.
        height: of the picture.
        width: of the picture.

    Returns:
        A box of the same size inside the picture.

    Raises:
        ValueError: for an unknown option.
    """
    _option(option_name, MOVE_OPTIONS)
    left, top, right, bottom = box
    box_width, box_height = right - left, bottom - top
    lefts = {
        "left": left - round(width / 4),
        "right": left + round(width / 4),
        "left edge": round(0.02 * width),
        "right edge": width - box_width - round(0.02 * width),
        "centre": round((width - box_width) / 2),
    }
    tops = {"up": top - round(height / 4), "down": top + round(height / 4)}
    new_left = min(max(0, lefts.get(option_name, left)), max(0, width - box_width))
    new_top = min(max(0, tops.get(option_name, top)), max(0, height - box_height))
    return (new_left, new_top, new_left + box_width, new_top + box_height)


def scaled_box(box: Box, factor: float, height: int, width: int) -> Box:
    """Return a box scaled about its bottom centre, shrunk to fit and shifted inside.

    Args:
        box: ``(left, top, right, bottom)`` in pixels.
        factor: of both sides, above 0.
        height: of the picture.
        width: of the picture.
    """
    left, top, right, bottom = box
    size = ((right - left) * factor, (bottom - top) * factor)
    return _placed((left + right) / 2, bottom, size, (height, width))


def _alike(box: Box, aspect: float) -> tuple[float, float]:
    """Return the (width, height) of another shape with the area of a box.

    By area, since a thing as tall as what it replaces would often be a giant: a lemon as tall as a
    bottle.
    """
    left, top, right, bottom = box
    tall = ((right - left) * (bottom - top) / aspect) ** 0.5
    return tall * aspect, tall


def follow(outer: Box, core: Box, goal: Box) -> Box:
    """Return where a box goes when another one, near to it, goes to a goal.

    What is planned with the solid part of an object is done with its soft rim too.

    Args:
        outer: ``(left, top, right, bottom)`` in pixels.
        core: such a box, not empty.
        goal: where ``core`` goes.
    """
    across = (goal[2] - goal[0]) / max(core[2] - core[0], 1)
    down = (goal[3] - goal[1]) / max(core[3] - core[1], 1)
    left = round(goal[0] + (outer[0] - core[0]) * across)
    top = round(goal[1] + (outer[1] - core[1]) * down)
    wide = max(round((outer[2] - outer[0]) * across), 1)
    tall = max(round((outer[3] - outer[1]) * down), 1)
    return (left, top, left + wide, top + tall)


def turned_box(outer: Box, core: Box, axis: int) -> Box:
    """Return where a box goes when what it holds is mirrored about the middle of its core.

    Args:
        outer: ``(left, top, right, bottom)`` in pixels.
        core: the solid part.
        axis: 1 left to right, 0 top to bottom.
    """
    left, top, right, bottom = outer
    if axis == 1:
        return (core[0] + core[2] - right, top, core[0] + core[2] - left, bottom)
    return (left, core[1] + core[3] - bottom, right, core[1] + core[3] - top)


def replaced_box(box: Box, aspect: float, height: int, width: int) -> Box:
    """Return the box of another object in this one's place: same area and bottom centre.

    Args:
        box: ``(left, top, right, bottom)`` in pixels.
        aspect: width over height of the new object.
        height: of the picture.
        width: of the picture.
    """
    left, _, right, bottom = box
    return _placed((left + right) / 2, bottom, _alike(box, aspect), (height, width))


def beside_box(anchor_box: Box | None, aspect: float, height: int, width: int) -> Box:
    """Return the box of a new object beside an anchor, on the side with more room.

    Args:
        anchor_box: ``(left, top, right, bottom)``, whose area the new object takes; or None for no
            anchor: then the object is 0.3 of the picture's height and stands at the bottom centre.
        aspect: width over height of the new object.
        height: of the picture.
        width: of the picture.
    """
    if anchor_box is None:
        tall = 0.3 * height
        return _placed(width / 2, height - 0.04 * height, (tall * aspect, tall), (height, width))
    left, _, right, bottom = anchor_box
    size = _alike(anchor_box, aspect)
    gap = 0.02 * width + size[0] / 2
    centre = right + gap if width - right >= left else left - gap
    return _placed(centre, bottom, size, (height, width))


def crop_window(option_name: str, height: int, width: int) -> Box:
    """Return the window that a crop keeps: 75 % of each side, anchored as the option says.

    Args:
        option_name: one of ``CROP_OPTIONS``; the other direction is centred.
        height: of the picture.
        width: of the picture.

    Raises:
        ValueError: for an unknown option.
    """
    _option(option_name, CROP_OPTIONS)
    kept_width, kept_height = max(1, round(0.75 * width)), max(1, round(0.75 * height))
    spare_x, spare_y = width - kept_width, height - kept_height
    left = {"left": 0, "right": spare_x}.get(option_name, spare_x // 2)
    top = {"top": 0, "bottom": spare_y}.get(option_name, spare_y // 2)
    return (left, top, left + kept_width, top + kept_height)
