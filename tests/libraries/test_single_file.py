"""PPO in one file, as CleanRL writes it."""

import math

import pytest

pytestmark = pytest.mark.libraries


def test_cleanrl_style(load, learning):
    with learning():
        _, mean = load("train_cleanrl_style").train(256)
    assert math.isfinite(mean)
