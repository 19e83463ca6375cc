"""Tianshou 2."""

import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore::UserWarning")]


def test_dqn_with_masks(load, learning):
    with learning():
        stats = load("train_tianshou").train(192)
    assert stats.train_step == 192 and stats.update_step > 0


def test_the_team_in_turns():
    from tianshou.env import PettingZooEnv

    from editenv import image_edit_v0
    from editenv.wrappers.team import flat_observations

    env = image_edit_v0.env(
        "ImageEdit-Restore-v0", uniform_spaces="flat", instruction_format="pooled", image_size=32
    )
    env = PettingZooEnv(flat_observations(env))
    seen, _ = env.reset(seed=0)
    for _ in range(10):
        env.action_space.seed(0)
        allowed = [number for number, may in enumerate(seen["mask"]) if may]
        seen, rewards, terminated, truncated, info = env.step(allowed[0])
        assert info["illegal"] == 0 and len(rewards) == 5
        assert seen["obs"].shape == env.observation_space["observation"].shape
        if terminated or truncated:
            seen, _ = env.reset()
