"""Teams that come with the package: beside the coordinator of the id, without pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.collect import make_team_env
from editenv_policies.trained import FOLDER, available

STEM = "team"


def load_team(name: str, folder: Path = FOLDER) -> TeamClone:
    """Load a trained team; its ``predict`` takes any agent's observations and masks.

    Args:
        name: an id, such as ``"ImageEdit-v0"``.
        folder: where to look; the package's own by default.

    Raises:
        ValueError: there is none of that name; the message lists those that there are.
    """
    names = available(folder, STEM)
    if name not in names:
        raise ValueError(f"name={name!r} has no trained team: there are {names}")
    return TeamClone.load(folder / name, STEM)


def env_of(team: TeamClone, **arguments: Any) -> Any:
    """Make the AEC environment that a trained team plays in.

    Args:
        team: one that the recipe has trained.
        arguments: further ones, such as ``split="test"``.
    """
    return make_team_env(team.notes["env"], **{**team.notes["arguments"], **arguments})
