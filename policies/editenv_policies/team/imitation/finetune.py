"""From a team's clone to a learner and back: the network is the same, only a critic is new."""

from __future__ import annotations

from typing import Any

from editenv_policies.imitation.finetune import RATE, VALUES_FIRST
from editenv_policies.imitation.finetune import SETTINGS as COORDINATOR
from editenv_policies.sb3.models import linear_decay
from editenv_policies.sb3.unfamiliar import PLAIN, Unfamiliar
from editenv_policies.team.imitation.clone import TeamClone
from editenv_policies.team.imitation.collect import make_team_env
from editenv_policies.team.learner import TeamLearner

SETTINGS: dict[str, Any] = {
    "n_steps": 32,
    "n_epochs": 2,
    **{name: COORDINATOR[name] for name in ("clip_range", "gamma", "gae_lambda", "target_kl")},
}
"""Of MaskablePPO on a clone, as of the coordinator's."""


def learner_from(
    clone: TeamClone,
    env_id: str,
    *,
    num_envs: int,
    seed: int,
    smoke: bool = False,
    **arguments: Any,
) -> TeamLearner:
    """Build a learner whose policy is the clone's, with a critic that has yet to learn.

    Args:
        clone: where the weights come from; it is not changed.
        env_id: a registered id.
        num_envs: environments side by side.
        seed: of the critic's weights, of sampling and tasks.
        smoke: use small batches.
        arguments: of the environment, with ``max_cycles``.

    Raises:
        ValueError: the environment has other spaces than the clone was made for.
    """
    settings = {**SETTINGS, **({"n_steps": 8, "n_epochs": 1} if smoke else {})}
    learner = TeamLearner(
        lambda: make_team_env(env_id, **arguments),
        num_envs=num_envs,
        seed=seed,
        network=clone.size,
        unfamiliar=Unfamiliar(seed, words=PLAIN),
        limit_ends=True,
        entropy=(COORDINATOR["ent_coef"], COORDINATOR["ent_coef"]),
        values_first=VALUES_FIRST,
        learning_rate=linear_decay(RATE),
        **settings,
    )
    clone.give_to(learner.models[learner.agents[0]].policy)
    return learner
