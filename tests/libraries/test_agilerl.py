"""AgileRL."""

import math

import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("name", ["train_agilerl", "train_agilerl_team"])
def test_ppo(load, learning, name):
    with learning():
        agent = load(name).train(128)
    assert len(agent.fitness) == 1 and math.isfinite(agent.fitness[0])
