"""``max_episode_steps`` ends the episode, ``max_steps`` is told: given both, they agree."""

import gymnasium
import numpy as np
import pytest
from vector_checks import native, sync

LIMIT = {"max_episode_steps": 2, "max_steps": 2, "tools": ["blur"], "image_size": 64}
BLUR = np.array([0, 0, 0])


def test_one_environment():
    env = gymnasium.make("ImageEdit-v0", disable_env_checker=True, **LIMIT)
    env.reset(seed=0)
    told = [env.step(BLUR) for _ in range(2)]
    assert [(step[0]["steps_left"].item(), step[3]) for step in told] == [(0.5, False), (0.0, True)]


@pytest.mark.parametrize("make", [native, sync])
def test_many_environments(make):
    envs = make("ImageEdit-v0", 2, **LIMIT)
    envs.reset(seed=0)
    for left, over in ((0.5, False), (0.0, True)):
        seen, _, _, truncations, _ = envs.step(np.array([BLUR, BLUR]))
        assert seen["steps_left"].tolist() == [[left]] * 2
        assert truncations.tolist() == [over] * 2
