"""What a run of the team's recipe is made with."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from editenv.registration import CONFIGURATIONS
from editenv_policies.arguments import environment_of
from editenv_policies.recipe.settings import check_numbers, numbers_in_words, places_in_words


@dataclass(frozen=True)
class TeamRecipe:
    """What a run is made with, as plain values.

    Attributes:
        env: a registered id.
        coordinator: ``"trained"``, or a folder of ``editenv_policies.imitation.Clone.save``, whose
            weights the clone begins with; None begins with new ones.
        demonstrations: episodes of the oracles, at least 1.
        minutes: most minutes of collecting and cloning (processor time) and of fine-tuning (wall
            time), each above 0, in all runs together.
        rounds: most rounds of fine-tuning, at least 1.
        episodes: held-out tasks, at least 1.
        num_envs: environments to fine-tune in, at least 1.
        width: of the network's vectors: a multiple of 4, at least 8.
        seed: of everything, 0 to 99.
        threads: of torch, at least 1.
        smoke: small batches.
        tasks: a task source in place of the id's own, or None.
        tools: a preset or names with commas, in place of the id's own, or None.

    Raises:
        ValueError: an argument out of its range, by name, with what is accepted.
    """

    env: str
    coordinator: str | None
    demonstrations: int
    minutes: tuple[float, float, float]
    rounds: int
    episodes: int
    num_envs: int
    width: int
    seed: int
    threads: int
    smoke: bool
    # Runs of before these were there have no such settings: they go on with the id's own.
    tasks: str | None = None
    tools: str | None = None

    def __post_init__(self) -> None:
        if self.env not in CONFIGURATIONS:
            raise ValueError(f"env={self.env!r}: choose from {list(CONFIGURATIONS)}")
        check_numbers(self, ("demonstrations", "rounds", "episodes", "num_envs", "threads"))

    @property
    def start(self) -> str:
        """What fine-tuning begins with, as it is called in tables."""
        return "cloned team"

    @property
    def end(self) -> str:
        """What comes of it."""
        return f"{self.start}, then PPO"

    @property
    def scripted(self) -> str:
        """The hand-written baseline."""
        return "scripted team"

    @property
    def oracle(self) -> str:
        """The upper bound."""
        return "oracle team"

    @property
    def arguments(self) -> dict[str, Any]:
        """What the team's environments are made with: every call of an episode is remembered.

        In the observation's usual four the first edits are lost when a critic has taken some back,
        and the interpreter would not know what is done.
        """
        limit, _ = CONFIGURATIONS[self.env]
        return {"history_length": limit, **self.environment}

    @property
    def environment(self) -> dict[str, Any]:
        """What is changed of the id's arguments."""
        return environment_of(self.tasks, self.tools)

    @property
    def limits(self) -> dict[str, int]:
        """Of the episodes of fine-tuning: every round ends with its critic."""
        limit, _ = CONFIGURATIONS[self.env]
        return {"max_cycles": max(limit // 2, 1), "max_calls": max(limit, 2)}

    @property
    def command(self) -> str:
        """What repeats the run, but for the folder that it writes to."""
        words = ["python", "examples/train_team.py", "--env", self.env]
        words += ["--coordinator", self.coordinator] if self.coordinator else []
        names = ("demonstrations", "rounds", "episodes", "num_envs", "width", "seed", "threads")
        return shlex.join([*words, *places_in_words(self), *numbers_in_words(self, names)])
