"""Collects oracles' decisions, part by part, as the coordinator's episodes are collected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editenv import image_edit_v0
from editenv.agents.roles import ROLES
from editenv_policies.imitation.collect import Plan, Player, play_parts
from editenv_policies.imitation.episodes import SLIP
from editenv_policies.imitation.parts import PartFolder, load, make_parts
from editenv_policies.team.imitation.lessons import TurnData, TurnRecorder
from editenv_policies.team.imitation.teacher import team_episodes


def make_team_env(env_id: str, **arguments: Any) -> Any:
    """Make the AEC environment of a team that learns: all roles, equal spaces.

    Args:
        env_id: a registered id.
        arguments: of ``image_edit_v0.raw_env``.
    """
    return image_edit_v0.raw_env(env_id, learned=ROLES, uniform_spaces="flat", **arguments)


@dataclass(frozen=True)
class TeamPlan(Plan):
    """What to collect: as ``Plan``, but the environment is a team's, and so are the episodes."""

    @contextmanager
    def player(self) -> Iterator[Player]:
        """Give what plays the episodes; ``TeamEpisode`` each."""
        with closing(make_team_env(self.env_id, **self.arguments)) as env:
            yield lambda numbers: team_episodes(env, numbers, self.seed, self.slip)


def collect_team(
    env_id: str,
    episodes: int,
    seed: int = 0,
    *,
    slip: float = SLIP,
    seconds: float | None = None,
    progress: bool = True,
    **env_kwargs: Any,
) -> TurnData:
    """Let oracles play all roles, and keep what they saw and decided.

    In some rounds a wrong call is made, by the interpreter or by somebody who mishears it; the
    lessons stay what the oracles would have done, and the critic's is to take the call back.

    Args:
        env_id: a registered id.
        episodes: how many, at least 1.
        seed: of tasks and slips, at least 0.
        slip: share of the rounds with a wrong call, 0 to 1.
        seconds: processor time after which no episode is begun any more; None for no limit.
        progress: show a bar.
        env_kwargs: further arguments of the environment.

    Raises:
        ValueError: an argument out of its range.
    """
    plan, recorder = TeamPlan(env_id, episodes, seed, slip, env_kwargs), TurnRecorder()
    for played in play_parts(plan, plan.parts, seconds=seconds, progress=progress):
        for episode in played:
            recorder.add(episode)
    return recorder.finish()


def collect_team_into(
    folder: Path, plan: TeamPlan, *, seconds: float | None = None, progress: bool = True
) -> TurnData:
    """Collect a plan part by part; a second call goes on where the first was stopped.

    Args:
        folder: where the parts are kept.
        plan: what to collect.
        seconds: processor time in all calls together; None for no limit.
        progress: show a bar.

    Raises:
        ValueError: the folder has parts of another plan.
    """
    kept = PartFolder(folder, plan, ".npz")
    make_parts(kept, plan, TurnRecorder, seconds=seconds, progress=progress)
    return load(kept.found, TurnData)
