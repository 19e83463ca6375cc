"""Tasks that no policy has learnt from, the same ones for all that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import gymnasium
from gymnasium.vector import AutoresetMode

from editenv.tasks import SPLITS
from editenv_policies.evaluation import (
    HELD_OUT_SEED,
    Actor,
    Outcome,
    See,
    play_all,
    play_side_by_side,
)

COPIES = 50
"""Tasks that a network plays side by side."""

GROUPINGS = ("kind", "edits")


@dataclass(frozen=True)
class HeldOut:
    """Tasks by id, split and number.

    Attributes:
        env_id: a registered id.
        tasks: how many, at least 1.
        split: of the tasks.
        arguments: further ones of the environment, such as ``tools``.

    Raises:
        ValueError: fewer than one task, or an unknown split.
    """

    env_id: str
    tasks: int
    split: str = "test"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.tasks < 1:
            raise ValueError(f"tasks={self.tasks} must be at least 1")
        if self.split not in SPLITS:
            raise ValueError(f"split={self.split!r} is unknown: choose from {SPLITS}")

    def make(self, **kwargs: Any) -> gymnasium.Env:
        """Make the environment, with further arguments."""
        given = {**self.arguments, **kwargs}
        return gymnasium.make(self.env_id, split=self.split, disable_env_checker=True, **given)

    def play(self, actor: Actor, **kwargs: Any) -> list[Outcome]:
        """Let an actor play the tasks one by one, with further arguments of the environment."""
        with closing(self.make(**kwargs)) as env:
            return play_all(actor, env, self.tasks)

    def play_model(self, model: Any, see: See = dict) -> list[Outcome]:
        """Let a policy that takes batches and action masks play the tasks side by side.

        Args:
            model: plays.
            see: what it is shown of a batch of observations.
        """
        envs: Any = gymnasium.make_vec(
            self.env_id,
            num_envs=min(COPIES, self.tasks),
            split=self.split,
            autoreset_mode=AutoresetMode.DISABLED,
            **self.arguments,
        )
        with closing(envs):
            return play_side_by_side(model, envs, self.tasks, see=see)

    def groups(self, by: str) -> list[tuple[str, ...]]:
        """Return which groups each task is in.

        Args:
            by: ``"kind"``: the actions of its edits, each once; ``"edits"``: how many there are.

        Raises:
            ValueError: an unknown grouping.
        """
        if by not in GROUPINGS:
            raise ValueError(f"by={by!r} is unknown: choose from {GROUPINGS}")
        found = []
        with closing(self.make()) as env:
            base: Any = env.unwrapped
            for number in range(self.tasks):
                env.reset(seed=HELD_OUT_SEED + number)
                actions = [edit.action for edit in base.task.sub_edits]
                kinds = tuple(sorted(set(actions)))
                found.append(kinds if by == "kind" else (str(len(actions)),))
        return found


def check_environment(env_id: str, arguments: Mapping[str, Any]) -> None:
    """Make sure that there are such tasks and tools, to train on and to be held out.

    Args:
        env_id: a registered id.
        arguments: what is changed of its own; where nothing is, nothing is done.

    Raises:
        ValueError: there are none, or none in a split.
    """
    for split in ("train", "test") if arguments else ():
        HeldOut(env_id, 1, split, arguments).make().close()
