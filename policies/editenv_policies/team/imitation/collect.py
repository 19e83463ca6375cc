"""What to collect of oracles' decisions: a ``Plan`` of a team."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

from editenv import image_edit_v0
from editenv.agents.roles import ROLES
from editenv_policies.imitation.collect import Plan, Player
from editenv_policies.imitation.demonstrations import Moments
from editenv_policies.team.imitation.lessons import TurnData
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
    """What to collect: as ``Plan``, but the environment is a team's, and so are the episodes.

    In some rounds a wrong call is made, by the interpreter or by somebody who mishears it; the
    lessons stay what the oracles would have done, and the critic's is to take the call back.
    """

    KIND: ClassVar[type[Moments]] = TurnData

    @contextmanager
    def player(self) -> Iterator[Player]:
        """Give what plays the episodes; ``TeamEpisode`` each."""
        with closing(make_team_env(self.env_id, **self.arguments)) as env:
            yield lambda numbers: team_episodes(env, numbers, self.seed, self.slip)
