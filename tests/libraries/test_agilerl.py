"""AgileRL."""

import pytest

pytestmark = [pytest.mark.libraries, pytest.mark.filterwarnings("ignore")]


def test_ppo(load, learning):
    with learning():
        agent = load("train_agilerl").train_ppo(128)
    assert len(agent.fitness) == 1


def test_ippo(load, learning):
    with learning():
        agent = load("train_agilerl").train_ippo(128)
    assert len(agent.fitness) == 1
