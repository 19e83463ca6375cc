"""The rounds of a team on one ``ImageEditEnv``: who decides when, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium import spaces

from editenv.agents.roles import ACCEPT, ROLES, VERDICTS, Agent, Sight
from editenv.agents.team import call_of, look, look_again
from editenv.envs.image_edit import ImageEditEnv
from editenv.envs.vocabulary import Vocabulary, default_subjects
from editenv.registration import CONFIGURATIONS
from editenv.types import ToolCall

METHODS: dict[str, str] = dict(
    zip(ROLES, ("interpret", "ground", "select", "edit", "judge"), strict=True)
)
"""By role: the method of an agent that decides."""

UNDECIDED = -1
"""Stands in ``round`` for what nobody has decided."""

ROUND = ("action", "subject", "goal", "region", "tool", "option", "verdict")
"""What the numbers of ``round`` are."""


class Rounds:
    """A team's decisions, turned into calls of one ``ImageEditEnv``.

    Args:
        env_id: a registered id, whose tasks, tools and limits are taken.
        learned: the roles that act from outside, any order, at least one.
        members: an agent for every other role.
        subjects: labels that the interpreter can name; None takes those of generated pictures.
        max_cycles: limit of rounds; None takes the limit of calls.
        max_calls: limit of calls; None takes the id's step limit, or twice ``max_cycles``.
        arguments: of ``ImageEditEnv``, in place of the id's own.

    Raises:
        ValueError: an unknown id or role, a role without an agent, or a limit below 1.
    """

    def __init__(
        self,
        env_id: str,
        *,
        learned: Sequence[str],
        members: Mapping[str, Agent],
        subjects: Sequence[str] | None = None,
        max_cycles: int | None = None,
        max_calls: int | None = None,
        **arguments: Any,
    ) -> None:
        if env_id not in CONFIGURATIONS:
            raise ValueError(f"env_id={env_id!r} is unknown: choose from {list(CONFIGURATIONS)}")
        if "action_format" in arguments:
            raise ValueError("action_format: a team's actions are its roles', leave it out")
        _check_roles(learned, members)
        for name, limit in (("max_cycles", max_cycles), ("max_calls", max_calls)):
            if limit is not None and limit < 1:
                raise ValueError(f"{name}={limit!r} must be at least 1")
        limit, defaults = CONFIGURATIONS[env_id]
        self.max_calls = max_calls or (2 * max_cycles if max_cycles else limit)
        self.max_cycles = max_cycles or self.max_calls
        self.base = ImageEditEnv(**{**defaults, **arguments, "max_steps": self.max_calls})
        self.vocabulary = Vocabulary(self.base.tools, subjects or default_subjects())
        self.learned = tuple(role for role in ROLES if role in learned)
        self._members = {role: members[role] for role in ROLES if role not in learned}
        self._tool_names = tuple(tool.name for tool in self.base.tools)
        self._choices = (*self._tool_names, None)
        self._parsers: dict[str, Callable[[Any], Any]] = {
            "interpreter": lambda action: self.vocabulary.decode(*(int(n) for n in action)),
            "grounder": int,
            "selector": lambda action: self._choices[int(action)],
            "editor": int,
            "critic": lambda action: VERDICTS[int(action)],
        }
        _, slots, options = self.base.action_space.nvec  # type: ignore[attr-defined]
        self._sizes = {
            "grounder": int(slots),
            "selector": len(self._choices),
            "editor": int(options),
            "critic": len(VERDICTS),
        }
        self.action_spaces: dict[str, spaces.Space[Any]] = {
            "interpreter": spaces.MultiDiscrete(list(self.vocabulary.nvec)),
            **{role: spaces.Discrete(size) for role, size in self._sizes.items()},
        }
        self.observation_spaces = self._observation_spaces()

    def _observation_spaces(self) -> dict[str, spaces.Dict]:
        shared = dict(self.base.observation_space.spaces)  # type: ignore[attr-defined]
        highest = [*self.vocabulary.nvec, *self._sizes.values()]
        shared["round"] = spaces.Box(
            np.full(len(ROUND), UNDECIDED, np.int32),
            np.array(highest, np.int32) - 1,
            dtype=np.int32,
        )
        result = {}
        for role in ROLES:
            seen = dict(shared)
            if role == "critic":
                seen["before"] = shared["image"]
            entries: dict[str, spaces.Space[Any]] = {"observation": spaces.Dict(seen)}
            if role in self._sizes:
                entries["action_mask"] = spaces.Box(0, 1, (self._sizes[role],), np.int8)
            result[role] = spaces.Dict(entries)
        return result

    def reset(self, seed: int | None, options: dict[str, Any] | None) -> None:
        """Start an episode and its first round."""
        self._observation, self.info = self.base.reset(seed=seed, options=options)
        for member in self._members.values():
            member.reset(self.base.workspace)
        self.cycles = self.illegal = 0
        self.terminated = self.truncated = False
        self._calls: list[dict[str, Any]] = []
        self._terms: dict[str, float] = {}
        self._invalid = ""
        self.round = np.full(len(ROUND), UNDECIDED, np.int32)
        self.begin_round()

    def begin_round(self) -> None:
        """Let everyone look at the canvas as it is now."""
        self.sight: Sight = look(self.base.workspace)

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return self.terminated or self.truncated

    @property
    def role(self) -> str:
        """Whose turn it is, where the team plays turn by turn."""
        return ROLES[self._turn]

    def start_turns(self) -> None:
        """Play up to the first turn of a learned role."""
        self._turn = 0
        self._play_frozen()

    def take_turn(self, action: Any) -> None:
        """Let the role whose turn it is decide, and play up to the next learned role's turn."""
        self.act(self.role, action)
        self._next_turn()
        self._play_frozen()

    def _next_turn(self) -> None:
        self._turn = (self._turn + 1) % len(ROLES)
        if self._turn == 0 and not self.over:
            self.begin_round()
            self.round[:] = UNDECIDED

    def _play_frozen(self) -> None:
        while not self.over and self.role not in self.learned:
            self.act_frozen(self.role)
            self._next_turn()

    def act(self, role: str, action: Any) -> None:
        """Let a learned role decide. An action outside its space is a counted no-op."""
        if self.action_spaces[role].contains(action):
            self._decide(role, self._parsers[role](action))
        else:
            self.illegal += 1
            self._decide(role, {"grounder": 0, "editor": 0, "critic": ACCEPT}.get(role))

    def act_frozen(self, role: str) -> None:
        """Let a frozen member decide."""
        self._decide(role, getattr(self._members[role], METHODS[role])(self.sight))

    def take_reward(self) -> float:
        """Return the reward since the last time; ``info_for`` then tells how it came about."""
        reward = float(sum(info["reward"] for info in self._calls))
        self._terms, self._invalid = {}, ""
        for info in self._calls:
            for name, value in info["reward_terms"].items():
                self._terms[name] = self._terms.get(name, 0.0) + value
            self._invalid = self._invalid or info["invalid"]
        self._calls = []
        return reward

    def _decide(self, role: str, decision: Any) -> None:
        if role == "interpreter":
            self.sight = replace(self.sight, intent=decision)
            self.round[:3] = self.vocabulary.encode(decision)
        elif role == "grounder":
            self.sight = replace(self.sight, region=decision)
            self.round[3] = decision
        elif role == "selector":
            self.sight = replace(self.sight, tool=decision)
            self.round[4] = self._choices.index(decision)
        elif role == "editor":
            self._run_tool(decision)
        else:
            self._end_round(decision)

    def _run_tool(self, option: int) -> None:
        self.round[5] = option
        if self.sight.tool is not None:
            # As in ImageEditEnv, a tool with fewer options counts them around.
            option %= len(self.sight.tools[self.sight.tool].options)
            self.sight = replace(self.sight, option=option)
            self._call(call_of(self.sight))
        self.sight = look_again(self.sight, self.base.workspace)

    def _end_round(self, verdict: str) -> None:
        self.round[6] = VERDICTS.index(verdict)
        if verdict != ACCEPT:
            self._call(ToolCall(verdict))
        self.cycles += 1
        self.truncated = self.truncated or self.cycles >= self.max_cycles

    def _call(self, call: ToolCall) -> None:
        action = self.base.encode(call)
        self._observation, reward, self.terminated, _, self.info = self.base.step(action)
        self._calls.append({**self.info, "reward": reward})
        self.truncated = len(self.base.workspace.history) >= self.max_calls

    def mask(self, role: str) -> np.ndarray | None:
        """Which actions a role may take now, (n,) int8; None for the interpreter: all."""
        masks: dict[str, Callable[[], list[bool]]] = {
            "grounder": lambda: [region is not None for region in self.sight.regions],
            "selector": self._usable_tools,
            "editor": self._known_options,
            "critic": lambda: [True, self.base.workspace.can_undo, True],
        }
        return np.array(masks[role](), np.int8) if role in masks else None

    def _usable_tools(self) -> list[bool]:
        """By tool, whether it works on the region of this round, or on any if none is chosen."""
        sight, why_invalid = self.sight, self.base.workspace.why_invalid
        slots = range(len(sight.regions)) if sight.region is None else (sight.region,)
        usable = [
            any(why_invalid(ToolCall(name, slot)) is None for slot in slots)
            for name in self._tool_names
        ]
        return [*usable, True]

    def _known_options(self) -> list[bool]:
        size, tool = self._sizes["editor"], self.sight.tool
        known = size if tool is None else len(self.sight.tools[tool].options)
        return [number < known for number in range(size)]

    def observe(self, role: str) -> dict[str, Any]:
        """What a role sees now; the arrays belong to the caller."""
        seen = {key: value.copy() for key, value in self._observation.items()}
        seen["round"] = self.round.copy()
        if role == "critic":
            seen["before"] = self.sight.before.copy()
        mask = self.mask(role)
        return {"observation": seen} if mask is None else {"observation": seen, "action_mask": mask}

    def info_for(self, role: str) -> dict[str, Any]:
        """The information of ``ImageEditEnv``, with the role's mask and the illegal actions.

        ``reward_terms`` and ``invalid`` are of the calls behind the last reward: no call, no term.
        """
        info = {
            **self.info,
            "reward_terms": dict(self._terms),
            "invalid": self._invalid,
            "illegal": self.illegal,
        }
        mask = self.mask(role)
        del info["action_mask"]
        return info if mask is None else {**info, "action_mask": mask}


def _check_roles(learned: Sequence[str], members: Mapping[str, Agent]) -> None:
    unknown = [role for role in (*learned, *members) if role not in ROLES]
    if unknown or not learned or isinstance(learned, str):
        raise ValueError(f"learned={learned!r}, members={list(members)}: choose from {ROLES}")
    missing = [role for role in ROLES if role not in learned and role not in members]
    if missing:
        raise ValueError(f"members has no agent for {missing}, which learned={learned!r} leaves")
