"""Probes that tool calls reach: right, half-hearted, overdone or wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from editenv.imaging.metrics import overlap
from editenv.judges.reference import edited_pixels
from editenv.models.audit.pictures import is_seen, stays, unlike_target
from editenv.models.audit.plan import hard, played, reference_plan
from editenv.types import BACKGROUND, Image, SubEdit, ToolCall
from editenv.workspace import UNDO, Workspace

MILDER: dict[str, tuple[str, ...]] = {
    "much darker": ("darker",),
    "much brighter": ("brighter",),
    "much flatter": ("flatter",),
    "much punchier": ("punchier",),
    "much cooler": ("cooler",),
    "much warmer": ("warmer",),
    "black and white": ("muted",),
    "-1 EV": ("-0.5 EV",),
    "+1 EV": ("+0.5 EV",),
    "half size": ("smaller",),
    "double size": ("larger",),
    "coarse": ("fine",),
    "strong": ("soft", "gentle", "light"),
    "strong lift": ("lift",),
}
"""By option: options of the same tool that go less far the same way."""

ELSEWHERE = 0.25
"""A region that shares more than this of its pixels with the sub-edits' masks is no other place."""

MORE = 2
"""How often an edit of a whole photo is repeated when it is overdone."""

Calls = tuple[ToolCall, ...]


class CallProbes:
    """Builds the probes of one task.

    Args:
        workspace: at the start of the episode; it is not changed.
        rng: chooses objects, goals and damage.
    """

    def __init__(self, workspace: Workspace, rng: np.random.Generator) -> None:
        self._start, self._rng = workspace, rng
        self._task = workspace.task
        self._plan: Calls | None = reference_plan(workspace)

    def all(self) -> dict[str, tuple[Calls, Image]]:
        """Return calls and the canvas that they lead to, by the name of the probe."""
        makers: dict[str, Callable[[Calls], Calls | None]] = {
            "perfect": lambda plan: plan,
            "detour": self._detour,
            "half": self._half,
            "partial": self._partial,
            "collateral": self._collateral,
            "over_edited": self._over_edited,
            "wrong_goal": self._wrong_goal,
            "wrong_object": self._wrong_object,
        }
        found: dict[str, tuple[Calls, Image]] = {"no_op": ((), self._task.source)}
        for name, make in makers.items() if self._plan is not None else ():
            assert self._plan is not None
            calls = make(self._plan)
            work = None if calls is None else played(self._start, calls)
            if calls is not None and work is not None:
                found[name] = calls, work.canvas
        return found

    @cached_property
    def _elsewhere(self) -> list[int]:
        """Slots of objects, or else of the background, that no sub-edit is about."""
        inside = edited_pixels(self._task) > 0
        slots: dict[bool, list[int]] = {True: [], False: []}
        for slot, region in enumerate(self._start.regions[1:], 1):
            if region is None:
                continue
            own = region.mask > 127
            subjects = (e.subject_mask for e in self._task.sub_edits if e.subject_mask is not None)
            if any(overlap(region.mask, subject) > 0.1 for subject in subjects):
                continue
            if own.any() and (own & inside).sum() <= ELSEWHERE * own.sum():
                slots[region.backdrop or region.label == BACKGROUND].append(slot)
        return slots[False] or slots[True]

    def _shows(self, before: Workspace, call: ToolCall) -> bool:
        """Whether a call on a region plainly changes that region."""
        after = played(before, [call])
        region = before.regions[call.region]
        return (
            after is not None
            and region is not None
            and is_seen(before.canvas, after.canvas, hard(region.mask))
        )

    def _ends_unlike_target(self, calls: Calls | None) -> Calls | None:
        work = None if calls is None else played(self._start, calls)
        return calls if work is not None and unlike_target(work.canvas, self._task) else None

    def _detour(self, plan: Calls) -> Calls | None:
        """Something else is tried and taken back before the work is done."""
        valid = [
            ToolCall(tool.name, slot, int(self._rng.integers(len(tool.options))))
            for tool in self._start.tools.values()
            for slot in range(len(self._start.regions))
        ]
        valid = [c for c in valid if self._start.why_invalid(c) is None and c not in plan]
        if not valid:
            return None
        return (valid[int(self._rng.integers(len(valid)))], ToolCall(UNDO), *plan)

    def _half(self, plan: Calls) -> Calls | None:
        count = len(plan) // 2
        if count == 0 or not stays(self._task, count):
            return None
        return self._ends_unlike_target(plan[:count])

    def _partial(self, plan: Calls) -> Calls | None:
        """The same edit, less of it."""
        if len(plan) != 1:
            return None
        options = self._start.tools[plan[0].tool].options
        milder = [o for o in MILDER.get(options[plan[0].option], ()) if o in options]
        if not milder:
            return None
        return self._ends_unlike_target((replace(plan[0], option=options.index(milder[0])),))

    def _collateral(self, plan: Calls) -> Calls | None:
        """All is done, and something else is done too."""
        done = played(self._start, plan)
        if done is None:
            return None
        calls = [
            ToolCall(tool.name, slot, int(self._rng.integers(len(tool.options))))
            for tool in done.tools.values()
            for slot in self._elsewhere
        ]
        return self._first_that_shows(done, plan, calls)

    def _first_that_shows(
        self, done: Workspace, plan: Calls, calls: Sequence[ToolCall]
    ) -> Calls | None:
        for number in self._rng.permutation(len(calls)):
            if self._shows(done, calls[number]):
                return (*plan, calls[number])
        return None

    def _over_edited(self, plan: Calls) -> Calls | None:
        """The last edit again, wherever there is something: other objects, or the whole photo."""
        done, last = played(self._start, plan), plan[-1]
        if done is None:
            return None
        if last.region == 0:
            calls = (*plan, *[last] * MORE)
            work = played(self._start, calls)
            return calls if work is not None and is_seen(work.canvas, done.canvas) else None
        more = [replace(last, region=slot) for slot in self._elsewhere]
        shown = [call for call in more if self._shows(done, call)]
        return (*plan, *shown) if shown else None

    def _wrong_goal(self, plan: Calls) -> Calls | None:
        """The right thing is changed, to something else than was asked for."""
        calls, changed = [], False
        work = self._start.copy()
        for call, edit in zip(plan, self._task.sub_edits, strict=True):
            wrong = self._other_goals(work, call, edit)
            if wrong:
                call, changed = wrong[int(self._rng.integers(len(wrong)))], True
            calls.append(call)
            if work.apply(call).invalid is not None:
                return None
        return self._ends_unlike_target(tuple(calls)) if changed else None

    def _other_goals(self, work: Workspace, call: ToolCall, edit: SubEdit) -> list[ToolCall]:
        """Calls with other options whose results plainly differ from the right one's."""
        right = played(work, [call])
        if right is None or not edit.goal:
            return []
        others = [
            replace(call, option=option)
            for option in range(len(work.tools[call.tool].options))
            if option != call.option
        ]
        results = [(other, played(work, [other])) for other in others]
        return [
            other
            for other, result in results
            if result is not None and is_seen(result.canvas, right.canvas, hard(edit.mask))
        ]

    def _wrong_object(self, plan: Calls) -> Calls | None:
        """The right edits of something else; those of the whole photo are left out."""
        calls: list[ToolCall] = []
        work = self._start.copy()
        for call in plan:
            wrong = [replace(call, region=slot) for slot in self._elsewhere]
            wrong = [other for other in wrong if self._shows(work, other)]
            if call.region == 0:
                continue
            if not wrong:
                return None
            calls.append(wrong[int(self._rng.integers(len(wrong)))])
            work.apply(calls[-1])
        done = work.state.verdict.done
        undone = not any(done[n] for n, call in enumerate(plan) if call.region != 0)
        return tuple(calls) if calls and undone else None
