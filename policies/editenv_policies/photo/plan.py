"""Turns intents into steps: sliders or a tool, where, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from editenv.agents.roles import Intent, Interpreter, RoundView
from editenv.agents.scripted import ScriptedEditor
from editenv.develop import Sliders
from editenv.develop.transfer import Pixels
from editenv.imaging.depth import to_eight
from editenv.tools import Tool
from editenv.types import EditTask, Mask, Region, ToolCall
from editenv.workspace import Workspace
from editenv_policies.photo.adjustments import GEOMETRY, CannotAdjust, adjustment_of, merged
from editenv_policies.photo.finding import find_slot
from editenv_policies.photo.team import (
    PhotoSelector,
    is_whole,
    why_not_found,
    why_nothing,
)

MOST_STEPS = 24
"""No instruction that a person types has more clauses; an interpreter that goes on is stuck."""

WHOLE_ONLY = (*GEOMETRY, "vignette")
"""What is done to the photo as a whole, and cannot be done to a part of it."""


@dataclass(frozen=True, eq=False)
class Step:
    """One step.

    Attributes:
        intents: what was asked for; several if sliders move together.
        words: the user's own words for it, if known.
        sliders: their positions; None for a tool, or if nothing can be done.
        call: of a tool, on one of the plan's regions; None for sliders.
        region: where.
        slot: of the region; the whole photo is 0.
        spared: (H, W) uint8, the pixels to keep; None if there are none.
        reason: why nothing can be done, or None.
        remark: what the user should know.
    """

    intents: tuple[Intent, ...]
    words: str
    sliders: Sliders | None = None
    call: ToolCall | None = None
    region: Region | None = None
    slot: int = 0
    spared: Mask | None = None
    reason: str | None = None
    remark: str = ""

    @property
    def everywhere(self) -> bool:
        """Whether sliders move for the whole photo."""
        return self.sliders is not None and self.slot == 0 and self.spared is None


@dataclass(eq=False)
class Planner:
    """Plans the edits of a photo before any is made.

    Attributes:
        image: (H, W, 3) uint8 or uint16.
        task: with the instruction.
        tools: the available ones.
        regions: the available ones, by slot.
        selector: chooses among rival tools.
        sliders: whether there are sliders too.
        subject: the region that an unknown name is taken for, or None.
    """

    image: Pixels
    task: EditTask
    tools: Sequence[Tool]
    regions: list[Region | None]
    selector: PhotoSelector
    sliders: bool = True
    subject: str | None = None
    _turned: Sliders = field(default_factory=Sliders)

    def plan(self, interpreter: Interpreter) -> list[Step]:
        """Ask an interpreter for all intents, and turn them into steps.

        Raises:
            FailureError: the interpreter asks a model, which fails.
        """
        interpreter.reset(Workspace(self.task, self.tools, self.regions))
        steps: list[Step] = []
        for cycle in range(MOST_STEPS):
            intent = interpreter.interpret(self._view(cycle))
            if intent is None:
                break
            steps.append(self._step(self._view(cycle).after(intent=intent), intent))
        return together(steps)

    def _view(self, cycle: int) -> RoundView:
        tools = {tool.name: tool for tool in self.tools}
        seen = self.task.source
        return RoundView(
            self.task.instruction, seen, seen, tuple(self.regions), tools, (), cycle=cycle
        )

    def _step(self, view: RoundView, intent: Intent) -> Step:
        words = intent.clause or str(intent)
        adjusts = self.sliders and self.selector.favourite(view) is None
        try:
            slot, remark = (0, "") if is_whole(intent.subject) else self._find(view, intent.subject)
            spared, spares = self._spared(view, intent)
            view = view.after(region=slot)
            if intent.action in WHOLE_ONLY and (
                spared is not None or (slot and not _crops(intent))
            ):
                raise CannotAdjust(f"{intent.action!r} is done to the whole photo")
            step = self._adjusted(view, intent, words) if adjusts else None
            step = step or self._called(view, intent, words)
        except CannotAdjust as error:
            return Step((intent,), words, reason=str(error))
        said = "; ".join(dict.fromkeys(part for part in (remark, spares, step.remark) if part))
        return replace(step, remark=said, spared=spared)

    def _find(self, view: RoundView, name: str) -> tuple[int, str]:
        """Return a thing's slot and what to say of it.

        Raises:
            CannotAdjust: it is not there.
        """
        slot = find_slot(name, view.regions)
        if slot is not None:
            return slot, ""
        slot = None if self.subject is None else find_slot(self.subject, view.regions)
        if slot is None or name == "background":
            raise CannotAdjust(why_not_found(name, view))
        return slot, f"took the main subject for {name!r}"

    def _spared(self, view: RoundView, intent: Intent) -> tuple[Mask | None, str]:
        masks: list[Mask] = []
        said: list[str] = []
        for name in intent.spared:
            slot, remark = self._find(view, name)
            region = self.regions[slot]
            assert region is not None
            masks.append(region.mask)
            said.append(remark)
        return (np.maximum.reduce(masks) if masks else None), "; ".join(filter(None, said))

    def _adjusted(self, view: RoundView, intent: Intent, words: str) -> Step | None:
        """Move sliders, if they can do it."""
        assert view.region is not None
        region = self.regions[view.region]
        assert region is not None
        height, width = self.image.shape[:2]
        left, top, right, bottom = region.box
        centre = (left + right) / 2 / width, (top + bottom) / 2 / height
        found = adjustment_of(intent, self.image, self._turned, centre)
        if found is None:
            return None
        self._turned = merged(self._turned, _geometry_of(found.sliders))
        # A crop is about a thing, but of the whole photo.
        slot = 0 if intent.action == "crop" else view.region
        shown = self.regions[slot]
        return Step((intent,), words, found.sliders, region=shown, slot=slot, remark=found.remark)

    def _called(self, view: RoundView, intent: Intent, words: str) -> Step:
        """Call a tool, if one can do it."""
        name = self.selector.select(view)
        if name is None or view.region is None:
            reason = why_nothing(view) or "the team chose no tool"
            return Step((intent,), words, reason=reason)
        option = ScriptedEditor().edit(view.after(tool=name))
        call = ToolCall(name, view.region, option, words=words)
        remark = _not_honoured(intent, view.tools[name], option)
        region = self.regions[view.region]
        return Step((intent,), words, call=call, region=region, slot=view.region, remark=remark)


def together(steps: Sequence[Step]) -> list[Step]:
    """Join neighbouring slider steps for the whole photo, so that it is developed once.

    Turns, crops and resizing come last, since regions refer to the original photo.
    """
    before: list[Step] = []
    after: list[Step] = []
    for step in steps:
        reshapes = step.sliders is not None and bool(_geometry_of(step.sliders).moved())
        place = after if reshapes else before
        last = place[-1] if place else None
        if last is not None and last.everywhere and step.everywhere:
            assert last.sliders is not None and step.sliders is not None
            place[-1] = replace(
                last,
                intents=(*last.intents, *step.intents),
                words=f"{last.words}, {step.words}",
                sliders=merged(last.sliders, step.sliders),
                remark="; ".join(filter(None, (last.remark, step.remark))),
            )
        else:
            place.append(step)
    return [*before, *after]


def task_of(pixels: Pixels, instruction: str) -> EditTask:
    """Return the task that tools and grounders see: 8 bits per channel."""
    return EditTask(to_eight(pixels), instruction, metadata={"dataset": "photo"})


def _geometry_of(sliders: Sliders) -> Sliders:
    names = ("rotate", "straighten", "crop", "resize")
    return replace(Sliders(), **{name: getattr(sliders, name) for name in names})


def _crops(intent: Intent) -> bool:
    """A crop may be about a thing."""
    return intent.action == "crop"


def _not_honoured(intent: Intent, tool: Tool, option: int) -> str:
    amount = intent.amount
    if amount is None or intent.action == "edit":
        return ""
    if amount.unit == "times" and (amount.size > 1) == (option > 0) and len(tool.options) > 1:
        return ""
    return f"{tool.name} knows no amounts: it was done as {tool.options[option]!r}"
