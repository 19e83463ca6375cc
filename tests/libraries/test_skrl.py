"""skrl."""

import pytest

pytestmark = pytest.mark.libraries


def test_ppo(load, learning):
    with learning():
        load("train_skrl").train(64)
