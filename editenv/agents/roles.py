"""The roles of a team: what each one sees and what it decides.

In a round every role decides once, in the order of ``ROLES``, and sees what those before it
decided (ImageEdit-R1: decomposition, grounding, choice of the action, execution, verdict).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from editenv.agents.english import Amount
from editenv.tools import Tool
from editenv.types import Image, Region, ToolCall
from editenv.workspace import Workspace

ROLES: tuple[str, ...] = ("interpreter", "grounder", "selector", "editor", "critic")
"""The roles in the order of a round."""

ACCEPT = "accept"
VERDICTS = ("accept", "undo", "submit")
"""What a critic can say: go on, take the last edit back, hand the work in."""

Verdict = Literal["accept", "undo", "submit"]


@dataclass(frozen=True)
class Intent:
    """What is to be done now: one (action, subject, goal) of the paper's decomposition.

    Attributes:
        action: what to do, as tools name it (``"recolour"``).
        subject: what to do it to, in the words of the instruction.
        goal: the wanted option's name; ``""`` where the action has only one outcome.
        clause: the words that it was read out of, where they are known.
        amount: by how much, where the words say so; tools with fixed options cannot follow it.
        spared: things that are left out of the subject, in the words of the instruction.
    """

    action: str
    subject: str
    goal: str = ""
    clause: str = field(default="", compare=False, repr=False)
    amount: Amount | None = field(default=None, compare=False, repr=False)
    spared: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        """The intent as words for a tool that takes a prompt: ``"recolour kite to teal"``."""
        words = f"{self.action.replace('_', ' ')} {self.subject}"
        return f"{words} to {self.goal}" if self.goal else words


@dataclass(frozen=True, eq=False)
class RoundView:
    """What a member of the team sees. Nothing in it is ground truth.

    Attributes:
        instruction: the user's words.
        before: (H, W, 3) uint8, the canvas at the start of the round.
        canvas: (H, W, 3) uint8, the canvas now; differs from ``before`` for the critic only.
        regions: the grounder's proposals by slot; None is an empty slot.
        tools: the tools by name.
        history: every call so far, oldest first.
        cycle: number of the round, from 0.
        intent: the interpreter's decision of this round; None when there is nothing to do, or
            when it has not decided yet.
        region: the grounder's decision, a slot; None before it.
        tool: the selector's decision, a name; None for no tool, or before it.
        option: the editor's decision, an index; None before it.
    """

    instruction: str
    before: Image
    canvas: Image
    regions: tuple[Region | None, ...]
    tools: Mapping[str, Tool]
    history: tuple[ToolCall, ...]
    cycle: int = 0
    intent: Intent | None = None
    region: int | None = None
    tool: str | None = None
    option: int | None = None

    def after(self, **changes: Any) -> RoundView:
        """Return this view with some attributes changed.

        ``dataclasses.replace`` does the same in five times the time, which a turn can feel.
        """
        changed = object.__new__(RoundView)
        changed.__dict__.update(self.__dict__, **changes)
        return changed


class Agent(Protocol):
    """What every member of a team can do beside its own decision."""

    def reset(self, workspace: Workspace) -> None:
        """Start an episode. Only oracles may keep the workspace: it holds the ground truth."""
        ...


class Interpreter(Agent, Protocol):
    """Understands the instruction."""

    def interpret(self, view: RoundView) -> Intent | None:
        """Return the edit to do now, or None when nothing is left."""
        ...


class Grounder(Agent, Protocol):
    """Finds the region that is meant, among those that ``editenv.grounders`` propose."""

    def ground(self, view: RoundView) -> int:
        """Return a region slot."""
        ...


class Selector(Agent, Protocol):
    """Chooses the tool."""

    def select(self, view: RoundView) -> str | None:
        """Return a tool's name, or None to do nothing in this round."""
        ...


class Editor(Agent, Protocol):
    """Sets the tool's option; then the tool runs."""

    def edit(self, view: RoundView) -> int:
        """Return an option's index."""
        ...


class Critic(Agent, Protocol):
    """Looks at what came of it."""

    def judge(self, view: RoundView) -> Verdict:
        """Return ``"accept"``, ``"undo"`` or ``"submit"``."""
        ...


@dataclass(frozen=True, eq=False)
class Turn:
    """A role's turn in numbers, as a learning agent meets it in ``image_edit_v0``.

    Attributes:
        observation: the entries of the role's observation, without the mask.
        action_space: the role's space.
        action_mask: (n,) int8, what may be done; None where everything may.
        rng: the environment's generator.
    """

    observation: dict[str, np.ndarray]
    action_space: Any
    action_mask: np.ndarray | None
    rng: np.random.Generator


@runtime_checkable
class NumericAgent(Protocol):
    """An agent of any role that decides in numbers, such as a trained policy.

    It may also have ``check(action_space, observation_space)``, which raises ValueError where it
    was made for other spaces than those of the role that it is to play.
    """

    def act(self, turn: Turn) -> Any:
        """Return an action of the turn's space. It must not depend on earlier turns."""
        ...
