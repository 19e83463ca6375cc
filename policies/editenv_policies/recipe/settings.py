"""The settings of a run of a recipe, and what its stages are made of."""

from __future__ import annotations

import json
import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from editenv.registration import CONFIGURATIONS
from editenv_policies.arguments import environment_of
from editenv_policies.checkpoints import write_text
from editenv_policies.evaluation import Outcome
from editenv_policies.held_out import HeldOut, check_environment
from editenv_policies.imitation.collect import Plan
from editenv_policies.imitation.parts import collect_into
from editenv_policies.imitation.saved import SavedPolicy
from editenv_policies.imitation.training import Lessons, Training

RECIPE = "recipe.json"

CLONE = "clone"
"""In a run's folder: the policy before fine-tuning."""

CHANGEABLE = ("minutes", "steps", "rounds", "threads")
"""What a resumed run may have otherwise than the run that it goes on with."""

FROM_UNTRAINED = 2e-3
"""Largest learning rate of cloning."""


@dataclass(frozen=True, kw_only=True)
class Recipe(ABC):
    """Settings that every recipe has, as plain values, and its parts of the stages.

    Attributes:
        env: a registered id.
        demonstrations: episodes of the oracle, at least 1.
        minutes: most minutes of collecting and cloning (processor time) and of fine-tuning (wall
            time), each above 0, in all runs together.
        episodes: held-out tasks, at least 1.
        num_envs: environments to fine-tune in, at least 1.
        width: of the network: a multiple of 4, at least 8.
        seed: of everything, 0 to 99.
        threads: of torch, at least 1.
        smoke: small batches.
        tasks: a task source instead of the id's own, or None.
        tools: a preset or comma-separated names instead of the id's own, or None.

    Raises:
        ValueError: an argument out of its range, by name, with what is accepted.
    """

    POLICY: ClassVar[type[SavedPolicy]]
    """What is trained."""
    LESSONS: ClassVar[Callable[..., Lessons]]
    """Made of a policy and demonstrations."""
    FOLDER: ClassVar[str]
    """In a run's folder: the policy after fine-tuning."""
    SCRIPT: ClassVar[str]
    """Runs the recipe."""
    AMOUNT: ClassVar[str]
    """The setting that limits fine-tuning."""
    SCRIPTED: ClassVar[str]
    """Name of the hand-written baseline, in tables."""
    ORACLE: ClassVar[str]
    """Name of the upper bound."""

    env: str
    demonstrations: int
    minutes: tuple[float, float, float]
    episodes: int
    num_envs: int
    width: int
    seed: int
    threads: int
    smoke: bool
    # Older runs lack these: they go on with the id's own.
    tasks: str | None = None
    tools: str | None = None

    def __post_init__(self) -> None:
        if self.env not in CONFIGURATIONS:
            raise ValueError(f"env={self.env!r}: choose from {list(CONFIGURATIONS)}")
        for name in ("demonstrations", self.AMOUNT, "episodes", "num_envs", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1")
        if self.width < 8 or self.width % 4:
            raise ValueError(f"width={self.width} must be a multiple of 4 and at least 8")
        if not 0 <= self.seed <= 99:
            raise ValueError(f"seed={self.seed} must be from 0 to 99")
        if min(self.minutes) <= 0:
            raise ValueError(f"minutes={self.minutes} must be three numbers above 0")

    @property
    def environment(self) -> dict[str, Any]:
        """The arguments that differ from the id's own."""
        return environment_of(self.tasks, self.tools)

    @property
    @abstractmethod
    def start(self) -> str:
        """The name of the policy before fine-tuning, in tables."""

    @property
    @abstractmethod
    def end(self) -> str:
        """The name of the policy after fine-tuning, in tables."""

    @property
    def title(self) -> str:
        """Of curves and page."""
        return f"{self.env}, {self.end}, seed {self.seed}"

    @property
    def command(self) -> str:
        """The command that repeats the run, without its output folder."""
        words = ["python", self.SCRIPT, "--env", self.env, *self._words]
        given = {"--tasks": self.tasks, "--tools": self.tools}
        words += [word for name, value in given.items() if value for word in (name, value)]
        words += ["--smoke"] if self.smoke else []
        words += ["--minutes", *(f"{minutes:g}" for minutes in self.minutes)]
        numbers = ("demonstrations", self.AMOUNT, "episodes", "num_envs", "width")
        for name in (*numbers, "seed", "threads"):
            words += [f"--{name.replace('_', '-')}", str(getattr(self, name))]
        return shlex.join(words)

    @property
    @abstractmethod
    def _words(self) -> list[str]:
        """The recipe's own part of the command line."""

    def check(self) -> None:
        """Look for what the settings name, before anything is made.

        Raises:
            ValueError: there are no such tasks or tools, or nothing of that name.
        """
        check_environment(self.env, self.environment)

    # What follows are the recipe's parts of the stages, in their order.

    @abstractmethod
    def untrained(self) -> SavedPolicy:
        """Build the policy that is cloned into."""

    @property
    def clones(self) -> bool:
        """Whether the policy is cloned before it is fine-tuned."""
        return True

    @property
    @abstractmethod
    def plan(self) -> Plan:
        """What to collect."""

    def demonstrate(self, folder: Path) -> Any:
        """Return demonstrations, collected in a folder."""
        return collect_into(folder, self.plan, seconds=60 * self.minutes[0])

    @property
    def rate(self) -> float:
        """Largest learning rate of cloning."""
        return FROM_UNTRAINED

    @abstractmethod
    def notes_on(self, data: Any, done: Training) -> dict[str, Any]:
        """Return what to note of the demonstrations and the training."""

    @abstractmethod
    def tune(self, start: Any, out: Path) -> tuple[Any, dict[str, Any]]:
        """Fine-tune a policy, which is not changed, in a run's folder.

        Returns:
            The SB3 policy that came of it, and notes.
        """

    @abstractmethod
    def play(self, policy: Any, held_out: HeldOut) -> list[Outcome]:
        """Let a policy play the held-out tasks."""

    @abstractmethod
    def record(self, policy: Any, name: str, folder: Path) -> None:
        """Record how a policy plays the first held-out tasks."""


def begin_run(recipe: Recipe, out: Path, resume: bool) -> None:
    """Make a run's folder, or check that the run in it is this one.

    Args:
        recipe: its settings in ``CHANGEABLE`` may differ.
        out: the folder.
        resume: whether the folder may have a run.

    Raises:
        ValueError: there is a run and ``resume`` is False, or the run has other settings.
    """
    if out.exists() and not out.is_dir():
        raise ValueError(f"out={str(out)!r} is a file: it must be a folder")
    out.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, Any] = json.loads(json.dumps(asdict(recipe)))
    if (out / RECIPE).exists():
        if not resume:
            raise ValueError(
                f"out={str(out)!r} has a run: --resume goes on with it, or use another folder"
            )
        there = json.loads((out / RECIPE).read_text())
        for name in wanted.keys() - CHANGEABLE:
            if there.get(name) != wanted[name]:
                raise ValueError(
                    f"{name}={wanted[name]!r}, but the run in {out} has {there.get(name)!r}: "
                    "use that, or another folder"
                )
    write_text(out / RECIPE, json.dumps(wanted, indent=1) + "\n")
