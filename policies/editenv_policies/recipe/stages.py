"""The stages of the recipe; each saves its result in the run's folder and is not run twice."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import torch

from editenv.encoders.static import StaticTextEncoder
from editenv_policies import trained
from editenv_policies.checkpoints import discard, written
from editenv_policies.imitation import CallLessons, Clone, train
from editenv_policies.imitation.collect import Plan
from editenv_policies.imitation.demonstrations import Demonstrations
from editenv_policies.imitation.finetune import (
    ALGORITHMS,
    CriticFirst,
    learner_from,
    make_envs,
)
from editenv_policies.imitation.minari_data import read_minari
from editenv_policies.imitation.parts import collect_into, remove
from editenv_policies.imitation.saved import STEM, is_saved
from editenv_policies.imitation.training import TrainSettings
from editenv_policies.imitation.transfer import transfer
from editenv_policies.recipe.settings import Recipe
from editenv_policies.report import read_json_lines, save_curve
from editenv_policies.sb3.learning import CHECKPOINT, CURVE, ModelLearner, learn
from editenv_policies.sb3.synonyms import Synonyms

CLONE, COORDINATOR = "clone", "coordinator"
"""Folders of a run: the policy before fine-tuning and after."""

DEMONSTRATIONS, TRAINING = "demonstrations", "clone.pt"
"""What is there while it is needed: parts of the collection, the clone's checkpoint."""

FROM_UNTRAINED, FROM_TRAINED = 2e-3, 1e-3
"""Largest learning rates of cloning."""

CRITIC_FIRST = 0.08
"""Share of PPO's steps in which only the critic learns."""


def make_start(recipe: Recipe, out: Path) -> Clone:
    """Return the policy that fine-tuning starts from: a clone, or an untrained one."""
    if is_saved(out / CLONE):
        return Clone.load(out / CLONE)
    torch.manual_seed(recipe.seed)
    env = gymnasium.make(recipe.env, disable_env_checker=True, **recipe.environment)
    start = Clone.for_env(env, width=recipe.width)
    start.notes = {"env": recipe.env, "seed": recipe.seed}
    rate = FROM_UNTRAINED
    if recipe.warm_start is not None:
        _warm_up(start, recipe.warm_start)
        rate = FROM_TRAINED
    if not recipe.from_scratch:
        data = _demonstrations(recipe, out)
        print(f"{data.count} episodes of {len(data)} steps", flush=True)
        limit = TrainSettings(rate=rate, seconds=60 * recipe.minutes[1])
        synonyms = Synonyms(data.words, StaticTextEncoder().vocabulary())
        checkpoint = out / TRAINING
        done = train(
            CallLessons(start, data),
            limit,
            seed=recipe.seed,
            checkpoint=checkpoint,
            synonyms=synonyms,
        )
        print(f"{done.updates} updates in {done.seconds:.0f} s, losses {done.losses}", flush=True)
        start.notes |= {"demonstrations": data.count, "steps": len(data), "updates": done.updates}
    start.save(out / CLONE)
    remove(out / DEMONSTRATIONS)
    discard(out / TRAINING)
    return start


def find_clone(path: Path) -> Clone | None:
    """Load the coordinator of a run, or one that was saved or published in a folder."""
    for place, stem in ((path / COORDINATOR, STEM), (path, STEM), (path, trained.STEM)):
        if is_saved(place, stem):
            return Clone.load(place, stem)
    return None


def _warm_up(start: Clone, name: str) -> None:
    if name in trained.available():
        known = trained.load(name)
    else:
        known = find_clone(Path(name).expanduser())
    if known is None:
        raise ValueError(
            f"warm_start={name!r} is no folder with a coordinator and none of {trained.available()}"
        )
    shared = transfer(known, start)
    print(f"begins as {name}, which knows {len(shared)} of its calls", flush=True)
    start.notes["warm_start"] = {"name": name, **known.notes}


def _demonstrations(recipe: Recipe, out: Path) -> Demonstrations:
    if recipe.data is not None:
        return read_minari(recipe.data, recipe.env)
    plan = Plan(recipe.env, recipe.demonstrations, recipe.seed, env_kwargs=recipe.environment)
    return collect_into(out / DEMONSTRATIONS, plan, seconds=60 * recipe.minutes[0])


def fine_tune(recipe: Recipe, out: Path, start: Clone) -> Clone:
    """Fine-tune with reinforcement learning; ``start`` is not changed."""
    if is_saved(out / COORDINATOR):
        return Clone.load(out / COORDINATOR)
    seed = recipe.seed * 10_000 + 5_000
    env = make_envs(recipe.algo, recipe.env, recipe.num_envs, seed, **recipe.environment)
    model = learner_from(
        start,
        env,
        algorithm=recipe.algo,
        fresh=recipe.from_scratch,
        seed=recipe.seed,
        smoke=recipe.smoke,
    )
    resume = written(out / CHECKPOINT)
    learner = ModelLearner(model, callbacks=_first(recipe))
    learn(learner, out, recipe.steps, resume=resume, minutes=recipe.minutes[2])
    env.close()
    coordinator = Clone.load(out / CLONE)
    coordinator.take_from(model.policy)
    coordinator.notes = {**start.notes, "algo": recipe.algo, "rl_steps": model.num_timesteps}
    coordinator.save(out / COORDINATOR)
    title = f"{recipe.env}, {ALGORITHMS[recipe.algo]}, seed {recipe.seed}"
    save_curve(read_json_lines(out / CURVE), out / "curve.png", title)
    return coordinator


def _first(recipe: Recipe) -> list[CriticFirst]:
    """A clone's critic is new, and learns alone at first; GRPO has none."""
    if recipe.from_scratch or recipe.algo == "grpo":
        return []
    return [CriticFirst(round(CRITIC_FIRST * recipe.steps))]
