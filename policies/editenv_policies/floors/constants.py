"""The best constant sequence of calls: what can be solved without looking at anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np

from editenv.types import ToolCall
from editenv.workspace import CONTROLS, SUBMIT, Workspace
from editenv_policies.imitation.progress import track

FIRST_SHARE = 8
"""All calls are tried on one in so many tasks, the better ones on all."""

KEPT = 12
"""How many of the calls are tried on all tasks."""


@dataclass(frozen=True)
class Constant:
    """A sequence of calls, followed by ``submit``, and how it does on the tasks of the search.

    Attributes:
        calls: made in every episode, whatever is asked.
        solved: tasks that they solve.
        progress: the mean share of sub-edits that are done after them.
        tasks: on how many tasks that was found.
    """

    calls: tuple[ToolCall, ...]
    solved: int
    progress: float
    tasks: int

    @property
    def rank(self) -> tuple[float, float]:
        """The larger, the better."""
        return self.solved / self.tasks, self.progress

    def __str__(self) -> str:
        """Render as ``"deblur(0, 0), submit"``."""
        made = [f"{call.tool}({call.region}, {call.option})" for call in self.calls]
        return ", ".join([*made, SUBMIT])


class ConstantActor:
    """Makes the same calls in every episode, then submits.

    Args:
        calls: without ``submit``.
    """

    def __init__(self, calls: Sequence[ToolCall]) -> None:
        self._calls = (*calls, ToolCall(SUBMIT))
        self._made = 0

    def reset(self, env: gymnasium.Env) -> None:
        """Begin with the first call."""
        self._made = 0

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Return the next call."""
        call = self._calls[min(self._made, len(self._calls) - 1)]
        self._made += 1
        base: Any = env.unwrapped
        return base.encode(call)


def search_constants(
    env: gymnasium.Env,
    tasks: int,
    first_seed: int,
    *,
    longest: int = 2,
    progress: bool = True,
) -> list[Constant]:
    """Find the best constant sequence of each length, the best of all first.

    All single calls are tried on some of the tasks and the better ones on all. The best is then
    extended by every call, and so on.

    Args:
        env: an ``ImageEditEnv`` of another split than the one that is reported.
        tasks: how many to search on, at least 1.
        first_seed: of the first task.
        longest: number of calls before ``submit``.
        progress: show a bar.

    Raises:
        ValueError: fewer than one task.
    """
    if tasks < 1:
        raise ValueError(f"search_tasks={tasks} must be at least 1")
    base: Any = env.unwrapped
    spaces = []
    for seed in range(first_seed, first_seed + tasks):
        env.reset(seed=seed)
        spaces.append(base.workspace.copy())
    calls = [call for call in base.calls if call.tool not in CONTROLS]
    found = [_score((), spaces)]
    stem: tuple[ToolCall, ...] = ()
    for length in range(1, longest + 1):
        best = _extend(stem, calls, spaces, f"constants of {length}", progress)
        found.append(best)
        stem = best.calls
    return sorted(found, key=lambda constant: constant.rank, reverse=True)


def _extend(
    stem: tuple[ToolCall, ...],
    calls: Sequence[ToolCall],
    spaces: Sequence[Workspace],
    label: str,
    progress: bool,
) -> Constant:
    """Return the best sequence that is ``stem`` and one more call."""
    starts = [space for space in (_after(space, stem) for space in spaces) if space is not None]
    few = starts[::FIRST_SHARE] if len(starts) >= 4 * FIRST_SHARE else starts
    with track(len(calls) * len(few) + KEPT * len(starts), label, progress) as bar:
        first = [_score((call,), few, bar) for call in calls]
        first.sort(key=lambda constant: constant.rank, reverse=True)
        last = [_score(constant.calls, starts, bar) for constant in first[:KEPT]]
    best = max(last, key=lambda constant: constant.rank)
    return Constant((*stem, *best.calls), best.solved, best.progress, len(spaces))


def _after(space: Workspace, calls: Sequence[ToolCall]) -> Workspace | None:
    """Return a copy of a workspace after some calls; None where one of them did nothing."""
    space = space.copy()
    for call in calls:
        if space.why_invalid(call) is not None:
            return None
        space.apply(call)
    return space


def _score(calls: Sequence[ToolCall], spaces: Sequence[Workspace], bar: Any = None) -> Constant:
    verdicts = list(_verdicts(calls, spaces, bar))
    solved = sum(success for success, _ in verdicts)
    done = float(np.mean([share for _, share in verdicts])) if verdicts else 0.0
    return Constant(tuple(calls), solved, done, max(len(spaces), 1))


def _verdicts(
    calls: Sequence[ToolCall], spaces: Sequence[Workspace], bar: Any
) -> Iterator[tuple[bool, float]]:
    """Whether the calls solve each task, and the share of sub-edits that they get done."""
    for space in spaces:
        moved = _after(space, calls)
        verdict = (moved or space).state.verdict
        done = float(np.mean(verdict.done)) if len(verdict.done) else 0.0
        yield bool(verdict.success), done
        if bar is not None:
            bar.update()
