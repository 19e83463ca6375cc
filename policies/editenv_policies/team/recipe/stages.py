"""The stages of the team's recipe; each leaves its result in the run's folder, made once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import torch

from editenv.agents.roles import ROLES
from editenv.encoders.static import StaticTextEncoder
from editenv_policies import trained
from editenv_policies.checkpoints import discard, written
from editenv_policies.imitation import Clone
from editenv_policies.imitation.parts import collect_into, remove
from editenv_policies.imitation.saved import is_saved
from editenv_policies.imitation.training import TrainSettings, train
from editenv_policies.report import read_json_lines, save_curve
from editenv_policies.sb3.learning import CURVE, learn
from editenv_policies.sb3.synonyms import Synonyms
from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.collect import TeamPlan, make_team_env
from editenv_policies.team.imitation.finetune import learner_from
from editenv_policies.team.imitation.lessons import TurnLessons
from editenv_policies.team.recipe.settings import TeamRecipe

CLONE, TEAM = "clone", "team"
"""Folders of a run: the team before fine-tuning and after."""

DEMONSTRATIONS, TRAINING = "demonstrations", "clone.pt"
"""What is there while it is needed: parts of the collection, the clone's checkpoint."""

TRAINED = "trained"
"""As ``coordinator``: the one that comes with the package."""


def make_start(recipe: TeamRecipe, out: Path) -> TeamClone:
    """Return the team that fine-tuning begins with."""
    if is_saved(out / CLONE):
        return TeamClone.load(out / CLONE)
    start = _untrained(recipe)
    plan = TeamPlan(
        recipe.env, recipe.demonstrations, recipe.seed, env_kwargs=dict(recipe.arguments)
    )
    data = collect_into(out / DEMONSTRATIONS, plan, seconds=60 * recipe.minutes[0])
    print(f"{data.count} episodes, {len(data)} moments, {len(data.roles)} turns", flush=True)
    limit = TrainSettings(seconds=60 * recipe.minutes[1])
    synonyms = Synonyms(data.words, StaticTextEncoder().vocabulary())
    checkpoint = out / TRAINING
    done = train(
        TurnLessons(start, data),
        limit,
        seed=recipe.seed,
        checkpoint=checkpoint,
        synonyms=synonyms,
    )
    losses = {role: round(loss, 4) for role, loss in zip(ROLES, done.losses, strict=True)}
    print(f"{done.updates} updates in {done.seconds:.0f} s, losses {losses}", flush=True)
    start.notes |= {"demonstrations": data.count, "turns": len(data.roles)}
    start.notes |= {"updates": done.updates, "losses": losses}
    start.save(out / CLONE)
    remove(out / DEMONSTRATIONS)
    discard(out / TRAINING)
    return start


def _untrained(recipe: TeamRecipe) -> TeamClone:
    torch.manual_seed(recipe.seed)
    notes = {"env": recipe.env, "seed": recipe.seed, "arguments": recipe.arguments}
    with closing(make_team_env(recipe.env, **recipe.arguments)) as env:
        start = TeamClone.for_env(env, width=recipe.width, notes=notes)
    if recipe.coordinator is not None:
        start.take_coordinator(find_coordinator(recipe))
        start.notes["coordinator"] = recipe.coordinator
    return start


def find_coordinator(recipe: TeamRecipe) -> Clone:
    """Load the coordinator whose weights the clone begins with.

    Raises:
        ValueError: there is none.
    """
    if recipe.coordinator == TRAINED:
        return trained.load(recipe.env)
    folder = Path(recipe.coordinator or "").expanduser()
    if not is_saved(folder):
        raise ValueError(
            f"coordinator={recipe.coordinator!r}: give {TRAINED!r}, or a folder with a clone"
        )
    return Clone.load(folder)


def fine_tune(recipe: TeamRecipe, out: Path, start: TeamClone) -> TeamClone:
    """Go on with reinforcement learning of all roles together; ``start`` is not changed."""
    if is_saved(out / TEAM):
        return TeamClone.load(out / TEAM)
    learner = learner_from(
        start,
        recipe.env,
        num_envs=recipe.num_envs,
        seed=recipe.seed,
        smoke=recipe.smoke,
        split="train",
        **recipe.arguments,
        **recipe.limits,
    )
    resume = all(written(out / name) for name in learner.files)
    minutes = recipe.minutes[2]
    learn(learner, out, recipe.rounds, resume=resume, minutes=minutes, show=True)
    team = TeamClone.load(out / CLONE)
    team.take_from(learner.models[learner.agents[0]].policy)
    team.notes = {**start.notes, "rounds": learner.steps}
    team.save(out / TEAM)
    title = f"{recipe.env}, {recipe.end}, seed {recipe.seed}"
    save_curve(read_json_lines(out / CURVE), out / "curve.png", title)
    return team
