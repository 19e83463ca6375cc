"""RLlib's new API stack, on the Gymnasium that it pins."""

import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("team", [False, True], ids=["coordinator", "team"])
def test_ppo(load, learning, team):
    with learning():
        result = load("train_rllib").train(team, iterations=1)
    assert result["env_runners"]["num_env_steps_sampled"] >= 64
