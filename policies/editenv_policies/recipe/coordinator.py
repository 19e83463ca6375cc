"""The recipe of a coordinator: one policy that makes all calls."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import gymnasium

from editenv_policies import trained
from editenv_policies.checkpoints import written
from editenv_policies.evaluation import ModelActor, Outcome
from editenv_policies.held_out import HeldOut
from editenv_policies.imitation.clone import Clone
from editenv_policies.imitation.collect import Plan
from editenv_policies.imitation.demonstrations import Demonstrations
from editenv_policies.imitation.finetune import ALGORITHMS, GROUP_SIZE, VALUES_FIRST, learner_from
from editenv_policies.imitation.lessons import CallLessons
from editenv_policies.imitation.minari_data import read_minari
from editenv_policies.imitation.training import Training
from editenv_policies.imitation.transfer import transfer
from editenv_policies.recipe.settings import FROM_UNTRAINED, Recipe
from editenv_policies.recording.play import record
from editenv_policies.recording.report import MOST, exhaust
from editenv_policies.sb3.learning import CHECKPOINT, ModelLearner, learn
from editenv_policies.sb3.unfamiliar import PLAIN, Unfamiliar
from editenv_policies.sb3.vec_env import make_sb3_vec_env

FROM_TRAINED = FROM_UNTRAINED / 2
"""Largest learning rate of cloning after a warm start."""


@dataclass(frozen=True, kw_only=True)
class CoordinatorRecipe(Recipe):
    """The settings of a run, as plain values.

    Attributes:
        algo: ``"maskable"`` or ``"grpo"``, for which ``num_envs`` must be a multiple of 8.
        from_scratch: learn from untrained weights, without demonstrations.
        data: the Minari data set to clone from; None collects demonstrations.
        warm_start: an id whose shipped coordinator the network starts from, or the folder of a
            saved one; None starts untrained. Its training counts too: the notes name it.
        steps: most environment steps of fine-tuning, at least 1.

    Others: see ``Recipe``.
    """

    POLICY = Clone
    LESSONS = CallLessons
    FOLDER: ClassVar[str] = trained.RUN
    SCRIPT: ClassVar[str] = "examples/train_coordinator.py"
    AMOUNT: ClassVar[str] = "steps"
    SCRIPTED: ClassVar[str] = "pipeline"
    ORACLE: ClassVar[str] = "oracle"

    algo: str
    from_scratch: bool
    data: str | None
    steps: int
    warm_start: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.algo not in ALGORITHMS:
            raise ValueError(f"algo={self.algo!r}: choose from {list(ALGORITHMS)}")
        if self.algo == "grpo" and self.num_envs % GROUP_SIZE:
            raise ValueError(
                f"num_envs={self.num_envs} must be a multiple of {GROUP_SIZE} with algo='grpo'"
            )
        for name in ("data", "warm_start"):
            if self.from_scratch and getattr(self, name) is not None:
                value = getattr(self, name)
                raise ValueError(f"{name}={value!r} cannot go with from_scratch: leave one out")

    @property
    def start(self) -> str:
        """The name of the policy before fine-tuning, in tables."""
        return "untrained" if self.from_scratch else "clone"

    @property
    def end(self) -> str:
        """The name of the policy after fine-tuning, in tables."""
        return f"{self.start}, then {ALGORITHMS[self.algo]}"

    @property
    def _words(self) -> list[str]:
        words = ["--algo", self.algo]
        words += ["--from-scratch"] if self.from_scratch else []
        words += ["--data", self.data] if self.data else []
        return words + (["--warm-start", self.warm_start] if self.warm_start else [])

    def untrained(self) -> Clone:
        """Build the network, or begin with that of a known coordinator.

        Raises:
            ValueError: there is none, or one of another size.
        """
        with closing(self._make_env()) as env:
            start = Clone.for_env(env, width=self.width)
        start.notes = {"env": self.env, "seed": self.seed}
        if self.warm_start is not None:
            name, known = self.warm_start, self._known(self.warm_start)
            shared = transfer(known, start)
            print(f"begins as {name}, which knows {len(shared)} of its calls", flush=True)
            start.notes["warm_start"] = {"name": name, **known.notes}
        return start

    def _make_env(self) -> gymnasium.Env:
        return gymnasium.make(self.env, disable_env_checker=True, **self.environment)

    @staticmethod
    def _known(name: str) -> Clone:
        if name in trained.available():
            return trained.load(name)
        known = trained.load_run(Path(name).expanduser())
        if known is None:
            there = trained.available()
            raise ValueError(
                f"warm_start={name!r} is no folder with a coordinator and none of {there}"
            )
        return known

    @property
    def clones(self) -> bool:
        """Whether the policy is cloned before it is fine-tuned."""
        return not self.from_scratch

    @property
    def plan(self) -> Plan:
        """What to collect."""
        return Plan(self.env, self.demonstrations, self.seed, env_kwargs=self.environment)

    def demonstrate(self, folder: Path) -> Demonstrations:
        """Read the data set, or collect."""
        if self.data is not None:
            return read_minari(self.data, self.env)
        return super().demonstrate(folder)

    @property
    def rate(self) -> float:
        """Largest learning rate of cloning."""
        return FROM_UNTRAINED if self.warm_start is None else FROM_TRAINED

    def notes_on(self, data: Demonstrations, done: Training) -> dict[str, Any]:
        """Return what to note of the demonstrations and the training."""
        return {"demonstrations": data.count, "steps": len(data), "updates": done.updates}

    def tune(self, start: Clone, out: Path) -> tuple[Any, dict[str, Any]]:
        """Fine-tune with MaskablePPO or GRPO."""
        seed = self.seed * 10_000 + 5_000
        env = make_sb3_vec_env(
            self.env,
            self.num_envs,
            seed=seed,
            # GRPO's sub-environments wait until all episodes of a group have ended.
            autoreset_mode="Disabled" if self.algo == "grpo" else "SameStep",
            unfamiliar=Unfamiliar(seed, words=PLAIN),
            limit_ends=True,
            **self.environment,
        )
        model = learner_from(
            start,
            env,
            algorithm=self.algo,
            fresh=self.from_scratch,
            seed=self.seed,
            smoke=self.smoke,
        )
        has_new_critic = self.algo == "maskable" and not self.from_scratch
        learner = ModelLearner(model, values_first=VALUES_FIRST if has_new_critic else 0.0)
        resume = written(out / CHECKPOINT)
        learn(learner, out, self.steps, resume=resume, minutes=self.minutes[2])
        env.close()
        return model.policy, {"algo": self.algo, "rl_steps": model.num_timesteps}

    def play(self, policy: Clone, held_out: HeldOut) -> list[Outcome]:
        """Let a policy play the held-out tasks."""
        return held_out.play_model(policy)

    def record(self, policy: Clone, name: str, folder: Path) -> None:
        """Record how a policy plays the first held-out tasks."""
        held_out = HeldOut(self.env, min(self.episodes, MOST), arguments=self.environment)
        exhaust(record(held_out, name, ModelActor(policy, masked=True), folder))
