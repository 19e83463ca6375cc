"""The options of a diffusion tool: goals, numbers of steps and guidances, and their products."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Choice:
    """One option.

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
    found = []
    for goal, step, guidance in product(goals or ("",), steps, guidances):
        parts = [goal] if goal else []
        if len(steps) > 1 or not goals:
            parts.append(f"{step} step{'s' if step > 1 else ''}")
        if len(guidances) > 1 or not goals:
            parts.append(f"guidance {guidance:g}")
        found.append(Choice(", ".join(parts), goal, step, guidance))
    return tuple(found)
