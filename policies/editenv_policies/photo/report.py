"""What is said of a session: to the person, and as JSON."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from editenv.tools import Tool
from editenv.workspace import CONTROLS
from editenv_policies.photo.picture import Photo
from editenv_policies.photo.play import Round
from editenv_policies.photo.understanding import Beyond

STATUSES: dict[str, int] = {"done": 0, "nothing done": 3, "partly done": 4, "failed": 5}
"""How a session ended, and the exit code for it. 2 is a wrong argument or an unreadable photo."""

TOUCHED = 4
"""Grey levels from which a pixel counts as changed."""


@dataclass(frozen=True, eq=False)
class Report:
    """One session.

    Attributes:
        instruction: the person's words.
        photo: what was edited.
        rounds: what happened.
        beyond: clauses that nobody could make anything of.
        tools: the tools at hand, by name.
        seconds: how long all of it took.
    """

    instruction: str
    photo: Photo
    rounds: Sequence[Round]
    beyond: Sequence[Beyond]
    tools: dict[str, Tool]
    seconds: float

    @property
    def edits(self) -> list[Round]:
        """The rounds in which a tool changed the picture."""
        return [r for r in self.rounds if r.call and r.reason is None and r.failure is None]

    @property
    def undone(self) -> list[tuple[str, str]]:
        """What was asked for and not done, and why."""
        found = [(round_.words, round_.reason) for round_ in self.rounds if round_.reason]
        return [*found, *((beyond.clause, beyond.reason) for beyond in self.beyond)]

    @property
    def status(self) -> str:
        """One of ``STATUSES``."""
        if any(round_.failure is not None for round_ in self.rounds):
            return "failed"
        if not any(r.call and r.call.tool not in CONTROLS for r in self.edits):
            return "nothing done"
        return "partly done" if self.undone else "done"

    def text(self) -> str:
        """What the person is told."""
        lines = [f"note: {note}" for note in self.photo.notes]
        for number, round_ in enumerate(self.edits, start=1):
            lines.append(f"{number}. {self.call_in_words(round_)}   ({round_.seconds:.2f} s)")
        for round_ in self.rounds:
            if round_.failure is not None:
                lines.append(f"FAILED: {round_.failure}")
        for words, reason in self.undone:
            lines.append(f"NOT DONE: {words!r}: {reason}" if words else f"NOT DONE: {reason}")
        if self.status == "nothing done":
            lines.append(f"Nothing was changed. Tools at hand: {', '.join(self.tools)}")
        return "\n".join(lines)

    def call_in_words(self, round_: Round) -> str:
        """Name tool, option and region: "brightness: brighter, on the whole photo"."""
        call = round_.call
        if call is None:
            return "nothing"
        if call.tool in CONTROLS:
            return call.tool
        tool = self.tools[call.tool]
        option = f": {tool.options[call.option]}" if len(tool.options) > 1 else ""
        label = round_.region.label if round_.region else "?"
        if tool.adds(call.option) is not None:
            where = "in the foreground" if call.region == 0 else f"beside {label!r}"
        else:
            where = "on the whole photo" if call.region == 0 else f"on {label!r}"
        return f"{call.tool}{option}, {where}"

    def json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "instruction": self.instruction,
            "status": self.status,
            "size": {"width": self.photo.pixels.shape[1], "height": self.photo.pixels.shape[0]},
            "notes": list(self.photo.notes),
            "calls": [self._call(round_) for round_ in self.rounds],
            "not_done": [{"words": words, "reason": reason} for words, reason in self.undone],
            "tools": list(self.tools),
            "seconds": round(self.seconds, 3),
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }

    def _call(self, round_: Round) -> dict[str, Any]:
        call, region = round_.call, round_.region
        tool = self.tools.get(call.tool) if call else None
        intent = round_.intent
        return {
            "words": round_.words,
            "intent": intent and {"action": intent.action, "subject": intent.subject,
                                  "goal": intent.goal},
            "tool": call.tool if call else None,
            "option": tool.options[call.option] if tool and call else None,
            "region": region and {"label": region.label, "box": list(region.box)},
            "changed": changed_share(round_),
            "cost": round_.cost.info(),
            "failure": round_.failure.info() if round_.failure else None,
            "not_done": round_.reason,
            "seconds": round(round_.seconds, 3),
        }  # fmt: skip


def changed_share(round_: Round) -> float:
    """Share of the pixels that the round visibly changed, 0 to 1."""
    if round_.before is round_.after:
        return 0.0
    difference = np.abs(round_.before.astype(np.int16) - round_.after).max(axis=2)
    return round(float((difference >= TOUCHED).mean()), 4)
