"""The rounds of a team on one ``ImageEditEnv``: who decides when, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from editenv.agents.roles import ACCEPT, ROLES, VERDICTS, Agent, RoundView
from editenv.agents.team import METHODS, call_of, known_option, look, look_again
from editenv.closing import Closers
from editenv.envs.interface import DEFAULTS, ROUND, UNDECIDED, RoleInterface
from editenv.envs.roster import Roster
from editenv.failure import Failure, FailureError
from editenv.types import ToolCall

TEST_OPTION = "options"
"""PettingZoo's conformance tests give ``reset`` this key, which means nothing."""

_FIELDS = {"interpreter": "intent", "grounder": "region", "selector": "tool"}


Terms = dict[str, float]
"""A reward by term."""


class Credit:
    """``"team"``: every agent gets what the team's calls bring, when they are made."""

    def reset(self, rounds: Rounds) -> None:
        """Start an episode: nobody has earned anything."""
        self._terms: dict[str, Terms] = {agent: {} for agent in rounds.learned}
        self._paid = False

    def begin_round(self, rounds: Rounds) -> None:
        """Look at the workspace before anyone decides."""

    def decided(self, rounds: Rounds, agent: str, decision: Any) -> None:
        """Hear of a decision before it is carried out; ``rounds.view`` has those before it."""

    def unheard(self, rounds: Rounds, agent: str, decision: Any) -> None:
        """Hear, before a round in which all act at once, what an agent decides if it is asked."""

    def called(self, rounds: Rounds, terms: Terms) -> None:
        """Hear of a call's reward, by term."""
        for agent in rounds.learned:
            self._pay(agent, terms)

    def void(self, rounds: Rounds) -> None:
        """Forget what nobody has been paid yet: something failed, and is not to be scored."""
        self._terms = {agent: {} for agent in rounds.learned}
        self._paid = False

    def end_round(self, rounds: Rounds) -> None:
        """Look at the workspace after everyone has decided."""

    def take(self) -> dict[str, Terms]:
        """Return what each agent has earned since the last time, by term."""
        if not self._paid:
            return self._terms
        earned = self._terms
        self._terms, self._paid = {agent: {} for agent in earned}, False
        return earned

    def _pay(self, agent: str, terms: Terms) -> None:
        self._paid = True
        own = self._terms[agent]
        for name, value in terms.items():
            own[name] = own.get(name, 0.0) + value


class Rounds:
    """A team's decisions, turned into calls of one ``ImageEditEnv``.

    Args:
        interface: of the environment on whose engine the team works.
        roster: who sits in the team.
        learned: names of the agents that act from outside.
        members: by name, an agent for everyone else.
        credit: who is paid for what.
        max_cycles: limit of rounds.
        max_calls: limit of calls.
        closers: of the environment, and of the members that were built from names.

    Attributes:
        begun: whether there was a reset.
        view: what is decided in this round.
        agent: whose turn it is, where the team plays turn by turn.
        round: (7,) int32, the same in numbers; where all act at once, of the last round.
        cycles: rounds that have ended.
        illegal: actions outside their space so far.
        team_return: sum of the calls' rewards so far.
    """

    def __init__(
        self,
        interface: RoleInterface,
        roster: Roster,
        *,
        learned: Sequence[str],
        members: Mapping[str, Agent],
        credit: Credit,
        max_cycles: int,
        max_calls: int,
        closers: Closers,
    ) -> None:
        self.interface = interface
        self.base = interface.base
        self.vocabulary = interface.vocabulary
        self.roster = roster
        self.learned = tuple(learned)
        self.members = dict(members)
        self.credit = credit
        self.max_cycles = max_cycles
        self.max_calls = max_calls
        self._closers = closers
        self._failed_as: dict[str, str] = {}
        self.begun = False

    def reset(self, seed: int | None, options: dict[str, Any] | None) -> None:
        """Start an episode and its first round."""
        if isinstance(options, Mapping):
            options = {key: value for key, value in options.items() if key != TEST_OPTION}
        self.base.reset(seed=seed, options=options)
        for member in self.members.values():
            member.reset(self.base.workspace)
        self.cycles = self.illegal = 0
        self.team_return = 0.0
        self.terminated, self.truncated = False, self.base.episode.failed
        self._invalid = self._reasons = ""
        self._seen: dict[str, np.ndarray] | None = None
        self.round = np.full(len(ROUND), UNDECIDED, np.int32)
        self.credit.reset(self)
        self.begin_round()
        self.begun = True

    def close(self) -> None:
        """Close the base environment, and the members that were built from names."""
        self._closers.close()
        # Once more: its window may have been opened again.
        self.base.close()

    def clear(self) -> None:
        """Forget in ``round`` what the last round decided."""
        self.round[:] = UNDECIDED

    def begin_round(self) -> None:
        """Let everyone look at the canvas as it is now."""
        self._masks: dict[str, np.ndarray | None] = {}
        self.view: RoundView = look(self.base.workspace, self.cycles)
        if not self.over:
            self.credit.begin_round(self)

    @property
    def over(self) -> bool:
        """Whether the episode has ended."""
        return self.terminated or self.truncated

    @property
    def role(self) -> str:
        """Whose turn it is, where the team plays turn by turn."""
        return ROLES[self._turn]

    def acting(self, role: str) -> str:
        """The agent that decides for a role in this round, as far as it is decided."""
        return self.roster.acting(role, self.cycles, self.view.tool)

    def start_turns(self) -> None:
        """Play up to the first turn of a learned agent; ``agent`` then says whose it is."""
        self._turn = 0
        self._select()
        self._play_frozen()

    def _select(self) -> None:
        self.agent = self.acting(self.role)

    def take_turn(self, action: Any) -> None:
        """Let the agent whose turn it is decide, and play up to the next learned one's turn."""
        self.act(self.role, action)
        self._next_turn()
        self._play_frozen()

    def _next_turn(self) -> None:
        self._turn = (self._turn + 1) % len(ROLES)
        if self._turn == 0 or self.over:
            self.credit.end_round(self)
        if self._turn == 0 and not self.over:
            self.begin_round()
            self.clear()
        self._select()

    def _play_frozen(self) -> None:
        while not self.over and self.agent not in self.learned:
            self.act_frozen(self.role)
            self._next_turn()

    def act_together(self, actions: Mapping[str, Any]) -> None:
        """Play a round in which the learned agents have decided before it begins.

        Args:
            actions: by agent, of the roles' spaces; what is missing is illegal.
        """
        self.clear()
        self._overhear(actions)
        for role in ROLES:
            if self.over:
                break
            agent = self.acting(role)
            if agent in self.learned:
                self.act(role, actions.get(agent))
            else:
                self.act_frozen(role)
        self.credit.end_round(self)
        self.begin_round()

    def _overhear(self, actions: Mapping[str, Any]) -> None:
        """Whoever does not get to act in this round has decided all the same."""
        for agent in self.learned:
            role, action = self.roster.role_of[agent], actions.get(agent)
            if self.interface.legal(role, action):
                self.credit.unheard(self, agent, self.interface.parse(role, action))

    def act(self, role: str, action: Any) -> None:
        """Let a learned agent decide. An action outside its space is a counted no-op."""
        if self.interface.legal(role, action):
            self._decide(role, self.interface.parse(role, action))
        else:
            self.illegal += 1
            self._decide(role, DEFAULTS[role])

    def act_frozen(self, role: str) -> None:
        """Let a frozen member decide; as in ``Team``, no editor is asked where there is no tool.

        Where it cannot, the episode is truncated.
        """
        if role == "editor" and self.view.tool is None:
            self._decide(role, DEFAULTS[role])
            return
        member = self.members[self.acting(role)]
        try:
            decision = getattr(member, METHODS[role])(self.view)
        except FailureError as error:
            self._failed_as[role] = error.failure.component
            self.fail(error.failure)
        else:
            if role in self._failed_as:
                self.base.setup.failures.succeeded(self._failed_as.pop(role))
            self._decide(role, decision)

    def fail(self, failure: Failure) -> None:
        """Truncate the episode because a member or a tool has failed.

        Raises:
            ComponentDown: it failed too often in a row.
        """
        self.truncated = True
        self.base.workspace.fail(failure)
        self.credit.void(self)
        self.base.setup.failures.failed(failure)

    def _decide(self, role: str, decision: Any) -> None:
        self._masks.clear()
        self.credit.decided(self, self.acting(role), decision)
        if role == "critic":
            self._end_round(decision)
            return
        if role == "editor":
            self.view = self.view.after(option=known_option(self.view, decision))
            self._run_tool()
        else:
            self.view = self.view.after(**{_FIELDS[role]: decision})
        self.interface.note(self.round, role, self.view)

    def _run_tool(self) -> None:
        if self.view.tool is not None:
            self._call(call_of(self.view))
        self.view = look_again(self.view, self.base.workspace)

    def _end_round(self, verdict: str) -> None:
        if verdict != ACCEPT:
            self._call(ToolCall(verdict))
        self.round[6] = VERDICTS.index(verdict)
        self.cycles += 1
        self.truncated = self.truncated or self.cycles >= self.max_cycles

    def _call(self, call: ToolCall) -> None:
        transition = self.base.apply_call(call)
        self._seen = None
        self._reasons = self._reasons or transition.invalid or ""
        self.team_return += sum(self.base.reward_terms.values())
        self.terminated = self.base.episode.terminated
        late = len(self.base.workspace.history) >= self.max_calls
        self.truncated = late or self.base.episode.failed
        if self.base.episode.failed:
            self.credit.void(self)
        else:
            self.credit.called(self, self.base.reward_terms)

    def mask(self, agent: str) -> np.ndarray | None:
        """Which actions an agent may take now, (n,) int8; None for an interpreter: all."""
        if agent not in self._masks:
            role = self.roster.role_of[agent]
            self._masks[agent] = self.interface.mask(role, self.view, self.roster.owned(agent))
        mask = self._masks[agent]
        return None if mask is None else mask.copy()

    def observe(self, agent: str) -> dict[str, np.ndarray]:
        """What an agent sees now, its mask left out; the arrays belong to the caller."""
        if self._seen is None:
            self._seen = self.base.observe()
        role = self.roster.role_of[agent]
        return self.interface.observe(role, self.view, self.round, self._seen)

    def take_rewards(self) -> dict[str, dict[str, float]]:
        """Return each learned agent's terms since the last time; they add up to its reward."""
        self._invalid, self._reasons = self._reasons, ""
        return self.credit.take()

    def info(self, terms: dict[str, float]) -> dict[str, Any]:
        """The information of ``ImageEditEnv``, without the mask, and the illegal actions.

        ``invalid`` is of the calls behind the last reward: no call, no reason.

        Args:
            terms: of an agent's last reward.
        """
        return {
            **self.base.summary(),
            "reward_terms": dict(terms),
            "invalid": self._invalid,
            "illegal": self.illegal,
        }
