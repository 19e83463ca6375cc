"""Groups that begin at a state in the middle of an episode."""

import gymnasium
import numpy as np
import pytest
from editenv_policies.grpo.algorithm import GRPO
from editenv_policies.grpo.branches import BranchedVecEnv
from editenv_policies.grpo.rollouts import start_at
from editenv_policies.sb3.models import OPTIMIZER, network_arguments
from editenv_policies.sb3.policy import CoordinatorPolicy

GROUPS, SIZE = 3, 4
DIRECT = "ImageEdit-Direct-v0"


def make(most_calls=2, max_episode_steps=12, **kwargs):
    leaders = gymnasium.make_vec(
        DIRECT,
        num_envs=GROUPS,
        max_episode_steps=max_episode_steps,
        autoreset_mode="Disabled",
        image_size=64,
        **kwargs,
    )
    return BranchedVecEnv(leaders, SIZE, most_calls, seed=0)


def start(env, first_seed):
    seeds = np.repeat(np.arange(first_seed, first_seed + GROUPS), SIZE).tolist()
    return start_at(env, seeds, [{} for _ in seeds])


def calls_made(env):
    return [len(episode.workspace.history) for episode in env.envs.episodes]


def test_members_of_a_group_begin_at_one_state_in_the_middle():
    env, made = make(), set()
    for first_seed in range(0, 60, GROUPS):
        seen = start(env, first_seed)
        for group in range(GROUPS):
            rows = slice(group * SIZE, (group + 1) * SIZE)
            for value in seen.values():
                assert (value[rows] == value[rows][:1]).all()
            workspaces = [episode.workspace for episode in env.envs.episodes[rows]]
            assert not any(workspace.submitted for workspace in workspaces)
            assert all((w.canvas == workspaces[0].canvas).all() for w in workspaces)
        made.update(calls_made(env))
    assert made == {0, 1, 2}


def test_resets_without_seeds_lead_on_by_chance():
    env = make()
    start(env, 0)
    made = set()
    for _ in range(12):
        env.reset()
        made.update(calls_made(env))
    assert made == {0, 1, 2}


def test_groups_keep_the_task_that_they_were_asked_for():
    env = make(most_calls=5, max_episode_steps=2)
    task = gymnasium.make(DIRECT, image_size=64).unwrapped.tasks[3]
    for _ in range(6):
        env.set_options({"task": task})
        env.reset()
        wanted = {episode.workspace.task.instruction for episode in env.envs.episodes}
        assert wanted == {task.instruction}


def test_flat_actions_lead_too():
    env = make(most_calls=5, action_format="discrete")
    made = set()
    for first_seed in range(0, 30, GROUPS):
        start(env, first_seed)
        made.update(calls_made(env))
    assert max(made) > 1


def test_closing_closes_the_leaders():
    env = make()
    env.close()
    assert env._leaders.closed and env.envs.closed


def test_members_go_their_own_ways():
    env = make()
    start(env, 3)
    actions = np.stack([env.action_space.sample() for _ in range(GROUPS * SIZE)])
    actions[:, 0] = 0
    names = gymnasium.make(DIRECT).unwrapped.call_names
    actions[1::SIZE, 0] = names.index("submit")
    _, _, dones, _ = env.step(actions)
    assert dones[1::SIZE].all()
    assert not dones[0::SIZE].any()


def test_the_same_seeds_lead_to_the_same_states():
    first, second = start(make(), 7), start(make(), 7)
    for key, value in first.items():
        np.testing.assert_array_equal(value, second[key])


def test_grpo_trains_on_branches_and_leads_by_its_own_policy():
    env = make(max_episode_steps=4)
    model = GRPO(
        CoordinatorPolicy,
        env,
        group_size=SIZE,
        num_groups=GROUPS,
        credit="step",
        scale_rewards="batch",
        policy_kwargs={**network_arguments(env), **OPTIMIZER},
        seed=0,
        device="cpu",
    )
    env.follow(model)
    before = [value.clone() for value in model.policy.parameters()]
    model.learn(100)
    assert model.num_timesteps >= 100
    assert any(
        (old != new).any() for old, new in zip(before, model.policy.parameters(), strict=True)
    )


def test_wrong_arguments():
    leaders = gymnasium.make_vec("ImageEdit-v0", num_envs=1)
    with pytest.raises(ValueError, match="accepted: Disabled"):
        BranchedVecEnv(leaders, 2, 1)
    with pytest.raises(ValueError, match="most_calls=0"):
        make(most_calls=0)
