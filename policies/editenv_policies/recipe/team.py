"""The recipe of a team: five roles that share one policy."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from editenv.agents.roles import ROLES
from editenv.registration import CONFIGURATIONS
from editenv_policies import trained
from editenv_policies.checkpoints import written
from editenv_policies.evaluation import HELD_OUT_SEED, Outcome
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation.clone import Clone
from editenv_policies.imitation.training import Training
from editenv_policies.recipe.settings import Recipe
from editenv_policies.recording.report import MOST
from editenv_policies.recording.team import record_team
from editenv_policies.sb3.learning import learn
from editenv_policies.team.actor import play_side_by_side
from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.collect import TeamPlan, make_team_env
from editenv_policies.team.imitation.finetune import learner_from
from editenv_policies.team.imitation.lessons import TurnData, TurnLessons

COPIES = 25
"""Held-out tasks that a team plays side by side."""

TEAM = "team"

TRAINED = "trained"
"""As ``coordinator``: the one that comes with the package."""


@dataclass(frozen=True, kw_only=True)
class TeamRecipe(Recipe):
    """The settings of a run, as plain values.

    Attributes:
        coordinator: ``"trained"``, or a folder with a coordinator, whose weights the clone begins
            with; None begins with new ones.
        rounds: most rounds of fine-tuning, at least 1.

    Others: see ``Recipe``.
    """

    POLICY = TeamClone
    LESSONS = TurnLessons
    FOLDER: ClassVar[str] = TEAM
    SCRIPT: ClassVar[str] = "examples/train_team.py"
    AMOUNT: ClassVar[str] = "rounds"
    SCRIPTED: ClassVar[str] = "scripted team"
    ORACLE: ClassVar[str] = "oracle team"

    coordinator: str | None
    rounds: int

    @property
    def start(self) -> str:
        """The name of the policy before fine-tuning, in tables."""
        return "cloned team"

    @property
    def end(self) -> str:
        """The name of the policy after fine-tuning, in tables."""
        return f"{self.start}, then PPO"

    @property
    def _words(self) -> list[str]:
        return ["--coordinator", self.coordinator] if self.coordinator else []

    @property
    def arguments(self) -> dict[str, Any]:
        """What the team's environments are made with: every call of an episode is remembered.

        In the observation's usual four the first edits are lost when a critic has taken some back,
        and the interpreter would not know what is done.
        """
        limit, _ = CONFIGURATIONS[self.env]
        return {"history_length": limit, **self.environment}

    def check(self) -> None:
        """Look for what the settings name, before anything is made; see ``Recipe``."""
        self._known()
        super().check()

    def _known(self) -> Clone | None:
        """The coordinator whose weights the clone begins with."""
        if self.coordinator is None:
            return None
        if self.coordinator == TRAINED:
            return trained.load(self.env)
        found = trained.load_run(Path(self.coordinator).expanduser())
        if found is None:
            raise ValueError(
                f"coordinator={self.coordinator!r}: give {TRAINED!r}, or a folder with a clone"
            )
        return found

    def untrained(self) -> TeamClone:
        """Build the network, and begin with the weights of a coordinator, if one is given."""
        notes = {"env": self.env, "seed": self.seed, "arguments": self.arguments}
        with closing(make_team_env(self.env, **self.arguments)) as env:
            start = TeamClone.for_env(env, width=self.width, notes=notes)
        known = self._known()
        if known is not None:
            start.take_coordinator(known)
            start.notes["coordinator"] = self.coordinator
        return start

    @property
    def plan(self) -> TeamPlan:
        """What to collect."""
        return TeamPlan(self.env, self.demonstrations, self.seed, env_kwargs=self.arguments)

    def notes_on(self, data: TurnData, done: Training) -> dict[str, Any]:
        """Return what to note of the demonstrations and the training."""
        losses = {role: round(loss, 4) for role, loss in zip(ROLES, done.losses, strict=True)}
        found = {"demonstrations": data.count, "turns": len(data.roles), "updates": done.updates}
        return {**found, "losses": losses}

    def tune(self, start: TeamClone, out: Path) -> tuple[Any, dict[str, Any]]:
        """Go on with reinforcement learning of all roles together; every round has its critic."""
        limit, _ = CONFIGURATIONS[self.env]
        learner = learner_from(
            start,
            self.env,
            num_envs=self.num_envs,
            seed=self.seed,
            smoke=self.smoke,
            split="train",
            max_cycles=max(limit // 2, 1),
            max_calls=max(limit, 2),
            **self.arguments,
        )
        resume = all(written(out / name) for name in learner.files)
        learn(learner, out, self.rounds, resume=resume, minutes=self.minutes[2], show=True)
        return learner.models[learner.agents[0]].policy, {"rounds": learner.steps}

    def play(self, policy: TeamClone, held_out: HeldOut) -> list[Outcome]:
        """Let a policy play the held-out tasks."""
        tasks = held_out.tasks
        with ExitStack() as stack:
            envs = [
                stack.enter_context(closing(self._make_held_out()))
                for _ in range(min(COPIES, tasks))
            ]
            return play_side_by_side(policy, envs, range(HELD_OUT_SEED, HELD_OUT_SEED + tasks))

    def record(self, policy: TeamClone, name: str, folder: Path) -> None:
        """Record how a policy plays the first held-out tasks."""
        seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + min(self.episodes, MOST))
        with closing(self._make_held_out()) as env:
            record_team(
                env,
                self.env,
                name,
                seeds,
                folder,
                lambda seed: play_side_by_side(policy, [env], [seed]),
            )

    def _make_held_out(self) -> Any:
        return make_team_env(self.env, split="test", **self.arguments)
