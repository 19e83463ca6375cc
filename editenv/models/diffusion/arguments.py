"""Checks of a diffusion tool's arguments; a ``ValueError`` says what is accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Real
from typing import Any

from editenv.models.diffusion.adapters import Adapter
from editenv.models.diffusion.fit import Size
from editenv.options import checked_number
from editenv.tools.cost import Cost


@dataclass(frozen=True)
class Choice:
    """One option of a tool.

    Attributes:
        name: as the policy sees it.
        goal: what is asked for, ``""`` where the prompt alone says so.
        steps: denoising steps.
        guidance: how strongly the prompt is followed.
    """

    name: str
    goal: str
    steps: int
    guidance: float


def choices(
    goals: Sequence[str], steps: Sequence[int], guidances: Sequence[float]
) -> tuple[Choice, ...]:
    """Return every combination; goals vary slowest, guidances fastest.

    A name says what is not the same in all of them: ``"dog"``, ``"dog, 4 steps"``. Without goals
    it says all: ``"20 steps, guidance 7.5"``.
    """
    found: list[Choice] = []
    for goal, step, guidance in product(goals or ("",), steps, guidances):
        parts = [goal] if goal else []
        if len(steps) > 1 or not goals:
            parts.append(f"{step} step{'s' if step > 1 else ''}")
        if len(guidances) > 1 or not goals:
            parts.append(f"guidance {guidance:g}")
        found.append(Choice(", ".join(parts), goal, step, guidance))
    return tuple(found)


def one_of(name: str, value: Any, accepted: Sequence[Any]) -> Any:
    """Return ``value`` if it is accepted."""
    if value not in accepted:
        raise ValueError(f"{name}={value!r} is unknown: choose from {list(accepted)}")
    return value


def numbers(name: str, value: Any, default: float, kind: type, least: float) -> tuple[Any, ...]:
    """Return one number or several, all different, as a tuple."""
    given: Any = default if value is None else value
    found = [
        kind(checked_number(name, number, kind, least))
        for number in ((given,) if isinstance(given, Real) else given)
    ]
    if not found or len(set(found)) < len(found):
        raise ValueError(f"{name}={value!r} must be one number or several, all different")
    return tuple(found)


def checked_goals(goals: Any, action: str) -> tuple[str, ...]:
    """Return the goals: different words, for ``"replace"`` only."""
    found = (goals,) if isinstance(goals, str) else tuple(goals)
    if not all(isinstance(goal, str) and goal.strip() for goal in found):
        raise ValueError(f"goals={goals!r} must be names of things, none of them empty")
    if len(set(found)) < len(found):
        raise ValueError(f"goals={goals!r} has a goal twice")
    if found and action != "replace":
        raise ValueError(f"goals={goals!r} is for action='replace', not action={action!r}")
    return found


def checked_size(size: Size, multiple: int | None, adapter: Adapter) -> tuple[Size, int]:
    """Return size and multiple."""
    if isinstance(size, str):
        one_of("size", size, ("native", "picture"))
    else:
        checked_number("size", size, int, adapter.multiple)
    sides = adapter.multiple if multiple is None else checked_number("multiple", multiple, int, 1)
    if sides % adapter.multiple:
        raise ValueError(f"multiple={multiple} must be a multiple of {adapter.multiple}")
    return size, int(sides)


def checked_strength(
    strength: float | None, adapter: Adapter, steps: Sequence[int]
) -> float | None:
    """Return the strength, or the adapter's default."""
    if adapter.strength is None:
        if strength is not None:
            raise ValueError(f"strength={strength!r} is for inpainting pipelines only")
        return None
    found = adapter.strength if strength is None else strength
    found = float(checked_number("strength", found, most=1))
    if int(min(steps) * found) < 1:
        raise ValueError(f"steps={min(steps)} with strength={found} leaves no step to do")
    return found


def checked_costs(cost: Cost | Sequence[Cost] | None, options: int) -> tuple[Cost, ...]:
    """Return a cost for each option; nothing at all costs nothing."""
    found = (cost or Cost(),) * options if isinstance(cost, Cost | None) else tuple(cost)
    if len(found) != options or not all(isinstance(c, Cost) for c in found):
        raise ValueError(f"cost={cost!r} must be one Cost, or one for each of {options} options")
    return found
