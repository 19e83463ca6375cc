"""Stable-Baselines3 and sb3-contrib, with their own networks."""

import pytest

pytestmark = [
    pytest.mark.libraries,
    # The number of environments, and of parts of an action, do not divide the batch evenly.
    pytest.mark.filterwarnings("ignore:You have specified a mini-batch size:UserWarning"),
]


@pytest.mark.parametrize("algorithm", ["ppo", "a2c", "dqn"])
def test_sb3(load, learning, algorithm):
    with learning():
        model = load("train_sb3").train(algorithm, 128)
    assert model.num_timesteps >= 128


@pytest.mark.parametrize("algorithm", ["maskable", "recurrent", "qrdqn"])
def test_sb3_contrib(load, learning, algorithm):
    with learning():
        model = load("train_sb3_contrib").train(algorithm, 64)
    assert model.num_timesteps >= 64
    env = model.get_env()
    observation, masks = env.reset(), env.env_method("action_masks")
    if algorithm == "maskable":
        for _ in range(20):
            action, _ = model.predict(observation, action_masks=masks)
            observation, _, _, infos = env.step(action)
            assert infos[0]["invalid"] == ""
            masks = env.env_method("action_masks")
