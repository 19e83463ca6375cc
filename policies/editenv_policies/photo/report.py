"""The report of a session, in words and as JSON."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editenv.develop.transfer import Pixels
from editenv.tools import Tool
from editenv.workspace import CONTROLS
from editenv_policies.photo.adjustments import in_words
from editenv_policies.photo.desk import Round
from editenv_policies.photo.picture import Photo
from editenv_policies.photo.plan import Step
from editenv_policies.photo.understanding import Beyond

STATUSES: dict[str, int] = {
    "done": 0,
    "planned": 0,
    "refused": 3,
    "partly done": 4,
    "failed": 5,
}
"""How a session ended, and the exit code for it. 2 is a wrong argument or an unreadable photo."""


@dataclass(frozen=True, eq=False)
class Report:
    """One session.

    Attributes:
        instruction: the user's words.
        photo: what was edited.
        rounds: what happened; for a plan, its steps with nothing done.
        beyond: clauses that were not understood.
        tools: the available tools, by name.
        regions: names of the available things.
        result: (H, W, 3) uint8 or uint16, the photo at the end.
        seconds: how long it took in all.
        planned: whether this was only a plan.
    """

    instruction: str
    photo: Photo
    rounds: Sequence[Round]
    beyond: Sequence[Beyond]
    tools: Mapping[str, Tool]
    regions: Sequence[str]
    result: Pixels
    seconds: float
    planned: bool = False

    @property
    def edits(self) -> list[Round]:
        """The rounds that changed the photo."""
        return [round_ for round_ in self.rounds if round_.done]

    @property
    def undone(self) -> list[tuple[str, str]]:
        """What was asked for but not done, and why."""
        found = [(round_.step.words, round_.reason) for round_ in self.rounds if round_.reason]
        return [*found, *((beyond.clause, beyond.reason) for beyond in self.beyond)]

    @property
    def status(self) -> str:
        """One of ``STATUSES``."""
        if any(round_.failure is not None for round_ in self.rounds):
            return "failed"
        calls = [round_.step.call for round_ in self.edits]
        if not any(call is None or call.tool not in CONTROLS for call in calls):
            return "refused"
        if self.undone:
            return "partly done"
        return "planned" if self.planned else "done"

    def text(self) -> str:
        """The report in words."""
        lines = [f"note: {note}" for note in self.photo.notes]
        for number, round_ in enumerate(self.edits, start=1):
            took = "" if self.planned else f"   ({round_.seconds:.2f} s)"
            lines.append(f"{number}. {step_in_words(round_.step, self.tools)}{took}")
            if round_.remark:
                lines.append(f"   {round_.remark}")
        for round_ in self.rounds:
            if round_.failure is not None:
                lines.append(f"FAILED: {round_.failure}")
        for words, reason in self.undone:
            lines.append(f"NOT DONE: {words!r}: {reason}" if words else f"NOT DONE: {reason}")
        if self.planned and self.regions:
            lines.append(f"things at hand: {', '.join(self.regions)}")
        if self.status == "refused" and not self.undone:
            lines.append("Nothing was asked for: say what to do, such as 'make it brighter'.")
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "instruction": self.instruction,
            "status": self.status,
            "size": {"width": self.photo.pixels.shape[1], "height": self.photo.pixels.shape[0]},
            "bits": 8 * self.photo.pixels.itemsize,
            "notes": list(self.photo.notes),
            "calls": [self._call(round_) for round_ in self.rounds],
            "not_done": [{"words": words, "reason": reason} for words, reason in self.undone],
            "regions": list(self.regions),
            "seconds": round(self.seconds, 3),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }

    def _call(self, round_: Round) -> dict[str, Any]:
        step = round_.step
        call, region = step.call, step.region
        tool = self.tools.get(call.tool) if call else None
        return {
            "words": step.words,
            "intents": [
                {
                    "action": intent.action,
                    "subject": intent.subject,
                    "goal": intent.goal,
                    "spared": list(intent.spared),
                }
                for intent in step.intents
            ],
            "sliders": None if step.sliders is None else step.sliders.moved(),
            "tool": call.tool if call else None,
            "option": tool.options[call.option] if tool and call else None,
            "region": region and {"label": region.label, "box": list(region.box)},
            "changed": round_.changed,
            "cost": round_.cost.info(),
            "failure": round_.failure.info() if round_.failure else None,
            "not_done": round_.reason,
            "remark": round_.remark,
            "seconds": round(round_.seconds, 3),
        }


def step_in_words(step: Step, tools: Mapping[str, Tool]) -> str:
    """Name what is done and where: "exposure +0.60, on the whole photo except the cup"."""
    spared = [name for intent in step.intents for name in intent.spared]
    apart = f" except {' and '.join(dict.fromkeys(spared))}" if spared else ""
    label = step.region.label if step.region else "?"
    where = "on the whole photo" if step.slot == 0 else f"on {label!r}"
    if step.sliders is not None:
        return f"{in_words(step.sliders)}, {where}{apart}"
    if step.call is None:
        return "nothing"
    if step.call.tool in CONTROLS:
        return step.call.tool
    tool = tools[step.call.tool]
    option = f": {tool.options[step.call.option]}" if len(tool.options) > 1 else ""
    slot = step.call.region
    if tool.adds(step.call.option) is not None:
        where = "in the foreground" if slot == 0 else f"beside {label!r}"
    else:
        where = "on the whole photo" if slot == 0 else f"on {label!r}"
    return f"{step.call.tool}{option}, {where}{apart}"
