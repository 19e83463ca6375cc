"""One role as a Gymnasium environment."""

import gymnasium
import numpy as np
import pytest
from editenv_policies.baselines import PipelineActor
from editenv_policies.evaluation import play
from gymnasium.error import InvalidAction
from gymnasium.utils.env_checker import check_env
from shared_tasks import shared
from stable_baselines3.common.env_checker import check_env as sb3_check_env

import editenv
from editenv import image_edit_v0
from editenv.agents import ROLES, scripted_team
from editenv.agents.roles import VERDICTS

IDS = list(editenv.CONFIGURATIONS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("env_id", IDS)
def test_checkers(env_id, role):
    check_env(image_edit_v0.as_gymnasium(role, env_id), skip_render_check=True)
    sb3_check_env(image_edit_v0.as_gymnasium(role, env_id))


def sample(env):
    mask = env.action_masks().astype(np.int8)
    if isinstance(env.action_space, gymnasium.spaces.Discrete):
        return env.action_space.sample(mask)
    return env.action_space.sample()


@pytest.mark.parametrize("agents", ["scripted", "oracle"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("env_id", IDS)
def test_whole_episodes(env_id, role, agents):
    env = image_edit_v0.as_gymnasium(role, env_id, agents=agents, **shared(env_id, side=128))
    for seed in range(3):
        observation, info = env.reset(seed=seed)
        over = False
        while not over:
            assert env.observation_space.contains(observation)
            np.testing.assert_array_equal(info["action_mask"], env.action_masks())
            observation, reward, terminated, truncated, info = env.step(sample(env))
            assert type(reward) is float and type(truncated) is bool
            assert sum(info["reward_terms"].values()) == pytest.approx(reward)
            over = terminated or truncated
        assert env.observation_space.contains(observation)


def test_a_role_that_does_as_its_scripted_agent_gives_the_pipeline():
    single = gymnasium.make("ImageEdit-v0", split="test")
    env = image_edit_v0.as_gymnasium("critic", "ImageEdit-v0", split="test")
    critic = scripted_team().critic
    for seed in range(10):
        solved, total, _ = play(PipelineActor(), single, seed)
        env.reset(seed=seed)
        over, gained = False, 0.0
        while not over:
            verdict = critic.judge(env.rounds.view)
            _, reward, terminated, truncated, info = env.step(np.int64(VERDICTS.index(verdict)))
            gained += reward
            over = terminated or truncated
        assert info["is_success"] == solved
        assert gained == pytest.approx(total)


def test_bad_arguments_and_actions_are_named():
    with pytest.raises(ValueError, match="'director'"):
        image_edit_v0.as_gymnasium("director")
    env = image_edit_v0.as_gymnasium("critic")
    env.reset(seed=0)
    with pytest.raises(InvalidAction, match="action=7"):
        env.step(7)
