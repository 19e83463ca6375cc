"""What a role's numbers mean: spaces, observations, masks, and actions as decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from editenv.agents.roles import ACCEPT, ROLES, VERDICTS, RoundView
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.vocabulary import Vocabulary
from editenv.tools import Tool

UNDECIDED = -1
"""Stands in ``round`` for what nobody has decided."""

ROUND = ("action", "subject", "goal", "region", "tool", "option", "verdict")
"""What the numbers of ``round`` are."""

DEFAULTS: dict[str, Any] = {
    "interpreter": None,
    "grounder": 0,
    "selector": None,
    "editor": 0,
    "critic": ACCEPT,
}
"""By role: the decision that asks for nothing. Taken for an action outside the space."""


class RoleInterface:
    """Translates between the decisions of a team and the numbers of its agents.

    Args:
        base: the environment on whose engine the team works.
        vocabulary: what the interpreter can say.
    """

    def __init__(self, base: ImageEditEnv, vocabulary: Vocabulary) -> None:
        self.base = base
        self.vocabulary = vocabulary
        self.tool_names = tuple(tool.name for tool in base.tools)
        self.choices: tuple[str | None, ...] = (*self.tool_names, None)
        actions = base.action_space
        assert isinstance(actions, spaces.MultiDiscrete)
        _, slots, options = np.asarray(actions.nvec, np.int64).tolist()  # pyright: ignore[reportUnknownMemberType]
        self.sizes = {
            "grounder": int(slots),
            "selector": len(self.choices),
            "editor": int(options),
            "critic": len(VERDICTS),
        }
        self.action_spaces: dict[str, spaces.Space[Any]] = {
            "interpreter": spaces.MultiDiscrete(list(vocabulary.nvec)),
            **{role: spaces.Discrete(size) for role, size in self.sizes.items()},
        }
        self.observation_spaces = {role: self._observation_space(role) for role in ROLES}

    def _observation_space(self, role: str) -> spaces.Dict:
        whole: Any = self.base.observation_space
        seen: dict[str, spaces.Space[Any]] = dict(whole.spaces)
        highest = [*self.vocabulary.nvec, *self.sizes.values()]
        seen["round"] = spaces.Box(
            np.full(len(ROUND), UNDECIDED, np.int32),
            np.array(highest, np.int32) - 1,
            dtype=np.int32,
        )
        if role == "critic":
            seen["before"] = seen["image"]
        entries: dict[str, spaces.Space[Any]] = {"observation": spaces.Dict(seen)}
        if role in self.sizes:
            entries["action_mask"] = spaces.Box(0, 1, (self.sizes[role],), np.int8)
        return spaces.Dict(entries)

    def legal(self, role: str, action: Any) -> bool:
        """Whether an action is in the role's space; the usual types without asking Gymnasium."""
        if role in self.sizes and type(action) in (int, np.int64):
            return 0 <= action < self.sizes[role]
        if role == "interpreter" and type(action) is np.ndarray and action.dtype == np.int64:
            numbers, limits = action.tolist(), self.vocabulary.nvec
            return action.shape == (3,) and all(
                0 <= number < limit for number, limit in zip(numbers, limits, strict=True)
            )
        return self.action_spaces[role].contains(action)

    def parse(self, role: str, action: Any) -> Any:
        """Turn an action of the role's space into a decision."""
        if role == "interpreter":
            return self.vocabulary.decode(*(int(number) for number in action))
        if role == "selector":
            return self.choices[int(action)]
        return VERDICTS[int(action)] if role == "critic" else int(action)

    def encode(self, role: str, decision: Any) -> Any:
        """Turn a decision into an action of the role's space; ``parse`` undoes it.

        What the vocabulary has no word for is lost in an interpreter's.
        """
        if role == "interpreter":
            return np.array(self.vocabulary.encode(decision), np.int64)
        if role == "selector":
            return np.int64(self.choices.index(decision))
        return np.int64(VERDICTS.index(decision) if role == "critic" else decision)

    def round_numbers(self, view: RoundView, decided: int) -> np.ndarray:
        """Turn what is decided in a round into ``round``, (7,) int32.

        Args:
            view: holds the decisions.
            decided: how many roles have decided, 0 to 4; the critic's verdict is in no view. The
                option stays undecided where no tool was chosen.
        """
        numbers = np.full(len(ROUND), UNDECIDED, np.int32)
        for role in ROLES[:decided]:
            self.note(numbers, role, view)
        return numbers

    def note(self, numbers: np.ndarray, role: str, view: RoundView) -> None:
        """Write what a role has decided into ``round``; a verdict is in no view."""
        if role == "interpreter":
            numbers[:3] = self.vocabulary.encode(view.intent)
        elif role == "grounder" and view.region is not None:
            numbers[3] = view.region
        elif role == "selector":
            numbers[4] = self.choices.index(view.tool)
        elif role == "editor" and view.option is not None:
            numbers[5] = view.option

    def observe(
        self, role: str, view: RoundView, numbers: np.ndarray, seen: dict[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """What a role sees, its mask left out; the arrays belong to the caller.

        Args:
            role: who looks.
            view: what is decided in this round.
            numbers: (7,) int32, ``round``.
            seen: an observation of ``base`` as it is now, copied here.
        """
        result = {key: value.copy() for key, value in seen.items()}
        result["round"] = numbers.copy()
        if role == "critic":
            result["before"] = view.before.copy()
        return result

    def mask(
        self, role: str, view: RoundView, owned: Sequence[str] | None = None
    ) -> np.ndarray | None:
        """Which actions a role may take, (n,) int8; None for the interpreter: all.

        Args:
            role: whose actions.
            view: what is decided in this round.
            owned: tools of an editor that owns some.
        """
        if role == "grounder":
            allowed = [region is not None for region in view.regions]
        elif role == "selector":
            allowed = self._usable_tools(view)
        elif role == "editor":
            allowed = self._known_options(view, owned)
        elif role == "critic":
            allowed = [True, self.base.workspace.can_undo, True]
        else:
            return None
        return np.array(allowed, np.int8)

    def _usable_tools(self, view: RoundView) -> list[bool]:
        """By tool, whether it works on the region of this round, or on any if none is chosen."""
        open_ = not self.base.workspace.submitted
        if view.region is None:
            whole, region = open_, open_ and any(r is not None for r in view.regions[1:])
        else:
            present = open_ and view.regions[view.region] is not None
            whole, region = present and view.region == 0, present and view.region != 0
        by_target = {"image": whole, "region": region, "any": whole or region}
        return [*(by_target[t.target] and self._affordable(t) for t in self.base.tools), True]

    def _affordable(self, tool: Tool) -> bool:
        workspace = self.base.workspace
        if workspace.limit is None:
            return True
        return any(workspace.affords(tool, option) for option in range(len(tool.options)))

    def _known_options(self, view: RoundView, owned: Sequence[str] | None) -> list[bool]:
        size = self.sizes["editor"]
        if view.tool is not None:
            tool = view.tools[view.tool]
            known = len(tool.options)
            # A tool of which nothing is affordable can only come from a frozen selector.
            if self._affordable(tool):
                affords = self.base.workspace.affords
                return [number < known and affords(tool, number) for number in range(size)]
        else:
            known = max((len(view.tools[name].options) for name in owned or ()), default=size)
        return [number < known for number in range(size)]
