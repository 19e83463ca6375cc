"""Who in a team is paid for what."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import Any

from editenv.agents.roles import ROLES, Agent, RoundView
from editenv.agents.scores import RoundScores
from editenv.agents.team import METHODS, Team, known_option
from editenv.envs.episode import judged
from editenv.envs.interface import DEFAULTS
from editenv.envs.rounds import Credit, Rounds, Terms
from editenv.failure import FailureError
from editenv.transition import Snapshot


class RoleCredit(Credit):
    """``"role"``: the team's reward, less the error of each agent's own decisions.

    The error is 1 minus the score of ``RoundScores``, so that a right decision costs nothing and
    nobody gains by playing on.

    Args:
        weight: of the error.
    """

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = weight

    def begin_round(self, rounds: Rounds) -> None:
        """See what is left to do."""
        self._scores = RoundScores(rounds.base.workspace)

    def decided(self, rounds: Rounds, agent: str, decision: Any) -> None:
        """Score the decision."""
        role = rounds.roster.role_of[agent]
        error = 1.0 - self._scores.score(role, rounds.view, decision)
        if agent in rounds.learned:
            self._pay(agent, {"role": -self.weight * error})


class DifferenceCredit(Credit):
    """``"difference"``: what the round brought less what it would have brought without the agent.

    For agent i with decision z_i the reward is D_i = G(z) - G(z_-i, c_i), where c_i is its default
    decision, the one that asks for nothing (Wolpert and Tumer, 2001, *Optimal payoff functions for
    members of collectives*, Advances in Complex Systems 4). G is the reward of the round's calls;
    the second one is found by playing the round again from a snapshot, so it is exact: the other
    learned agents decide as they did, frozen members decide anew, with the same random numbers. The
    price is one more round of the engine for each learned agent that did not take its default, and
    one more question to the judge where that round hands in.

    It is paid at the end of a round. An agent that only talks, as the interpreter of a team whose
    other members are all learned, changes no call by itself and always gets zero.

    Frozen members are copied with ``deepcopy`` in every round: one that is large and has no memory
    may return itself from ``__deepcopy__``.
    """

    def reset(self, rounds: Rounds) -> None:
        """Start an episode."""
        super().reset(rounds)
        self._decisions: dict[str, Any] = {}
        self._unheard: dict[str, Any] = {}

    def begin_round(self, rounds: Rounds) -> None:
        """Keep the workspace, the frozen members and the generator as they are."""
        self._start: Snapshot = rounds.base.workspace.snapshot()
        self._random = rounds.base.np_random.bit_generator.state
        self._members = _copies(rounds)
        self._cycle = rounds.cycles
        self._decisions, self._unheard = {}, {}
        self._return = 0.0

    def decided(self, rounds: Rounds, agent: str, decision: Any) -> None:
        """Remember the decision."""
        self._decisions[agent] = decision

    def unheard(self, rounds: Rounds, agent: str, decision: Any) -> None:
        """Remember the decision for the rounds that are played again."""
        self._unheard[agent] = decision

    def called(self, rounds: Rounds, terms: Terms) -> None:
        """Add up the round's reward."""
        self._return += sum(terms.values())

    def end_round(self, rounds: Rounds) -> None:
        """Pay every learned agent that has decided in this round."""
        if rounds.base.episode.failed:
            return
        workspace, generator = rounds.base.workspace, rounds.base.np_random.bit_generator
        end, random = workspace.snapshot(), generator.state
        decided = [agent for agent in rounds.learned if agent in self._decisions]
        others, failure = {}, None
        try:
            others = {agent: self._return_without(rounds, agent) for agent in decided}
        except FailureError as error:
            failure = error.failure
        workspace.restore(end)
        generator.state = random
        if failure is not None:
            rounds.fail(failure)
            return
        for agent, other in others.items():
            self._pay(agent, {"team": self._return, "default": -other})

    def _return_without(self, rounds: Rounds, agent: str) -> float:
        if self._decisions[agent] == DEFAULTS[rounds.roster.role_of[agent]]:
            return self._return
        base = rounds.base
        base.workspace.restore(self._start)
        base.np_random.bit_generator.state = self._random
        decisions = {**self._unheard, **self._decisions}
        del decisions[agent]
        members = deepcopy(self._members, _shared(rounds))
        seats = [_Seat(rounds, role, self._cycle, decisions, members) for role in ROLES]
        made = Team(*seats).play_round(base.workspace, self._cycle, rounds.max_calls)
        transitions = list(made)
        if base.setup.judge is not None:
            episodes = [base.episode] * len(transitions)
            transitions = judged(base.setup.judge, episodes, transitions)
        for transition in transitions:
            if transition.failure is not None:
                raise FailureError(transition.failure)
        return sum(sum(base.setup.reward(transition).values()) for transition in transitions)


class _Seat:
    """Plays a role again: learned agents as they decided, or their default, others as they like."""

    def __init__(
        self,
        rounds: Rounds,
        role: str,
        cycle: int,
        decisions: dict[str, Any],
        members: dict[str, Agent],
    ) -> None:
        self._rounds, self._role, self._cycle = rounds, role, cycle
        self._decisions, self._members = decisions, members

    def reset(self, workspace: Any) -> None:
        """Never called: the round is in the middle of an episode."""

    def decide(self, view: RoundView) -> Any:
        """Decide as the agent whose turn it is."""
        agent = self._rounds.roster.acting(self._role, self._cycle, view.tool)
        if agent in self._members:
            decision = getattr(self._members[agent], METHODS[self._role])(view)
        else:
            decision = self._decisions.get(agent, DEFAULTS[self._role])
        return known_option(view, decision) if self._role == "editor" else decision

    interpret = ground = select = edit = judge = decide


def _copies(rounds: Rounds) -> dict[str, Agent]:
    return deepcopy(rounds.members, _shared(rounds))


def _shared(rounds: Rounds) -> dict[int, Any]:
    """What copies of members go on sharing: everything that is no member's own memory."""
    return {id(o): o for o in (rounds.base, rounds.base.workspace, rounds.interface)}


CREDITS: dict[str, type[Credit]] = {
    "team": Credit,
    "role": RoleCredit,
    "difference": DifferenceCredit,
}
"""By name: ways to share the reward."""


def make_credit(credit: str | Credit) -> Credit:
    """Build a way to share the reward.

    Raises:
        ValueError: an unknown name.
    """
    if isinstance(credit, Credit):
        # It holds what an episode has earned, which no two environments may share.
        return copy(credit)
    if not isinstance(credit, str) or credit not in CREDITS:
        raise ValueError(
            f"reward={credit!r} is unknown: choose from {list(CREDITS)}; weights go to terms="
        )
    return CREDITS[credit]()
