"""A team of agents as one coordinator: its rounds become calls."""

from __future__ import annotations

from typing import Any

import gymnasium

from editenv.agents import Team, oracle_team, scripted_team
from editenv.types import ToolCall
from editenv.workspace import Workspace

IDLE_ROUNDS = 100
"""Rounds without a call after which a team is taken to be stuck."""


class TeamActor:
    """Lets a team play its rounds and hands out the calls that they make.

    A round may make no call (nothing to do, critic accepts) or two (the tool's and the critic's),
    so the round is played on the workspace, taken back, and its calls are given one by one.

    Args:
        team: whose rounds are played.
    """

    def __init__(self, team: Team) -> None:
        self._team = team
        self._calls: list[ToolCall] = []
        self._cycle = 0

    def reset(self, env: gymnasium.Env) -> None:
        """Start an episode."""
        base: Any = env.unwrapped
        self._calls = []
        self._cycle = 0
        self._team.reset(base.workspace)

    def act(self, observation: Any, env: gymnasium.Env) -> Any:
        """Return the next call.

        Raises:
            RuntimeError: the team makes no call for 100 rounds.
        """
        base: Any = env.unwrapped
        for _ in range(IDLE_ROUNDS):
            if self._calls:
                return base.encode(self._calls.pop(0))
            self._calls = list(self._rehearse(base.workspace))
        raise RuntimeError(f"the team made no call in {IDLE_ROUNDS} rounds")

    def _rehearse(self, workspace: Workspace) -> tuple[ToolCall, ...]:
        snapshot = workspace.snapshot()
        made = self._team.play_round(workspace, self._cycle)
        self._cycle += 1
        workspace.restore(snapshot)
        return tuple(transition.call for transition in made)


class PipelineActor(TeamActor):
    """The hand-written pipeline: a team of scripted members. Never reads the ground truth."""

    def __init__(self) -> None:
        super().__init__(scripted_team())


class OracleActor(TeamActor):
    """The upper bound: a team of oracles. Reads the ground truth, but must use the tools."""

    def __init__(self) -> None:
        super().__init__(oracle_team())
