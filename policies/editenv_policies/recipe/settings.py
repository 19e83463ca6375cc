"""The settings of a run of the recipe."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from editenv.registration import CONFIGURATIONS
from editenv_policies.arguments import environment_of
from editenv_policies.checkpoints import write_text
from editenv_policies.imitation.finetune import ALGORITHMS, GROUP_SIZE

RECIPE = "recipe.json"

CHANGEABLE = ("minutes", "steps", "rounds", "threads")
"""What a resumed run may have otherwise than the run that it goes on with."""


@dataclass(frozen=True)
class Recipe:
    """The settings of a run, as plain values.

    Attributes:
        env: a registered id.
        algo: ``"maskable"`` or ``"grpo"``.
        from_scratch: learn from untrained weights, without demonstrations.
        data: the Minari data set to clone from; None collects demonstrations.
        warm_start: an id whose shipped coordinator the network starts from, or the folder of a
            saved one; None starts untrained. Its training counts too: the notes name it.
        demonstrations: the oracle's episodes, at least 1.
        minutes: most minutes of collecting and cloning (processor time) and of fine-tuning (wall
            time), each above 0, in all runs together.
        steps: most environment steps of fine-tuning, at least 1.
        episodes: held-out tasks, at least 1.
        num_envs: sub-environments to fine-tune in, at least 1; with ``"grpo"`` a multiple of 8.
        width: of the network: a multiple of 4, at least 8.
        seed: of everything, 0 to 99.
        threads: of torch, at least 1.
        smoke: small batches.
        tasks: a task source instead of the id's own, or None.
        tools: a preset or comma-separated names instead of the id's own, or None.

    Raises:
        ValueError: an argument out of its range, by name, with what is accepted.
    """

    env: str
    algo: str
    from_scratch: bool
    data: str | None
    demonstrations: int
    minutes: tuple[float, float, float]
    steps: int
    episodes: int
    num_envs: int
    width: int
    seed: int
    threads: int
    smoke: bool
    warm_start: str | None = None
    # Runs of before these were there have no such settings: they go on with the id's own.
    tasks: str | None = None
    tools: str | None = None

    def __post_init__(self) -> None:
        for name, known in (("env", CONFIGURATIONS), ("algo", ALGORITHMS)):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}={getattr(self, name)!r}: choose from {list(known)}")
        check_numbers(self, ("demonstrations", "steps", "episodes", "num_envs", "threads"))
        if self.algo == "grpo" and self.num_envs % GROUP_SIZE:
            raise ValueError(
                f"num_envs={self.num_envs} must be a multiple of {GROUP_SIZE} with algo='grpo'"
            )
        for name in ("data", "warm_start"):
            if self.from_scratch and getattr(self, name) is not None:
                value = getattr(self, name)
                raise ValueError(f"{name}={value!r} cannot go with from_scratch: leave one out")

    @property
    def environment(self) -> dict[str, Any]:
        """The arguments that differ from the id's own."""
        return environment_of(self.tasks, self.tools)

    @property
    def start(self) -> str:
        """The name of the policy before fine-tuning, in tables."""
        return "untrained" if self.from_scratch else "clone"

    @property
    def end(self) -> str:
        """The name of the policy after fine-tuning, in tables."""
        return f"{self.start}, then {ALGORITHMS[self.algo]}"

    @property
    def scripted(self) -> str:
        """The name of the hand-written baseline, in tables."""
        return "pipeline"

    @property
    def oracle(self) -> str:
        """The name of the upper bound, in tables."""
        return "oracle"

    @property
    def command(self) -> str:
        """The command that repeats the run, without its output folder."""
        words = ["python", "examples/train_coordinator.py", "--env", self.env, "--algo", self.algo]
        words += ["--from-scratch"] if self.from_scratch else []
        words += ["--data", self.data] if self.data else []
        words += ["--warm-start", self.warm_start] if self.warm_start else []
        names = ("demonstrations", "steps", "episodes", "num_envs", "width", "seed", "threads")
        return shlex.join([*words, *places_in_words(self), *numbers_in_words(self, names)])


def begin_run(recipe: Any, out: Path, resume: bool) -> None:
    """Make a run's folder, or check that the run in it is this one.

    Args:
        recipe: a dataclass of plain values; those in ``CHANGEABLE`` may differ.
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


def places_in_words(recipe: Any) -> list[str]:
    """The part of a recipe's command line with ``--tasks`` and ``--tools``."""
    given = {"--tasks": recipe.tasks, "--tools": recipe.tools}
    return [word for name, value in given.items() if value for word in (name, value)]


def numbers_in_words(recipe: Any, names: Sequence[str]) -> list[str]:
    """The end of every recipe's command line: ``--smoke``, ``--minutes`` and its numbers."""
    words = ["--smoke"] if recipe.smoke else []
    words += ["--minutes", *(f"{minutes:g}" for minutes in recipe.minutes)]
    for name in names:
        words += [f"--{name.replace('_', '-')}", str(getattr(recipe, name))]
    return words


def check_numbers(recipe: Any, at_least_one: Sequence[str]) -> None:
    """Check the numbers that every recipe has.

    Args:
        recipe: with ``width``, ``seed`` and ``minutes``.
        at_least_one: names of other numbers, at least 1.

    Raises:
        ValueError: a number out of its range.
    """
    for name in at_least_one:
        if getattr(recipe, name) < 1:
            raise ValueError(f"{name}={getattr(recipe, name)} must be at least 1")
    if recipe.width < 8 or recipe.width % 4:
        raise ValueError(f"width={recipe.width} must be a multiple of 4 and at least 8")
    if not 0 <= recipe.seed <= 99:
        raise ValueError(f"seed={recipe.seed} must be from 0 to 99")
    if min(recipe.minutes) <= 0:
        raise ValueError(f"minutes={recipe.minutes} must be three numbers above 0")
