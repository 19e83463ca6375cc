"""Oracles play a team's rounds turn by turn, with slips that the critic takes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from editenv.agents.oracle import oracle_team
from editenv.agents.roles import ROLES, VERDICTS, RoundView
from editenv.types import ToolCall
from editenv.workspace import UNDO, Workspace
from editenv_policies.imitation.episodes import SLIP, task_seed, wrong_call

MISSPOKEN = 0.5
"""Share of the slips that begin with the interpreter; in the others somebody mishears it."""

NOTHING = -1
"""The label of a turn without a lesson: what the oracle would do cannot be done any more."""


@dataclass(frozen=True, eq=False)
class TeamTurn:
    """One decision.

    Attributes:
        moment: number of the moment of the episode at which it was made.
        before: number of the moment at which the round began.
        role: index in ``ROLES``.
        numbers: (7,) int32, the observation's ``round``.
        mask: (n,) bool, which numbers of the uniform action space were legal.
        label: what the oracle would do; ``NOTHING`` where that is not legal.
        action: what was done; it differs from the label in slips.
    """

    moment: int
    before: int
    role: int
    numbers: np.ndarray
    mask: np.ndarray
    label: int
    action: int


@dataclass(eq=False)
class TeamEpisode:
    """One episode of a team.

    Attributes:
        number: its place in the run.
        seed: ``env.reset(seed=seed)`` gives its task.
        moments: what was seen after the reset and after every call, while there was a turn left.
        turns: all decisions, in order.
        solved: whether the task was.
    """

    number: int
    seed: int
    moments: list[dict[str, np.ndarray]] = field(default_factory=list)
    turns: list[TeamTurn] = field(default_factory=list)
    solved: bool = False

    def lessons(self, first: int) -> Iterator[tuple[Any, ...]]:
        """Give a row of ``TurnData`` for each turn that has a lesson."""
        for turn in self.turns:
            if turn.label != NOTHING:
                row = (first + turn.moment, first + turn.before, turn.role, turn.numbers)
                yield (*row, np.packbits(turn.mask), turn.label, len(turn.mask))


def team_episodes(
    env: Any, numbers: Iterable[int], seed: int, slip: float = SLIP
) -> Iterator[TeamEpisode]:
    """Play episodes one by one; each depends on ``seed``, ``slip`` and its number only.

    Args:
        env: ``image_edit_v0.raw_env(..., uniform_spaces="flat")`` in which all roles are learned.
        numbers: of the episodes.
        seed: of tasks and slips.
        slip: share of the rounds in which a wrong call is made, 0 to 1.
    """
    for number in numbers:
        yield _Lesson(env, number, seed, slip).play()


@dataclass(frozen=True)
class _Wanted:
    """A call, or none, as the team's decisions: by role, but for the critic's."""

    call: ToolCall | None

    def numbers(self, env: Any) -> dict[str, int]:
        uniform, tools = env.uniform, env.rounds.interface.tool_names
        if self.call is None:
            return {"interpreter": 0, "grounder": 0, "selector": len(tools), "editor": 0}
        tool = env.rounds.view.tools[self.call.tool]
        pair = uniform.pairs.index((tool.action, tool.options[self.call.option]))
        return {
            "interpreter": 1 + pair * uniform.slots + self.call.region,
            "grounder": self.call.region,
            "selector": tools.index(self.call.tool),
            "editor": self.call.option,
        }


class _Lesson:
    """One episode: the oracles know which sub-edit is due, however many rounds were taken back."""

    def __init__(self, env: Any, number: int, run: int, slip: float) -> None:
        self._env, self._slip = env, slip
        self._rng = np.random.default_rng([run, number])
        self._team = oracle_team()
        self._episode = TeamEpisode(number, task_seed(run, number))
        self._due = 0
        self._seen = -1

    @property
    def _workspace(self) -> Workspace:
        return self._env.rounds.base.workspace

    def play(self) -> TeamEpisode:
        self._env.reset(seed=self._episode.seed)
        self._team.reset(self._workspace)
        while not self._env.rounds.over:
            self._play_round()
        self._episode.solved = bool(self._workspace.state.verdict.success)
        return self._episode

    def _play_round(self) -> None:
        env = self._env
        view: RoundView = env.rounds.view.after(cycle=self._due)
        call = self._right_call(view)
        right = _Wanted(call).numbers(env)
        wrong = None
        if call is not None and self._rng.random() < self._slip:
            wrong = wrong_call(self._rng, call, env.rounds.base.setup.codec, self._workspace)
        done = dict(right) if wrong is None else _Wanted(wrong).numbers(env)
        if wrong is not None and self._rng.random() >= MISSPOKEN:
            done["interpreter"] = right["interpreter"]
        canvas, before = self._workspace.canvas, self._look()
        for role in ROLES[:-1]:
            label = right[role]
            if role == "editor" and done["selector"] != right["selector"]:
                label = NOTHING
            self._take(role, label, done[role], before)
        if env.rounds.over:
            return
        verdict = self._verdict(view, wrong is not None, self._workspace.canvas is not canvas)
        number = VERDICTS.index(verdict)
        self._take("critic", number, number, before)
        self._due += wrong is None

    def _right_call(self, view: RoundView) -> ToolCall | None:
        """What the oracles would make of the sub-edit that is due."""
        team = self._team
        view = view.after(intent=team.interpreter.interpret(view))
        view = view.after(region=team.grounder.ground(view))
        view = view.after(tool=team.selector.select(view))
        if view.tool is None or view.region is None:
            return None
        return ToolCall(view.tool, view.region, team.editor.edit(view))

    def _verdict(self, view: RoundView, slipped: bool, changed: bool) -> str:
        if not slipped:
            return self._team.critic.judge(view)
        if self._workspace.state.verdict.success:
            return "submit"
        return UNDO if changed else "accept"

    def _look(self) -> int:
        """Keep what is seen now, if it is not kept yet; return its number."""
        calls = len(self._workspace.history)
        if calls != self._seen:
            self._episode.moments.append(self._env.observe(self._env.agent_selection))
            self._seen = calls
        return len(self._episode.moments) - 1

    def _take(self, role: str, label: int, action: int, before: int) -> None:
        env, agent = self._env, self._env.agent_selection
        mask = env.action_mask(agent).astype(bool)
        self._episode.turns.append(
            TeamTurn(
                moment=self._look(),
                before=before,
                role=ROLES.index(role),
                numbers=env.rounds.round.copy(),
                mask=mask,
                label=label if label >= 0 and mask[label] else NOTHING,
                action=action,
            )
        )
        env.step(action)
